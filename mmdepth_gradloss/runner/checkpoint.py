"""Checkpoints of MMEngine: which is the newest, and how to read one."""
from __future__ import annotations

import os.path as osp
from pathlib import Path
from typing import Any

import torch
from mmengine.runner import CheckpointLoader
from torch import nn


def check_checkpoint(filename: str) -> None:
    """Refuse a checkpoint that is not there, before anything is built.

    Args:
        filename (str): Path on this machine; an address, such as
            ``https://...``, is not looked up.

    Raises:
        FileNotFoundError: If there is no such file.
    """
    if '://' not in filename and not osp.isfile(osp.expanduser(filename)):
        raise FileNotFoundError(f'there is no checkpoint {filename}')


def check_weights_fit(model: nn.Module, filename: str) -> None:
    """Refuse weights of another network.

    MMEngine loads what has the same name, and leaves the rest as it was.

    Args:
        model (nn.Module): That is to have the weights.
        filename (str): The checkpoint.

    Raises:
        ValueError: If not even half of the model's weights are in it.
    """
    checkpoint = CheckpointLoader.load_checkpoint(
        filename, map_location='meta', logger='silent')
    weights = checkpoint.get('state_dict', checkpoint)
    names = {name.removeprefix('module.') for name in weights}
    wanted = [name.removeprefix('module.') for name in model.state_dict()]
    found = sum(name in names for name in wanted)
    if 2 * found < len(wanted):
        raise ValueError(
            f'{filename} has {found} of the {len(wanted)} weights of '
            f'{type(model).__name__}: is it of another network?')


def last_checkpoint(work_dir: str | Path) -> Path | None:
    """Newest checkpoint of a run, as MMEngine keeps note of it.

    Args:
        work_dir (str | Path): The run's work directory.

    Returns:
        Path | None: Its path, whether or not it is still there; None if the
        run has saved none.
    """
    note = Path(work_dir) / 'last_checkpoint'
    return Path(note.read_text().strip()) if note.is_file() else None


def load_from_local(filename: str, map_location: Any = None) -> dict:
    """Load a checkpoint file with everything that MMEngine keeps in it.

    A checkpoint holds the log's history beside the weights, and
    ``torch.load`` refuses such objects since its default became
    ``weights_only=True``. A file that a user names to resume from is
    trusted, as in MMEngine before.

    Args:
        filename (str): Path on this machine.
        map_location (Any): As in :func:`torch.load`.

    Raises:
        FileNotFoundError: If there is no such file.
    """
    check_checkpoint(filename)
    return torch.load(
        osp.expanduser(filename),
        map_location=map_location,
        weights_only=False)


def register_checkpoint_loader() -> None:
    """Let ``--resume`` and ``load_from`` read MMEngine's checkpoints."""
    CheckpointLoader.register_scheme('', load_from_local, force=True)

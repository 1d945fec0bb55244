"""Loading of MMEngine checkpoints under PyTorch 2.6 and later."""
from __future__ import annotations

import os.path as osp
from typing import Any

import torch
from mmengine.runner import CheckpointLoader


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
    filename = osp.expanduser(filename)
    if not osp.isfile(filename):
        raise FileNotFoundError(f'no checkpoint at {filename}')
    return torch.load(filename, map_location=map_location, weights_only=False)


def register_checkpoint_loader() -> None:
    """Let ``--resume`` and ``load_from`` read MMEngine's checkpoints."""
    CheckpointLoader.register_scheme('', load_from_local, force=True)

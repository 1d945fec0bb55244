"""Checkpoints of MMEngine: which is the newest, and how to read one."""
from __future__ import annotations

import functools
import inspect
import logging
import os.path as osp
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import torch
from mmengine.logging import print_log
from mmengine.runner import CheckpointLoader
from torch import nn

from . import unpickler

_trusted = False


def check_checkpoint(filename: str) -> None:
    """Refuse a checkpoint that is not there, before anything is built.

    Args:
        filename (str): Path on this machine; an address, such as
            ``https://...``, is not looked up.

    Raises:
        FileNotFoundError: If there is no such file.
        IsADirectoryError: If it is a folder.
    """
    path = osp.expanduser(filename)
    if osp.isdir(path):
        raise IsADirectoryError(
            f'{filename} is a folder; expected a checkpoint, such as one in '
            'it')
    if '://' not in filename and not osp.isfile(path):
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

    A pickle can run any code. This one may ask for nothing but what a
    checkpoint of MMEngine holds, unless :func:`trust_checkpoints` was called.

    Args:
        filename (str): Path on this machine.
        map_location (Any): As in :func:`torch.load`.

    Raises:
        OSError: If there is no such file.
        ValueError: If it is no checkpoint, is damaged, or asks for more;
            lists what it asks for.
    """
    check_checkpoint(filename)
    return _load(filename, osp.expanduser(filename), map_location)


def trust_checkpoints(trusted: bool) -> None:
    """Say whether checkpoints that ask for more are read all the same.

    Args:
        trusted (bool): What ``--trust-checkpoint`` says, for the process.
    """
    global _trusted
    _trusted = trusted


def require_trust(filename: str, wish: str) -> None:
    """Refuse a checkpoint that could run code, or warn if it is trusted.

    Args:
        filename (str): The checkpoint.
        wish (str): What it asks for.

    Raises:
        ValueError: If checkpoints are not trusted; names the flag.
    """
    if not _trusted:
        raise ValueError(
            f'{filename} asks for {wish}, which could run any code; '
            "MMEngine's checkpoints do not. If you trust whoever made it, add "
            '--trust-checkpoint to train, test, predict or export')
    print_log(
        f'{filename} asks for {wish}, and gets it: --trust-checkpoint',
        logger='current',
        level=logging.WARNING)


def register_checkpoint_loader() -> None:
    """Let MMEngine read checkpoints by :func:`load_from_local`.

    Those at addresses, such as ``https://`` and ``open-mmlab://``, it fetches
    as before, and reads them in the same way.
    """
    for prefix, loader in list(CheckpointLoader._schemes.items()):
        loader = load_from_local if prefix == '' else _guarded(loader)
        CheckpointLoader.register_scheme(prefix, loader, force=True)


def _guarded(loader: Callable) -> Callable:
    """A loader of MMEngine, which ends in ``torch.load``, made safe."""
    loader = inspect.unwrap(loader)  # it may be a second time

    @functools.wraps(loader)
    def load(filename: str, map_location: Any = None) -> Any:

        def load_file(file: Any, map_location: Any = None, **_: Any) -> Any:
            return _load(filename, file, map_location)

        before = torch.load
        setattr(torch, 'load', load_file)
        try:
            return loader(filename, map_location)
        finally:
            setattr(torch, 'load', before)

    return load


def _load(name: str, file: str | BinaryIO, map_location: Any) -> Any:
    """Load a file that users know by another name, or from its content."""
    # torch.load may stand for this function
    load = torch.serialization.load
    try:
        _refuse_torchscript(file)
        return load(
            file, map_location, pickle_module=unpickler, weights_only=False)
    except unpickler.UnsafePickleError as error:
        require_trust(name, str(error))
    except Exception as error:  # a damaged pickle fails in any way
        raise ValueError(f'{name} is no checkpoint, or is damaged: '
                         f'{type(error).__name__}: {error}') from error
    if not isinstance(file, str):
        file.seek(0)
    return load(file, map_location, weights_only=False)


def _refuse_torchscript(file: str | BinaryIO) -> None:
    """Refuse what ``torch.load`` would run as a program."""
    try:
        records = torch._C.PyTorchFileReader(file).get_all_records()
    except RuntimeError:  # no zip file: of PyTorch before 1.6
        return
    if 'constants.pkl' in records:
        raise ValueError('it is a TorchScript program')

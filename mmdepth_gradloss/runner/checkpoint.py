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
from torch import Tensor, nn

from . import unpickler

_trusted = False


def check_checkpoint(filename: str) -> None:
    """Refuse a checkpoint that is not there, before anything is built.

    An address, such as ``https://...``, is not looked up.

    Raises:
        FileNotFoundError: If there is no such file.
        IsADirectoryError: If it is a folder.
    """
    path = osp.expanduser(filename)
    if osp.isdir(path):
        raise IsADirectoryError(f'{filename} is a folder; expected a '
                                'checkpoint, such as one in it')
    if '://' not in filename and not osp.isfile(path):
        raise FileNotFoundError(f'there is no checkpoint {filename}')


def read_weights(filename: str,
                 map_location: str = 'cpu') -> dict[str, Tensor]:
    """Weights in a checkpoint of MMEngine, or in a file of weights alone.

    Args:
        filename: Path on this machine.
        map_location: Where to; 'meta' reads names and shapes alone.

    Returns:
        Weights by name, without the prefix of distributed training.

    Raises:
        OSError: If there is no such file.
        ValueError: If it is no checkpoint, or could run code.
    """
    checkpoint = load_from_local(filename, map_location)
    if not isinstance(checkpoint, dict):
        raise ValueError(f'{filename} is no checkpoint: it holds a '
                         f'{type(checkpoint).__name__}')
    weights = checkpoint.get('state_dict', checkpoint)
    return {name.removeprefix('module.'): x for name, x in weights.items()}


def find_misfits(model: nn.Module, weights: dict[str, Tensor]) -> list[str]:
    """What is wrong with each weight that is missing or of another shape."""
    misfits = []
    for name, wanted in model.state_dict().items():
        name = name.removeprefix('module.')
        if name.endswith('num_batches_tracked'):
            continue  # a count that only training reads, and old files lack
        if name not in weights:
            misfits.append(f'{name} is not in it')
        elif weights[name].shape != wanted.shape:
            misfits.append(f'{name} is {tuple(weights[name].shape)} and not '
                           f'{tuple(wanted.shape)}')
    return misfits


def check_weights_fit(model: nn.Module, filename: str,
                      weights: dict[str, Tensor]) -> None:
    """Refuse weights of another network, or of a part of it.

    MMEngine loads what fits, and leaves the rest random. ``filename`` is for
    the message of the ValueError.
    """
    misfits = find_misfits(model, weights)
    if misfits:
        more = f' ({len(misfits) - 1} more like this)' * (len(misfits) > 1)
        raise ValueError(f'{filename} does not fit {type(model).__name__}: '
                         f'{misfits[0]}{more}; is it of another network?')


def partial_load(model: nn.Module, filename: str) -> str | None:
    """Warning of a checkpoint that a training starts from only in part.

    A checkpoint at an address is not looked at.
    """
    if '://' in filename:
        return None
    misfits = find_misfits(model, read_weights(filename, 'meta'))
    if not misfits:
        return None
    return (f'load_from: {filename} does not hold {len(misfits)} weights of '
            f'{type(model).__name__}, which start as without it; the first: '
            f'{misfits[0]}')


def last_checkpoint(work_dir: str | Path) -> Path | None:
    """Newest checkpoint of a run by MMEngine's note, whether there or not."""
    note = Path(work_dir) / 'last_checkpoint'
    return Path(note.read_text().strip()) if note.is_file() else None


def load_from_local(filename: str, map_location: Any = None) -> dict:
    """Load a checkpoint file with everything that MMEngine keeps in it.

    A pickle can run any code. This one may ask for nothing but what a
    checkpoint of MMEngine holds, unless :func:`trust_checkpoints` was called.

    Raises:
        OSError: If there is no such file.
        ValueError: If it is no checkpoint, is damaged, or asks for more;
            lists what it asks for.
    """
    check_checkpoint(filename)
    return _load(filename, osp.expanduser(filename), map_location)


def trust_checkpoints(trusted: bool) -> None:
    """Say for the process whether checkpoints may run code."""
    global _trusted
    _trusted = trusted


def require_trust(filename: str, wish: str) -> None:
    """Refuse a checkpoint that could run code, or warn if it is trusted."""
    if not _trusted:
        raise ValueError(
            f'{filename} asks for {wish}, which could run any code; '
            "MMEngine's checkpoints do not. If you trust whoever made it, add "
            '--trust-checkpoint to train, test, predict or export')
    print_log(f'{filename} asks for {wish}, and gets it: --trust-checkpoint',
              logger='current', level=logging.WARNING)


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
    load = torch.serialization.load  # torch.load may stand for this function
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

"""Finding and reading MMEngine's checkpoints."""
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
    """FileNotFoundError or IsADirectoryError if a checkpoint is not a file.
    URLs are not checked."""
    path = osp.expanduser(filename)
    if osp.isdir(path):
        raise IsADirectoryError(f'{filename} is a folder; expected a '
                                'checkpoint, such as one in it')
    if '://' not in filename and not osp.isfile(path):
        raise FileNotFoundError(f'there is no checkpoint {filename}')


def read_weights(filename: str,
                 map_location: str = 'cpu') -> dict[str, Tensor]:
    """Weights by name in a checkpoint of MMEngine, or a file of weights only.

    The prefix of distributed training is removed. ``map_location='meta'``
    reads only names and shapes. OSError if there is no such file, ValueError
    if it is not a checkpoint, or could run code.
    """
    checkpoint = load_from_local(filename, map_location)
    if not isinstance(checkpoint, dict):
        raise ValueError(f'{filename} is not a checkpoint: it holds a '
                         f'{type(checkpoint).__name__}')
    weights = checkpoint.get('state_dict', checkpoint)
    return {name.removeprefix('module.'): x for name, x in weights.items()}


def find_misfits(model: nn.Module, weights: dict[str, Tensor]) -> list[str]:
    """Messages for weights that are missing or have another shape."""
    misfits = []
    for name, wanted in model.state_dict().items():
        name = name.removeprefix('module.')
        if name.endswith('num_batches_tracked'):
            continue  # only used in training, and missing in old files
        if name not in weights:
            misfits.append(f'{name} is not in it')
        elif weights[name].shape != wanted.shape:
            misfits.append(f'{name} is {tuple(weights[name].shape)}, not '
                           f'{tuple(wanted.shape)}')
    return misfits


def check_weights_fit(model: nn.Module, filename: str,
                      weights: dict[str, Tensor]) -> None:
    """Raise ValueError for weights of another network, or of a part of it.
    MMEngine would load what fits, and leave the rest random. ``filename`` is
    for the message."""
    misfits = find_misfits(model, weights)
    if misfits:
        more = f' ({len(misfits) - 1} more like this)' * (len(misfits) > 1)
        raise ValueError(f'{filename} does not fit {type(model).__name__}: '
                         f'{misfits[0]}{more}; is it for another network?')


def partial_load(model: nn.Module, filename: str) -> str | None:
    """Warning if a checkpoint has only a part of the weights, else None. URLs
    are not checked."""
    if '://' in filename:
        return None
    misfits = find_misfits(model, read_weights(filename, 'meta'))
    if not misfits:
        return None
    return (f'load_from: {filename} does not hold {len(misfits)} weights of '
            f'{type(model).__name__}, which keep their initial values; first: '
            f'{misfits[0]}')


def last_checkpoint(work_dir: str | Path) -> Path | None:
    """Latest checkpoint according to MMEngine's ``last_checkpoint`` file; it
    may not exist."""
    note = Path(work_dir) / 'last_checkpoint'
    return Path(note.read_text().strip()) if note.is_file() else None


def load_from_local(filename: str, map_location: Any = None) -> dict:
    """Load a checkpoint file with everything that MMEngine stores in it.

    A pickle can run any code. This one may only request the content of
    MMEngine's checkpoints, unless :func:`trust_checkpoints` was called.
    OSError if there is no such file; ValueError if it is not a checkpoint, is
    damaged, or requests more.
    """
    check_checkpoint(filename)
    return _load(filename, osp.expanduser(filename), map_location)


def trust_checkpoints(trusted: bool) -> None:
    """Set for the process whether checkpoints may run code."""
    global _trusted
    _trusted = trusted


def require_trust(filename: str, wish: str) -> None:
    """Raise if a checkpoint could run code, or warn if it is trusted."""
    if not _trusted:
        raise ValueError(
            f'{filename} requests {wish}, which could run any code; '
            "MMEngine's checkpoints do not. If you trust its author, add "
            '--trust-checkpoint to train, test, predict or export')
    print_log(f'{filename} requests {wish}: allowed by --trust-checkpoint',
              logger='current', level=logging.WARNING)


def register_checkpoint_loader() -> None:
    """Let MMEngine read checkpoints with :func:`load_from_local`. URLs such as
    ``https://`` and ``open-mmlab://`` are downloaded as before, and read in
    the same way."""
    for prefix, loader in list(CheckpointLoader._schemes.items()):
        loader = load_from_local if prefix == '' else _guarded(loader)
        CheckpointLoader.register_scheme(prefix, loader, force=True)


def _guarded(loader: Callable) -> Callable:
    """A safe version of a loader of MMEngine that calls ``torch.load``."""
    loader = inspect.unwrap(loader)  # in case it is already guarded

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
    """Load a file; ``name`` is its name for users."""
    load = torch.serialization.load  # torch.load may be replaced
    try:
        _refuse_torchscript(file)
        return load(
            file, map_location, pickle_module=unpickler, weights_only=False)
    except unpickler.UnsafePickleError as error:
        require_trust(name, str(error))
    except Exception as error:  # a damaged pickle fails in any way
        raise ValueError(f'{name} is not a checkpoint, or is damaged: '
                         f'{type(error).__name__}: {error}') from error
    if not isinstance(file, str):
        file.seek(0)
    return load(file, map_location, weights_only=False)


def _refuse_torchscript(file: str | BinaryIO) -> None:
    """Raise for files that ``torch.load`` would run as a program."""
    try:
        records = torch._C.PyTorchFileReader(file).get_all_records()
    except RuntimeError:  # not a zip file: from PyTorch before 1.6
        return
    if 'constants.pkl' in records:
        raise ValueError('it is a TorchScript program')

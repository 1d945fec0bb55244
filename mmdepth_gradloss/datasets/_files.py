"""What the data sets share about files: finding, checking, reading splits."""
from __future__ import annotations

import posixpath
from collections.abc import Sequence
from pathlib import PurePath
from typing import Any

import numpy as np
import torch
from mmengine import fileio

from .ray_distance import check_cam2img


def list_files(folder: str, recursive: bool = True) -> list[str]:
    """Sorted paths, with forward slashes, of the files below a folder."""
    files = fileio.list_dir_or_file(
        folder, list_dir=False, recursive=recursive)
    return sorted(PurePath(x).as_posix() for x in files)


def existing_files(paths: Sequence[str]) -> set[str]:
    """Those of ``paths`` that are there, with one look into each folder."""
    folders = {posixpath.dirname(path) for path in paths}
    names = {
        folder: set(list_files(folder, recursive=False))
        for folder in folders if fileio.isdir(folder)
    }
    return {
        path
        for path in paths
        if posixpath.basename(path) in names.get(posixpath.dirname(path), ())
    }


def check_present(names: Sequence[str], present: Sequence[str] | set[str],
                  message: str) -> None:
    """Raise an error that lists the first ten ``names`` not ``present``.

    Args:
        names (Sequence[str]): Wanted files.
        present (Sequence[str] or set[str]): Files that are there.
        message (str): What is missing where, for the error message.

    Raises:
        FileNotFoundError: If a name is not present.
    """
    known = set(present)
    missing = [x for x in names if x not in known]
    if missing:
        first = ', '.join(missing[:10])
        dots = ', ...' if len(missing) > 10 else ''
        raise FileNotFoundError(
            f'{len(missing)} of {len(names)} {message}: {first}{dots}')


def read_split_lines(path: str) -> list[str]:
    """Lines of a split file without blank ones and those that start with #.

    Raises:
        FileNotFoundError: If there is no such file.
    """
    check_split_file(path)
    lines = map(str.strip, fileio.list_from_file(path))
    return [x for x in lines if x and not x.startswith('#')]


def read_split_json(path: str) -> list:
    """The list that a JSON split file holds.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is not a JSON list or has no entry.
    """
    check_split_file(path)
    try:
        entries = fileio.load(path, file_format='json')
    except ValueError as error:
        raise ValueError(f'cannot read split file {path}: {error}') from error
    if not isinstance(entries, list) or not entries:
        raise ValueError(f'split file {path} must hold a list of at least one '
                         f'entry, got {str(entries)[:80]}')
    return entries


def check_split_file(path: str) -> None:
    """Raise FileNotFoundError if there is no split file ``path``."""
    if not fileio.isfile(path):
        raise FileNotFoundError(f'no such split file: {path}')


def depth_map_keys(prefix: str,
                   path: str,
                   scale: float,
                   npz_key: str | None = None) -> dict:
    """What ``LoadDepthMap`` wants to know about a file.

    Args:
        prefix (str): '' for the ground truth, 'sparse_' for the sparse map.
        path (str): Path of the depth map.
        scale (float): Stored value of one metre.
        npz_key (str, optional): Which array of an npz file.
    """
    return {
        f'{prefix}depth_map_path': path,
        f'{prefix}depth_scale': scale,
        f'{prefix}npz_key': npz_key
    }


def to_cam2img(values: Any) -> np.ndarray:
    """Intrinsics (3, 3), float64, from nested lists.

    Raises:
        ValueError: If they are not those of a pinhole camera.
    """
    try:
        matrix = np.array(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise ValueError('cam2img must be a 3x3 matrix of numbers, '
                         f'got {values!r}') from None
    check_cam2img(torch.from_numpy(matrix))
    return matrix

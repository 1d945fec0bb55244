"""What the data sets share about files: finding, checking, reading splits."""
from __future__ import annotations

import codecs
import io
import json
import os
import posixpath
from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
import torch
from mmengine import fileio

from .ray_distance import check_cam2img

IMAGE_SUFFIXES = ('.bmp', '.jpeg', '.jpg', '.png', '.ppm', '.tif', '.tiff',
                  '.webp')
"""Suffixes, in small letters, by which an image is known that is left out."""


def list_files(folder: str, recursive: bool = True) -> list[str]:
    """Sorted paths, with forward slashes, of the files below a folder.

    Files and folders whose name begins with a dot are left out.
    """
    files = fileio.list_dir_or_file(
        folder, list_dir=False, recursive=recursive)
    paths = [x.replace(os.sep, '/') for x in files]
    return sorted(x for x in paths if not x.startswith('.') and '/.' not in x)


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
        raise FileNotFoundError(f'{len(missing)} of {len(names)} {message}: '
                                f'{first_ten(missing)}')


def count_files(kind: str, paths: Collection[str]) -> str:
    """Number of files, and that of each suffix if there are several."""
    suffixes = Counter(posixpath.splitext(x)[1] for x in paths)
    numbers = ', '.join(
        f'{number} {suffix}' if len(suffixes) > 1 else suffix
        for suffix, number in suffixes.most_common())
    return f'{len(paths)} {kind} ({numbers})'


def as_suffixes(suffixes: str | Sequence[str]) -> tuple[str, ...]:
    """One suffix or several, as ``str.endswith`` takes them."""
    return (suffixes, ) if isinstance(suffixes, str) else tuple(suffixes)


def stem_of(path: str, suffixes: tuple[str, ...]) -> str:
    """``path`` without the first of the suffixes that it ends with."""
    return path.removesuffix(next(filter(path.endswith, suffixes)))


def other_images(present: Sequence[str],
                 suffixes: tuple[str, ...]) -> dict[str, str]:
    """Images that have none of the suffixes, and the stem of each.

    Those are left out of which there is one with such a suffix too.

    Args:
        present (Sequence[str]): Files of a folder.
        suffixes (tuple[str, ...]): Ends of the names of images.
    """
    taken = {stem_of(x, suffixes) for x in present if x.endswith(suffixes)}
    # '_rgb' of '_rgb.png', and '' of '.png'
    endings = {x.rpartition('.')[0] for x in suffixes}
    roots = {
        x: posixpath.splitext(x)[0]
        for x in present if not x.endswith(suffixes) and
        posixpath.splitext(x)[1].lower() in IMAGE_SUFFIXES
    }
    stems = {
        x: root.removesuffix(ending)
        for ending in endings
        for x, root in roots.items() if root.endswith(ending)
    }
    return {x: stem for x, stem in stems.items() if stem not in taken}


def refuse_left_out(images: dict[str, str], suffixes: tuple[str, ...],
                    folder: str) -> None:
    """Raise ValueError if there are images that would be left out.

    Args:
        images (dict[str, str]): Those with a depth map and another suffix,
            and the stem of each.
        suffixes (tuple[str, ...]): Those that are taken.
        folder (str): Where they are.
    """
    if images:
        more = sorted({x.removeprefix(stem) for x, stem in images.items()})
        raise ValueError(
            f'{count_files("images", images)} in {folder} have a depth map, '
            f'but none of the suffixes {suffixes}: {first_ten([*images])}; '
            f'img_suffix={(*suffixes, *more)} takes them too')


def first_ten(names: Sequence[str]) -> str:
    """The first ten names, for an error message."""
    return ', '.join(names[:10]) + (', ...' if len(names) > 10 else '')


def read_text(path: str) -> str:
    """Text of a file in UTF-8, or in UTF-16 with a byte order mark.

    Raises:
        ValueError: If it is in another encoding, or no text; names the file.
    """
    content = fileio.get(path)
    marks = codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE
    encoding = 'utf-16' if content.startswith(marks) else 'utf-8-sig'
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise ValueError(
            f'{path} is no text: {error}; save it as UTF-8') from error
    # UTF-16 without a mark looks like this in UTF-8.
    if '\0' in text:
        raise ValueError(f'{path} is no text, it has zero bytes, as UTF-16 '
                         'without a byte order mark has; save it as UTF-8')
    return text


def read_json(path: str) -> Any:
    """Content of a JSON file.

    Raises:
        ValueError: If it is not one; names the file.
    """
    text = read_text(path)
    try:
        return json.loads(text)
    # the latter where brackets are nested without end
    except (ValueError, RecursionError) as error:
        raise ValueError(f'cannot read {path} as JSON: {error}') from error


def read_split_lines(path: str) -> list[str]:
    """Lines of a split file without blank ones and those that start with #.

    Raises:
        FileNotFoundError: If there is no such file, or no such line in it.
        ValueError: If it is no text.
    """
    check_split_file(path)
    lines = map(str.strip, io.StringIO(read_text(path), newline=None))
    entries = [x for x in lines if x and not x.startswith('#')]
    if not entries:
        raise FileNotFoundError(
            f'no image in {path}: it is empty, or all lines are comments')
    return entries


def read_split_json(path: str) -> list:
    """The list that a JSON split file holds.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is not a JSON list or has no entry.
    """
    check_split_file(path)
    entries = read_json(path)
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

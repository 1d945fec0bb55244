"""Finding, checking and reading the files of a data set."""
from __future__ import annotations

import codecs
import io
import json
import os
import posixpath
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

import numpy as np
import torch
from mmengine import fileio

from .ray_distance import check_cam2img

# In lower case.
IMAGE_SUFFIXES = ('.bmp', '.jpeg', '.jpg', '.png', '.ppm', '.tif', '.tiff',
                  '.webp')


def list_files(folder: str, recursive: bool = True) -> list[str]:
    """Sorted paths, with '/', of the files below a folder, none if it does not
    exist; hidden ones excluded."""
    if not fileio.isdir(folder):
        return []
    files = fileio.list_dir_or_file(
        folder, list_dir=False, recursive=recursive)
    paths = [x.replace(os.sep, '/') for x in files]
    return sorted(x for x in paths if not x.startswith('.') and '/.' not in x)


def existing_files(paths: Iterable[str]) -> set[str]:
    """Those of ``paths`` that exist; each folder is listed only once."""
    folders: dict[str, set[str]] = {}
    present = set()
    for path in paths:
        folder, name = posixpath.split(path)
        if folder not in folders:
            folders[folder] = set(list_files(folder, recursive=False))
        if name in folders[folder]:
            present.add(path)
    return present


def check_present(names: Collection[str], message: str,
                  present: Collection[str] | None = None) -> None:
    """Raise FileNotFoundError if files are missing; list the first ten.
    ``message`` says what is missing where; ``present`` are the existing files,
    which are looked up by default."""
    present = existing_files(names) if present is None else set(present)
    missing = [x for x in names if x not in present]
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


def first_ten(names: Sequence[str]) -> str:
    return ', '.join(names[:10]) + (', ...' if len(names) > 10 else '')


def as_suffixes(suffixes: str | Sequence[str]) -> tuple[str, ...]:
    return (suffixes, ) if isinstance(suffixes, str) else tuple(suffixes)


def stem_of(path: str, suffixes: tuple[str, ...]) -> str:
    """``path`` without the first of the suffixes that it ends with."""
    return path.removesuffix(next(filter(path.endswith, suffixes)))


def refuse_left_out(images: Sequence[str], others: Sequence[str],
                    suffixes: tuple[str, ...], folder: str,
                    has_depth_map: Callable[[str], bool]) -> None:
    """Raise ValueError if images with a depth map would be left out. That is,
    if files among the ``others``, with none of the suffixes, have a depth map
    whose stem no image has."""
    taken = {stem_of(x, suffixes) for x in images}
    # '_rgb' of '_rgb.png', and '' of '.png'
    endings = {x.rpartition('.')[0] for x in suffixes}
    lost = {}
    for image in others:
        root, suffix = posixpath.splitext(image)
        for ending in filter(root.endswith, endings):
            stem = root.removesuffix(ending)
            if (suffix.lower() in IMAGE_SUFFIXES and stem not in taken
                    and has_depth_map(stem)):
                lost[image] = image.removeprefix(stem)
    if lost:
        raise ValueError(
            f'{count_files("images", lost)} in {folder} have a depth map, '
            f'but none of the suffixes {suffixes}: {first_ten([*lost])}; set '
            f'img_suffix={(*suffixes, *sorted({*lost.values()}))} to include '
            'them')


def read_text(path: str) -> str:
    """Text in UTF-8, or UTF-16 with a byte order mark; else a ValueError."""
    content = fileio.get(path)
    marks = codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE
    encoding = 'utf-16' if content.startswith(marks) else 'utf-8-sig'
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise ValueError(
            f'{path} is not text: {error}; save it as UTF-8') from error
    # UTF-16 without a mark looks like this in UTF-8.
    if '\0' in text:
        raise ValueError(f'{path} is not text, it has zero bytes, like UTF-16 '
                         'without a byte order mark; save it as UTF-8')
    return text


def read_json(path: str) -> Any:
    """Content of a JSON file, or a ValueError that names it."""
    text = read_text(path)
    try:
        return json.loads(text)
    # RecursionError if brackets are nested too deeply
    except (ValueError, RecursionError) as error:
        raise ValueError(f'cannot read {path} as JSON: {error}') from error


def read_split_lines(path: str) -> list[str]:
    """Lines of a split file, without blank lines and # comments. Raises
    FileNotFoundError if there is no such file or line, ValueError if it is not
    text."""
    _check_split_file(path)
    lines = map(str.strip, io.StringIO(read_text(path), newline=None))
    entries = [x for x in lines if x and not x.startswith('#')]
    if not entries:
        raise FileNotFoundError(
            f'no image in {path}: it is empty, or all lines are comments')
    return entries


def read_split_json(path: str) -> list:
    """Entries of a JSON split file. Raises FileNotFoundError if there is no
    such file, ValueError if it is not a JSON list of at least one entry."""
    _check_split_file(path)
    entries = read_json(path)
    if not isinstance(entries, list) or not entries:
        raise ValueError(f'split file {path} must hold a list of at least one '
                         f'entry, got {str(entries)[:80]}')
    return entries


def _check_split_file(path: str) -> None:
    if not fileio.isfile(path):
        raise FileNotFoundError(f'no such split file: {path}')


def to_cam2img(values: Any) -> np.ndarray:
    """Pinhole intrinsics as (3, 3) float64, or a ValueError."""
    try:
        matrix = np.array(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise ValueError('cam2img must be a 3x3 matrix of numbers, '
                         f'got {values!r}') from None
    check_cam2img(torch.from_numpy(matrix))
    return matrix

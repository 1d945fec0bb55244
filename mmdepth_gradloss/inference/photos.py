"""Input images of a prediction, and the names of their output files."""
from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.logging import MMLogger

from ..datasets._files import IMAGE_SUFFIXES


@dataclass(frozen=True)
class Photo:
    """An input image, file or BGR array (H, W, 3), that is not read yet.
    ``name`` is that of the output files, without suffix, with '/' for
    sub-folders."""
    name: str
    source: str | np.ndarray

    @property
    def path(self) -> str | None:
        """The file, or None for an array."""
        return self.source if isinstance(self.source, str) else None


def find_photos(inputs: Any, first_number: int = 0) -> list[Photo]:
    """List the input images, those of a folder sorted. For ``inputs`` see
    :class:`DepthInferencer`. Arrays are numbered from ``first_number``."""
    if isinstance(inputs, (str, os.PathLike, np.ndarray)):
        inputs = [inputs]
    photos: list[Photo] = []
    for entry in inputs:
        if isinstance(entry, np.ndarray):
            _check_array(entry)
            photos.append(Photo(f'{first_number:06d}', entry))
            first_number += 1
        elif isinstance(entry, (str, os.PathLike)):
            photos += _photos_at(Path(entry))
        else:
            raise TypeError('an input must be a path or an array, got '
                            f'{type(entry).__name__}')
    if not photos:
        raise ValueError('pass at least one image')
    return photos


def _photos_at(path: Path) -> list[Photo]:
    if path.is_file():
        return [Photo(path.stem, str(path))]
    if not path.is_dir():
        raise FileNotFoundError(f'there is no image or folder {path}')
    files = sorted(_files_below(path))
    images = [
        x for x in files
        if x.suffix.lower() in IMAGE_SUFFIXES and x.is_file()
    ]
    others = Counter(x.suffix for x in set(files) - set(images))
    known = ', '.join(IMAGE_SUFFIXES)
    if not images:
        raise FileNotFoundError(
            f'no image ({known}) in {path}; number of files by suffix: '
            f'{dict(others)}')
    if others:
        MMLogger.get_current_instance().warning(
            f'ignored files in {path} that are not images ({known}), by '
            f'suffix: {dict(others)}')
    return [
        Photo(x.relative_to(path).with_suffix('').as_posix(), str(x))
        for x in images
    ]


def _files_below(folder: Path) -> Iterator[Path]:
    """All files that are not hidden; link cycles are followed only once."""
    seen = set()
    for root, folders, files in os.walk(folder, followlinks=True):
        here = Path(root)
        seen.add(here.resolve())
        folders[:] = [
            x for x in folders
            if x[0] != '.' and (here / x).resolve() not in seen
        ]
        yield from (here / x for x in files if x[0] != '.')


def _check_array(image: np.ndarray) -> None:
    if image.ndim != 3 or image.shape[2] != 3 or 0 in image.shape:
        raise ValueError('an array must be a BGR image (H, W, 3), got the '
                         f'shape {image.shape}')
    if image.dtype not in (np.uint8, np.float32, np.float64):
        raise ValueError('an array must be uint8, or float32 or float64 from '
                         f'0 to 255, got {image.dtype}')
    low, high = float(image.min()), float(image.max())
    # comparisons with NaN are False; an image from 0 to 1 would be black
    if image.dtype != np.uint8 and not (0 <= low and 1 < high <= 255):
        raise ValueError('an array of floats must have values from 0 to '
                         f'255, got {low:g} to {high:g}')

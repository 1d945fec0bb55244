"""NYU Depth v2 from its labelled .mat file."""
from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import chain
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ...atomic_write import atomic_write

MILLIMETRES = 1000.0


def convert_nyu_labelled(mat_file: str | Path, splits_file: str | Path,
                         out_dir: str | Path,
                         img_suffix: str = '.jpg') -> dict[str, int]:
    """Convert the labelled part of NYU Depth v2 to image files.

    The result is the layout of
    :class:`~mmdepth_gradloss.datasets.FolderDepthDataset` and mmsegmentation's
    ``NYUDataset``::

        out_dir
        |-- images/{train,test}/00001.jpg
        `-- annotations/{train,test}/00001.png   (16 bit, millimetres)

    Files are numbered as in the .mat file, from 1. Splits, arrays and depths
    are checked before the first file is written. Each file is written under a
    temporary name first, so that an interrupted conversion leaves no broken
    file; just run it again.

    Args:
        mat_file: ``nyu_depth_v2_labeled.mat`` (HDF5): images, (N, 3, W, H)
            uint8 RGB, and depths, (N, W, H), metres.
        splits_file: The official ``splits.mat`` with ``trainNdxs`` and
            ``testNdxs``, counted from 1.
        out_dir: Output folder.
        img_suffix: '.jpg' (quality 95) or '.png' (lossless; set
            ``img_suffix='.png'`` of the data set too).

    Returns:
        Number of images by split.

    Raises:
        ImportError: If h5py or scipy is missing.
        FileNotFoundError: If an input file is missing.
        ValueError: If the suffix is unknown, a file is not as above, a depth
            is above 65.535 m, or the splits name an unknown image, or one
            twice.
        RuntimeError: If OpenCV cannot encode an image.
    """
    if img_suffix not in ('.jpg', '.png'):
        raise ValueError(
            f"img_suffix must be '.jpg' or '.png', got {img_suffix!r}")
    try:
        import h5py
        import scipy.io
    except ImportError as error:
        raise ImportError('the conversion of NYU Depth v2 needs h5py and '
                          "scipy: pip install 'mmdepth-gradloss[nyu]'"
                          ) from error
    for path in (mat_file, splits_file):
        if not Path(path).is_file():
            raise FileNotFoundError(f'no such file: {path}')
    splits = _read_splits(scipy.io.loadmat, splits_file)
    try:
        file = h5py.File(mat_file, 'r')
    except OSError as error:
        raise ValueError(f'cannot read {mat_file} as HDF5: {error}') from error
    with file:
        for name in ('images', 'depths'):
            if not isinstance(file.get(name), h5py.Dataset):
                raise ValueError(f'{mat_file} has no array {name!r}, it has '
                                 f'{sorted(file)}')
        images, depths = file['images'], file['depths']
        _check_arrays(images, depths, mat_file)
        _check_numbers(splits, len(depths), splits_file)
        for number in chain.from_iterable(splits.values()):
            _read_millimetres(depths, number)
        for split, numbers in splits.items():
            for number in numbers:
                place = Path(split) / f'{number:05d}'
                _write(
                    Path(out_dir) / 'images' / f'{place}{img_suffix}',
                    _read(images, number).transpose(2, 1, 0)[..., ::-1])
                _write(
                    Path(out_dir) / 'annotations' / f'{place}.png',
                    _read_millimetres(depths, number))
    return {split: len(numbers) for split, numbers in splits.items()}


def to_millimetres(depth: np.ndarray) -> np.ndarray:
    """Metres as whole millimetres, uint16; 0 where not finite or not positive.
    A depth above 65.535 m is a ValueError."""
    valid = np.isfinite(depth) & (depth > 0)
    millimetres = np.rint(np.where(valid, depth, 0) * MILLIMETRES)
    if millimetres.max(initial=0) > np.iinfo(np.uint16).max:
        raise ValueError('16 bits cannot store depth above 65.535 m, got '
                         f'{millimetres.max() / MILLIMETRES} m')
    return millimetres.astype(np.uint16)


def _read_splits(loadmat: Callable[[Any], dict],
                 path: str | Path) -> dict[str, list[int]]:
    """Numbers of the images of each split, from 1."""
    try:
        content = loadmat(path)
    # A broken file can raise anything from scipy, zlib or struct.
    except Exception as error:
        raise ValueError(f'cannot read splits {path}: {error}') from error
    splits = {}
    for split in ('train', 'test'):
        key = f'{split}Ndxs'
        if key not in content:
            names = sorted(x for x in content if not x.startswith('__'))
            raise ValueError(f'{path} has no {key}, it has {names}')
        numbers = np.ravel(content[key])
        # MATLAB stores numbers as float64 by default.
        if numbers.dtype.kind not in 'uif' or (numbers % 1 != 0).any():
            raise ValueError(f'{key} of {path} must be whole numbers, got '
                             f'{numbers[:10]}')
        splits[split] = numbers.astype(int).tolist()
    return splits


def _check_arrays(images: Any, depths: Any, path: str | Path) -> None:
    wanted = (*depths.shape[:1], 3, *depths.shape[1:])
    if len(depths.shape) != 3 or images.shape != wanted:
        raise ValueError(
            f'{path}: images must be (N, 3, W, H) and depths (N, W, H), got '
            f'{images.shape} and {depths.shape}')
    if images.dtype != np.uint8 or depths.dtype.kind != 'f':
        raise ValueError(f'{path}: images must be uint8 and depths floats, '
                         f'got {images.dtype} and {depths.dtype}')


def _check_numbers(splits: dict[str, list[int]], total: int,
                   path: str | Path) -> None:
    counts = Counter(chain.from_iterable(splits.values()))
    outside = [x for x in counts if not 1 <= x <= total]
    if outside:
        raise ValueError(f'{path} names images {outside[:10]}, but there are '
                         f'1 to {total}')
    repeated = [x for x, count in counts.items() if count > 1]
    if repeated:
        raise ValueError(f'{path} names images {repeated[:10]} more than '
                         'once; train and test must not overlap')


def _read(array: Any, number: int) -> np.ndarray:
    try:
        return array[number - 1]
    except OSError as error:
        raise ValueError(f'cannot read {array.name} of image {number} in '
                         f'{array.file.filename}: {error}') from error


def _read_millimetres(depths: Any, number: int) -> np.ndarray:
    """Depth map with a number, (H, W), millimetres."""
    depth = _read(depths, number)
    try:
        return to_millimetres(depth.T)
    except ValueError as error:
        raise ValueError(f'image {number} in {depths.file.filename}: {error}'
                         ) from error


def _write(path: Path, array: np.ndarray) -> None:
    encoded, content = cv2.imencode(path.suffix, np.ascontiguousarray(array))
    if not encoded:
        raise RuntimeError(f'OpenCV cannot encode {path}')
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic_write(path, content.tobytes())

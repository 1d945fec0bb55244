"""NYU Depth v2 from its labelled .mat file."""
from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import cv2
import numpy as np

MILLIMETRES = 1000.0


def convert_nyu_labelled(mat_file: str | Path,
                         splits_file: str | Path,
                         out_dir: str | Path,
                         img_suffix: str = '.jpg') -> dict[str, int]:
    """Write the labelled part of NYU Depth v2 as image files.

    The result is the layout that
    :class:`~mmdepth_gradloss.datasets.FolderDepthDataset` and
    mmsegmentation's ``NYUDataset`` read::

        out_dir
        |-- images/{train,test}/00001.jpg
        `-- annotations/{train,test}/00001.png   (16 bit, millimetres)

    Files are numbered as in the .mat file, from 1. Each is written under
    another name first and renamed when it is whole, so that an interrupted
    conversion leaves no broken file; just run it again.

    Args:
        mat_file (str or Path): ``nyu_depth_v2_labeled.mat`` (HDF5): images,
            (N, 3, W, H) uint8 RGB, and depths, (N, W, H), metres.
        splits_file (str or Path): The official ``splits.mat`` with
            ``trainNdxs`` and ``testNdxs``, counted from 1.
        out_dir (str or Path): Folder to write to.
        img_suffix (str): '.jpg' (quality 95) or '.png' (lossless, which
            takes ``img_suffix='.png'`` of the data set too). Defaults to
            '.jpg'.

    Returns:
        dict[str, int]: Number of images by split.

    Raises:
        ImportError: If h5py or scipy is missing.
        FileNotFoundError: If there is no such file.
        ValueError: If the suffix is unknown, the arrays are not as above,
            the splits name an image that is not there, or a depth is above
            65.535 m.
    """
    if img_suffix not in ('.jpg', '.png'):
        raise ValueError(
            f"img_suffix must be '.jpg' or '.png', got {img_suffix!r}")
    h5py, scipy_io = _import_readers()
    for path in (mat_file, splits_file):
        if not Path(path).is_file():
            raise FileNotFoundError(f'no such file: {path}')
    splits = {
        split: scipy_io.loadmat(splits_file)[f'{split}Ndxs'].ravel().tolist()
        for split in ('train', 'test')
    }
    with h5py.File(mat_file, 'r') as file:
        images, depths = file['images'], file['depths']
        _check_arrays(images, depths, splits)
        for split, numbers in splits.items():
            for number in numbers:
                img, depth = images[number - 1], depths[number - 1]
                place = Path(split) / f'{number:05d}'
                _write(
                    Path(out_dir) / 'images' / f'{place}{img_suffix}',
                    img.transpose(2, 1, 0)[..., ::-1])
                _write(
                    Path(out_dir) / 'annotations' / f'{place}.png',
                    to_millimetres(depth.T))
    return {split: len(numbers) for split, numbers in splits.items()}


def to_millimetres(depth: np.ndarray) -> np.ndarray:
    """Metres as whole millimetres, uint16, 0 = no measurement.

    Args:
        depth (np.ndarray): Metres, (H, W). What is not finite or not
            positive is no measurement.

    Raises:
        ValueError: If a depth is above 65.535 m.
    """
    valid = np.isfinite(depth) & (depth > 0)
    millimetres = np.rint(np.where(valid, depth, 0) * MILLIMETRES)
    if millimetres.max(initial=0) > np.iinfo(np.uint16).max:
        raise ValueError('16 bit hold no depth above 65.535 m, got '
                         f'{millimetres.max() / MILLIMETRES} m')
    return millimetres.astype(np.uint16)


def _import_readers() -> tuple[Any, Any]:
    try:
        import h5py
        import scipy.io
    except ImportError as error:
        raise ImportError('the conversion of NYU Depth v2 needs h5py and '
                          "scipy: pip install 'mmdepth-gradloss[nyu]'"
                          ) from error
    return h5py, scipy.io


def _check_arrays(images: Any, depths: Any,
                  splits: dict[str, list[int]]) -> None:
    """Raise ValueError if shapes and numbers do not fit."""
    wanted = (depths.shape[0], 3, *depths.shape[1:])
    if len(depths.shape) != 3 or images.shape != wanted:
        raise ValueError(
            'images must be (N, 3, W, H) and depths (N, W, H), got '
            f'{images.shape} and {depths.shape}')
    outside = [
        x for numbers in splits.values() for x in numbers
        if not 1 <= x <= len(depths)
    ]
    if outside:
        raise ValueError(f'the splits name images {outside[:10]}, but there '
                         f'are 1 to {len(depths)}')


def _write(path: Path, array: np.ndarray) -> None:
    """Write an image file in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    _, content = cv2.imencode(path.suffix, np.ascontiguousarray(array))
    unfinished = path.with_name(f'{path.name}.tmp')
    unfinished.write_bytes(content.tobytes())
    os.replace(unfinished, path)

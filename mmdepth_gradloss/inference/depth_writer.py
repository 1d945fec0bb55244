from __future__ import annotations

import io
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ..atomic_write import atomic_write
from ..functional.checks import check_positive
from ..functional.lookup import lookup
from .depth_prediction import RELATIVE, DepthPrediction, Quantity
from .photos import Photo

FORMATS = {
    'png': '16-bit PNG, metres = stored value / {scale:g}, 0 = no depth',
    'npz': "float32, array '{name}'",
}
"""Description of a file's content."""

MILLIMETRES = 1000.0
"""Stored value of one metre, the default of ``FolderDepthDataset``."""

_LARGEST = np.iinfo(np.uint16).max
PICTURES = 'vis'


class DepthWriter:
    """Write each prediction as a depth file and a picture.

    Writes ``out_dir/depth/NAME.png`` (or ``.npz``) and
    ``out_dir/vis/NAME.png``. If a network does not predict depth, the folder
    is ``distance`` (along the ray) or ``relative_inverse_depth``. Existing
    files are replaced, atomically.

    A PNG file holds depths up to 65535 / ``depth_scale`` metres, by default
    65.535 m in steps of a millimetre; larger ones are clamped, with an entry
    in :attr:`warnings`. :class:`LoadDepthMap` reads both formats, npz with
    ``depth_scale=1``.

    Args:
        out_dir: Created if it does not exist.
        quantity: What is predicted.
        depth_format: 'png' or 'npz'. Defaults to png, or to npz for a
            prediction without a unit, which only npz supports.
        depth_scale: Stored value of one metre in a PNG file. Defaults to 1000,
            millimetres.

    Attributes:
        folder: Of the depth files.
        pictures: Folder of the pictures.
        contents: Description of a depth file's content.

    Raises:
        TypeError: If ``depth_scale`` is not a number.
        ValueError: If the format is unknown or does not support the
            prediction, or the scale is not positive or has no effect.
    """

    def __init__(self, out_dir: str | Path, quantity: Quantity,
                 depth_format: str | None = None,
                 depth_scale: float | None = None) -> None:
        if depth_format is None:
            depth_format = 'npz' if quantity is RELATIVE else 'png'
        contents = lookup('depth format', depth_format, FORMATS)
        if depth_format == 'png' and quantity is RELATIVE:
            raise ValueError(
                'a PNG file holds metres, but the model predicts '
                f'{quantity.title}; write it as npz')
        if depth_format == 'npz' and depth_scale is not None:
            raise ValueError(f'depth_scale={depth_scale} is for PNG files; '
                             'npz files hold the prediction as it is')
        scale = MILLIMETRES if depth_scale is None else depth_scale
        check_positive(depth_scale=scale)
        self.folder = Path(out_dir) / quantity.name
        self.pictures = Path(out_dir) / PICTURES
        self.contents = contents.format(scale=scale, name=quantity.name)
        self._format = depth_format
        self._scale = scale
        self._pixels = self._without_depth = 0
        self._too_near = self._too_far = 0
        self._farthest = 0.0
        self._undrawn: list[str] = []

    def check_photos(self, photos: Sequence[Photo]) -> None:
        """Raise ValueError if two predictions, or one and an image, would be
        written to the same file."""
        sources: dict[str, str] = {}
        folders = [x.resolve() for x in (self.folder, self.pictures)]
        for photo in photos:
            source = photo.path or 'an array'
            # on some disks A and a are one file
            other = sources.setdefault(photo.name.lower(), source)
            if other is not source:
                raise ValueError(
                    f'{other} and {source} would both be written as '
                    f'{photo.name}; pass their parent folder, or predict them '
                    'separately into different folders')
            path = Path(source).resolve()
            for folder in folders:
                if photo.path and folder in path.parents:
                    raise ValueError(f'{path} is in {folder}, the folder of '
                                     'predictions; choose another out_dir')

    def write(
            self, prediction: DepthPrediction,
            draw: Callable[[DepthPrediction], np.ndarray]) -> dict[str, str]:
        """Write an image's files; returns ``depth_path`` and
        ``vis_path``.

        ``draw`` makes its picture, (height, width, 3) uint8, RGB. If it fails,
        an entry is added to :attr:`warnings`.
        """
        encode = self._png if self._format == 'png' else self._npz
        depth_path = self.folder / f'{prediction.name}.{self._format}'
        vis_path = self.pictures / f'{prediction.name}.png'
        self._pixels += prediction.depth.size
        self._without_depth += int((~prediction.known).sum())
        _write(depth_path, encode(prediction))
        try:
            _write(vis_path, _encode_png(draw(prediction)[..., ::-1]))
        except Exception as error:  # a picture must not cost a depth map
            self._undrawn.append(f'{prediction.name} has no picture: {error}')
        return dict(depth_path=str(depth_path), vis_path=str(vis_path))

    @property
    def warnings(self) -> list[str]:
        """How the files written so far differ from the predictions."""
        warnings = list(self._undrawn)
        if self._too_near:
            warnings.append(
                f'{self._share(self._too_near)} of the pixels are nearer than '
                f'half of the {1 / self._scale:g} m that a PNG file resolves, '
                'and were clamped to it; use the format npz, or a larger '
                'depth scale')
        if self._too_far:
            scale = _LARGEST / self._farthest
            digit = 10.0**math.floor(math.log10(scale))
            warnings.append(
                f'{self._share(self._too_far)} of the pixels are farther than '
                f'the {_LARGEST / self._scale:g} m that a PNG file holds, up '
                f'to {self._farthest:.1f} m, and were clamped to it; use '
                'the format npz, or a depth scale of at most '
                f'{math.floor(scale / digit) * digit:g}')
        if self._without_depth:
            warnings.append(
                f'{self._share(self._without_depth)} of the pixels have no '
                'usable value (not finite, or depth not above 0)')
        return warnings

    def _png(self, prediction: DepthPrediction) -> bytes:
        known = prediction.known
        stored = np.where(known, prediction.depth, 0) * np.float32(self._scale)
        too_far = stored >= _LARGEST + 0.5
        if too_far.any():
            self._too_far += int(too_far.sum())
            self._farthest = max(self._farthest,
                                 float(prediction.depth[too_far].max()))
        self._too_near += int((known & (stored < 0.5)).sum())
        # 0 means no depth
        stored = np.where(known, np.rint(stored).clip(1, _LARGEST), 0)
        return _encode_png(stored.astype(np.uint16))

    def _npz(self, prediction: DepthPrediction) -> bytes:
        file = io.BytesIO()
        arrays: dict[str, Any] = {prediction.quantity.name: prediction.depth}
        np.savez(file, **arrays)
        return file.getvalue()

    def _share(self, pixels: int) -> str:
        return f'{100 * pixels / self._pixels:.3g} %'


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic_write(path, data)


def _encode_png(image: np.ndarray) -> bytes:
    done, data = cv2.imencode('.png', image)
    if not done:
        raise RuntimeError(f'OpenCV cannot write a PNG of {image.shape} '
                           f'{image.dtype}')
    return data.tobytes()

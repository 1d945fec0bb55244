"""Load a depth map."""
from __future__ import annotations

import io
from pathlib import PurePath

import numpy as np
from mmcv.transforms import BaseTransform
from mmengine import fileio
from mmengine.registry import TRANSFORMS

from ._decoding import decode_image


@TRANSFORMS.register_module()
class LoadDepthMap(BaseTransform):
    """Load a depth map in metres from a PNG, npz or npy file.

    Metres are the stored value / ``depth_scale``. What is not a measurement
    (0, negative, NaN, infinite) becomes 0.

    Required Keys:

    - depth_map_path
    - depth_scale
    - npz_key (optional): Which array of the npz file; None means the only
      one in it.
    - ori_shape (optional): (H, W) of the image as loaded, to compare with.

    Added Keys:

    - gt_depth_map (np.ndarray): (H, W) float32 metres, 0 = no measurement.

    Args:
        backend_args (dict, optional): File backend, see
            :func:`mmengine.fileio.get`. Defaults to None.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file is truncated, corrupt, of an unknown format,
            not a single-channel map of numbers, or of another size than the
            image; or the npz file does not have the array.
    """

    def __init__(self, backend_args: dict | None = None) -> None:
        self.backend_args = backend_args

    def transform(self, results: dict) -> dict:
        """Load the depth map.

        Args:
            results (dict): Result dict.

        Returns:
            dict: Result dict with ``gt_depth_map``.
        """
        path = results['depth_map_path']
        stored = self._read(path, results.get('npz_key'))
        # The image as loaded: it may have been resized since, while the
        # depth map is kept at full resolution for evaluation.
        img_shape = results.get('ori_shape', stored.shape)
        if stored.shape != tuple(img_shape):
            raise ValueError(
                f'depth map {path} has the shape {stored.shape}, but image '
                f"{results.get('img_path')} has {tuple(img_shape)}")
        results['gt_depth_map'] = _to_metres(stored, results['depth_scale'])
        return results

    def _read(self, path: str, npz_key: str | None) -> np.ndarray:
        """Stored values of a depth map, (H, W)."""
        suffix = PurePath(path).suffix.lower()
        if suffix not in _DECODERS:
            raise ValueError(f'depth map {path} has the unknown suffix '
                             f'{suffix!r}, known: {sorted(_DECODERS)}')
        content = fileio.get(path, backend_args=self.backend_args)
        stored = _DECODERS[suffix](content, path, npz_key)
        if stored.ndim != 2 or stored.dtype.kind not in 'uif':
            raise ValueError(
                f'depth map {path} must be one channel of numbers, (H, W), '
                f'got shape {stored.shape} of {stored.dtype}')
        return stored

    def __repr__(self) -> str:
        return f'{type(self).__name__}(backend_args={self.backend_args})'


def _to_metres(stored: np.ndarray, depth_scale: float) -> np.ndarray:
    """Float32 metres, with 0 where there is no measurement."""
    # A float64 value beyond float32's range becomes infinite, and so invalid.
    with np.errstate(over='ignore', invalid='ignore'):
        depth = stored.astype(np.float32) / np.float32(depth_scale)
        return np.where(np.isfinite(depth) & (depth > 0), depth, 0)


def _decode_png(content: bytes, path: str, npz_key: str | None) -> np.ndarray:
    return decode_image(content, path, 'unchanged')


def _decode_npz(content: bytes, path: str, npz_key: str | None) -> np.ndarray:
    try:
        with np.load(io.BytesIO(content)) as archive:
            return archive[_choose_array(archive.files, npz_key)]
    # A broken archive raises whatever zipfile, zlib or numpy meet first.
    except Exception as error:
        raise ValueError(f'cannot read depth map {path}: {error}') from error


def _decode_npy(content: bytes, path: str, npz_key: str | None) -> np.ndarray:
    try:
        return np.lib.format.read_array(io.BytesIO(content))
    except Exception as error:
        raise ValueError(f'cannot read depth map {path}: {error}') from error


def _choose_array(names: list[str], npz_key: str | None) -> str:
    if npz_key is None and len(names) == 1:
        return names[0]
    if npz_key not in names:
        raise ValueError(f'it has the arrays {sorted(names)}, set npz_key to '
                         f'one of them (got {npz_key!r})')
    return npz_key


_DECODERS = {
    '.png': _decode_png,
    '.npz': _decode_npz,
    '.npy': _decode_npy,
}

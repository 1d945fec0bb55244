from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath
from typing import Any

import numpy as np
from mmengine import fileio
from mmengine.registry import TRANSFORMS

from ...functional.checks import check_positive, check_valid_range
from ...functional.lookup import lookup
from ._decoding import decode_array, decode_image
from ._depth_sample import DepthTransform
from ._views import start_view
from .convert_depth_type import convert_depth_map

# Prefix of the keys of a map's path, scale and array.
_PREFIXES = {'gt_depth_map': '', 'sparse_depth_map': 'sparse_'}
_SUFFIXES = ['.npy', '.npz', '.png']


@TRANSFORMS.register_module()
class LoadDepthMap(DepthTransform):
    """Load depth maps in metres from PNG, npz or npy files.

    Metres are the stored value / ``depth_scale``. Anything that is not a
    measurement (0, negative, NaN, infinite, outside ``valid_range``) becomes
    0. Set here which depth is valid: losses, heads and metrics follow.

    The image may already be resized, but not flipped or cropped:
    ``PackDepthInputs`` rejects a depth map that does not match its image.

    A sample may have a second file with a sparse input map of the model. If
    that holds another quantity than the ground truth (depth instead of
    distance or vice versa), it is converted.

    Required Keys:

    - depth_map_path, depth_scale
    - npz_key (optional): Name of the array in an npz file; None means the
      only one.
    - depth_mask_path (optional): Image of one or more channels, as large as
      the depth map; the ground truth becomes 0 where all of them are 0.
    - sparse_depth_map_path, sparse_depth_scale, sparse_npz_key (optional):
      The same for the sparse map. No mask applies to it.
    - depth_type, sparse_depth_type (optional): What the files hold, 'depth'
      or 'distance'. Without ``sparse_depth_type`` both hold the same.
    - stored_depth_type (optional): What the files hold, if ``depth_type`` is
      the type after a conversion.
    - cam2img (optional): Intrinsics, needed if the types differ.
    - ori_shape (optional): (H, W) of the image as loaded, to compare with.

    Added Keys:

    - gt_depth_map: (H, W) float32 metres, 0 = no measurement.
    - sparse_depth_map: The same, in the quantity ``depth_type``, if the
      sample has its path.

    Args:
        backend_args: File backend, see :func:`mmengine.fileio.get`.
        keys: Which depth maps to load; all of them must exist. None means the
            ground truth and, if the sample has one, the sparse map. To keep
            the ground truth at full resolution with a resized input, load the
            sparse map before ``ResizeDepth`` and the ground truth after it.
        valid_range: Smallest and largest valid depth in metres, such as (0.1,
            60.0) where the sky is stored as 65.535 m. None: any above 0.

    Raises:
        FileNotFoundError: If there is no such file.
        KeyError: If the sample has no path or scale of a requested depth map.
        ValueError: If an argument is empty or unknown; if a file is broken,
            not a single-channel map of numbers, or of another size than the
            image; if the npz file does not have the array, or intrinsics are
            missing; if ``ConvertDepthType`` ran before, and the file still
            holds the other quantity.
    """

    def __init__(self, backend_args: dict | None = None,
                 keys: Sequence[str] | None = None,
                 valid_range: Sequence[float] | None = None) -> None:
        if keys is not None and not keys:
            raise ValueError('keys must name a depth map or be None, got '
                             f'{keys!r}; known: {", ".join(_PREFIXES)}')
        for key in keys or ():
            lookup('depth map', key, _PREFIXES)
        check_valid_range(*(valid_range or (None, None)))
        self.backend_args = backend_args
        self.keys = None if keys is None else tuple(keys)
        self.valid_range = valid_range and tuple(valid_range)

    def transform(self, results: dict) -> dict:
        """Load the depth maps."""
        keys = self.keys or ('gt_depth_map', )
        if self.keys is None and 'sparse_depth_map_path' in results:
            keys = (*keys, 'sparse_depth_map')
        for key in keys:
            _check_quantity(results, key)
            results[key] = self._load(results, _PREFIXES[key])
            start_view(results, key)
        if 'gt_depth_map' in keys and results.get('depth_mask_path'):
            self._apply_mask(results)
        if 'sparse_depth_map' in keys and 'sparse_depth_type' in results:
            results['sparse_depth_map'] = convert_depth_map(
                results, 'sparse_depth_map', results['sparse_depth_type'],
                results['depth_type'])
        return results

    def _load(self, results: dict, prefix: str) -> np.ndarray:
        """Depth map in metres, (H, W)."""
        path, scale = (
            _required(results, f'{prefix}{key}')
            for key in ('depth_map_path', 'depth_scale'))
        check_positive(**{f'{prefix}depth_scale': scale})
        stored = self._read(path, results.get(f'{prefix}npz_key'))
        # The size as loaded: the image may have been resized since, while
        # the depth map is kept at full resolution for evaluation.
        img_shape = results.get('ori_shape', stored.shape)
        if stored.shape != tuple(img_shape):
            raise ValueError(
                f'depth map {path} has the shape {stored.shape}, but image '
                f"{results.get('img_path')} has {tuple(img_shape)}")
        depth = _to_metres(stored, scale)
        if self.valid_range is None:
            return depth
        low, high = self.valid_range
        return np.where((low <= depth) & (depth <= high), depth, 0)

    def _apply_mask(self, results: dict) -> None:
        path, depth = results['depth_mask_path'], results['gt_depth_map']
        content = fileio.get(path, backend_args=self.backend_args)
        # Ignore a fourth channel, which would be alpha.
        mask = np.atleast_3d(decode_image(content, path, 'unchanged'))
        if mask.shape[:2] != depth.shape:
            raise ValueError(
                f'mask {path} has the shape {mask.shape[:2]}, but depth map '
                f"{results['depth_map_path']} has {depth.shape}")
        results['gt_depth_map'] = np.where(mask[..., :3].any(axis=2), depth, 0)

    def _read(self, path: str, npz_key: str | None) -> np.ndarray:
        """Stored values of a depth map, (H, W)."""
        suffix = PurePath(path).suffix.lower()
        if suffix not in _SUFFIXES:
            raise ValueError(f'depth map {path} has the unknown suffix '
                             f'{suffix!r}, known: {_SUFFIXES}')
        content = fileio.get(path, backend_args=self.backend_args)
        stored = (
            decode_image(content, path, 'unchanged')
            if suffix == '.png' else decode_array(content, path, npz_key))
        if stored.ndim != 2 or stored.dtype.kind not in 'uif':
            raise ValueError(
                f'depth map {path} must be one channel of numbers, (H, W), '
                f'got shape {stored.shape} of {stored.dtype}')
        return stored


def _required(results: dict, key: str) -> Any:
    if key not in results:
        raise KeyError(f'the sample of image {results.get("img_path")} has no '
                       f'{key}, which its data set must provide; see the '
                       'keys that LoadDepthMap requires')
    return results[key]


def _check_quantity(results: dict, key: str) -> None:
    """Raise ValueError if a file and the sample hold different quantities."""
    if key == 'sparse_depth_map' and 'sparse_depth_type' in results:
        return  # it is converted to the sample's quantity
    current = results.get('depth_type')
    stored = results.get('stored_depth_type', current)
    if stored != current:
        raise ValueError(
            f'{key} of image {results.get("img_path")} is stored as {stored}, '
            f'but the sample was converted to {current} before this map was '
            'loaded; put ConvertDepthType after the last LoadDepthMap, and '
            'load and convert all maps before the image is resized')


def _to_metres(stored: np.ndarray, depth_scale: float) -> np.ndarray:
    """Float32 metres, with 0 where there is no measurement."""
    # A float64 value beyond float32's range becomes infinite, and so invalid.
    with np.errstate(over='ignore', invalid='ignore'):
        depth = stored.astype(np.float32) / np.float32(depth_scale)
        return np.where(np.isfinite(depth) & (depth > 0), depth, 0)

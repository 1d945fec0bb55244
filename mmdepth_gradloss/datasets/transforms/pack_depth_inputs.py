from __future__ import annotations

from typing import Sequence

import numpy as np
import torch
from mmengine.registry import TRANSFORMS
from mmengine.structures import BaseDataElement, PixelData

from ._depth_sample import DEPTH_MAP_KEYS, GRADIENT_WEIGHT, DepthTransform
from ._views import check_views


@TRANSFORMS.register_module()
class PackDepthInputs(DepthTransform):
    """Pack image and depth maps for a ``data_preprocessor``.

    Required Keys:

    - img
    - gt_depth_map, sparse_depth_map, gradient_weight (optional)
    - the keys named in ``meta_keys`` (optional)

    The result is a new dict with two keys:

    - inputs: Image (C, H, W), its dtype unchanged.
    - data_samples: The meta information and, for each existing depth map,
      ``gt_depth_map.data`` and ``sparse_depth_map.data``, float32 metres
      (1, H, W).

    Args:
        meta_keys: Results to copy to the data sample's ``metainfo``, if they
            exist. ``gradient_weight`` is always copied, because training
            depends on it.

    Raises:
        ValueError: If a depth map or ``cam2img`` does not match the image:
            transforms of another package flipped, cropped or padded the image
            alone, the map was loaded after such a step, or its file has
            another aspect ratio than the image's. Resizing either is fine. A
            change of neither the image size nor ``flip_direction``, such as a
            rotation by a few degrees, cannot be detected.
    """

    def __init__(self, meta_keys: Sequence[str] = (
            'sample_idx', 'img_path', 'depth_map_path', 'ori_shape',
            'img_shape', 'scale_factor', 'flip', 'flip_direction', 'cam2img',
            'depth_type')) -> None:
        self.meta_keys = tuple(meta_keys)

    def transform(self, results: dict) -> dict:
        """Pack a sample."""
        check_views(results)
        img = np.atleast_3d(results['img']).transpose(2, 0, 1)
        meta_keys = (*self.meta_keys, GRADIENT_WEIGHT)
        data_sample = BaseDataElement(
            metainfo={k: results[k] for k in meta_keys if k in results})
        for key in DEPTH_MAP_KEYS:
            if key in results:
                depth = results[key][None].astype(np.float32)
                data_sample.set_field(PixelData(data=_to_tensor(depth)), key)
        return dict(inputs=_to_tensor(img), data_samples=data_sample)


def _to_tensor(array: np.ndarray) -> torch.Tensor:
    # Flips and crops return views; torch rejects negative strides, which
    # np.ascontiguousarray keeps if a side is 1.
    return torch.from_numpy(array.copy())

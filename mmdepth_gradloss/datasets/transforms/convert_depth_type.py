from __future__ import annotations

import numpy as np
import torch
from mmengine.registry import TRANSFORMS

from ...functional.lookup import lookup
from ..ray_distance import DEPTH_TYPES
from ._depth_sample import DEPTH_MAP_KEYS, DepthTransform


@TRANSFORMS.register_module()
class ConvertDepthType(DepthTransform):
    r"""Convert the depth maps of a sample to another quantity.

    ``depth`` is measured along the optical axis, ``distance`` along the ray to
    the point:

    .. math:: distance = depth \cdot \lVert K^{-1} (u, v, 1)^T \rVert

    for a pinhole camera without distortion. A sample that already holds the
    target quantity is unchanged. Put this transform right after the last
    ``LoadDepthMap``, which would raise if it came later.

    Required Keys:

    - depth_type: 'depth' or 'distance'.
    - cam2img (optional): K, (3, 3), in pixels of the image. Needed for a
      conversion.

    Modified Keys:

    - depth_type
    - gt_depth_map, sparse_depth_map (optional)

    Added Keys:

    - stored_depth_type: ``depth_type`` before the first conversion.

    Args:
        target: The target quantity, 'depth' or 'distance'.

    Raises:
        ValueError: If ``target`` or the sample's ``depth_type`` is unknown or
            missing, or a conversion lacks ``cam2img`` or its depth map has
            another size than the image.
    """

    def __init__(self, target: str = 'depth') -> None:
        lookup('depth type', target, DEPTH_TYPES)
        self.target = target

    def transform(self, results: dict) -> dict:
        """Convert the depth maps."""
        source = results.get('depth_type')
        if source is None:
            raise ValueError(
                f"image {results.get('img_path')} has no depth_type, 'depth' "
                "or 'distance'; set the argument depth_type of the data set")
        for key in DEPTH_MAP_KEYS:
            if key in results:
                results[key] = convert_depth_map(results, key, source,
                                                 self.target)
        results.setdefault('stored_depth_type', source)
        results['depth_type'] = self.target
        return results


def convert_depth_map(results: dict, key: str, source: str,
                      target: str) -> np.ndarray:
    """The depth map ``key`` of a sample, (H, W), converted from ``source``."""
    lookup('depth type', source, DEPTH_TYPES)
    convert = lookup('depth type', target, DEPTH_TYPES)
    depth, path = results[key], results.get('img_path')
    if source == target:
        return depth
    if results.get('cam2img') is None:
        raise ValueError(
            f'cannot convert {key} of image {path} from {source} to {target} '
            'without the intrinsics of its camera; set the argument cam2img '
            'of the data set')
    img_shape = tuple(results.get('img_shape', depth.shape))
    if depth.shape != img_shape:
        raise ValueError(
            f'cannot convert {key} of image {path} from {source} to {target}:'
            f' it has the shape {depth.shape}, but cam2img belongs to the '
            f'image of {img_shape}; convert before the image is resized')
    converted = convert(
        torch.from_numpy(np.ascontiguousarray(depth)),
        torch.as_tensor(results['cam2img'], dtype=torch.float64))
    return converted.numpy()

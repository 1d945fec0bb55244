from __future__ import annotations

import mmcv
import numpy as np
from mmengine.registry import TRANSFORMS

from ._depth_sample import DEPTH_MAP_KEYS, DepthTransform, resize_camera
from ._views import note_other_steps, note_own_steps


@TRANSFORMS.register_module()
class ResizeDepth(DepthTransform):
    """Resize the image smoothly and the depth maps by nearest pixels.

    A mean of depths across an edge, or of a depth and a hole, would be the
    depth of nothing. So each pixel of the new depth map is the nearest old
    one: no new value appears, and the density of valid pixels stays the
    same, also of sparse input maps. Nearest is measured between pixel
    centres,

    .. math::
        i_{old} = \\lfloor (i_{new} + 0.5) \\cdot h_{old} / h_{new} \\rfloor,

    with an offset of at most half a pixel between depth map and image.
    (OpenCV's ``INTER_NEAREST`` rounds corners down and shifts a map that
    shrinks by a factor s by (s - 1) / 2 pixels.) The image is resized by area
    averaging when it shrinks, and bilinearly when it grows. For random sizes,
    use ``mmcv.transforms.RandomResize`` or ``RandomChoiceResize`` with
    ``resize_type='ResizeDepth'``.

    Required and Modified Keys:

    - img
    - img_shape, gt_depth_map, sparse_depth_map (optional)
    - cam2img (optional): Scaled by pixel centres, so that a point at ``u``
      moves to ``(u + 0.5) * scale_factor - 0.5``.

    Added Keys:

    - scale: New (width, height).
    - scale_factor: New / old (width, height).
    - keep_ratio

    Args:
        scale: New (width, height), or the side of a square.
        scale_factor: New / old size, instead of ``scale``.
        keep_ratio: Whether to keep the aspect ratio: the new size is then the
            largest that fits into ``scale`` (its longer side bounds the longer
            side of the image).

    Raises:
        ValueError: If both or neither of ``scale`` and ``scale_factor`` are
            given, or the new size has no pixel.
    """

    def __init__(self, scale: int | tuple[int, int] | None = None,
                 scale_factor: float | None = None,
                 keep_ratio: bool = False) -> None:
        if (scale is None) == (scale_factor is None):
            raise ValueError('give one of scale and scale_factor, got '
                             f'scale={scale}, scale_factor={scale_factor}')
        self.scale = (scale, scale) if isinstance(scale, int) else scale
        self.scale_factor = scale_factor
        self.keep_ratio = keep_ratio

    def transform(self, results: dict) -> dict:
        """Resize image and depth maps."""
        note_other_steps(results)
        img = results['img']
        height, width = img.shape[:2]
        new_width, new_height = self._new_size(width, height)
        shrinks = new_width <= width and new_height <= height
        results['img'] = mmcv.imresize(
            img, (new_width, new_height),
            interpolation='area' if shrinks else 'bilinear', backend='cv2')
        results['img_shape'] = (new_height, new_width)
        results['scale'] = (new_width, new_height)
        results['scale_factor'] = (new_width / width, new_height / height)
        results['keep_ratio'] = self.keep_ratio
        for key in DEPTH_MAP_KEYS:
            if key in results:
                results[key] = _resize_nearest(results[key], new_height,
                                               new_width)
        resize_camera(results, *results['scale_factor'])
        note_own_steps(results)
        return results

    def _new_size(self, width: int, height: int) -> tuple[int, int]:
        if self.scale is None:
            size = mmcv.rescale_size((width, height), self.scale_factor)
        elif self.keep_ratio:
            size = mmcv.rescale_size((width, height), tuple(self.scale))
        else:
            size = tuple(self.scale)
        if min(size) < 1:
            raise ValueError(
                f'{self} would resize an image of {height} x {width} pixels '
                f'to {size[1]} x {size[0]}')
        return size


def _resize_nearest(depth: np.ndarray, height: int, width: int) -> np.ndarray:
    """Resize (H, W) to (height, width), aligned by pixel centres."""
    # In integers: exact for any size. OpenCV's INTER_NEAREST_EXACT breaks
    # ties differently in different versions.
    rows, columns = ((2 * np.arange(new) + 1) * old // (2 * new)
                     for old, new in zip(depth.shape, (height, width)))
    return depth[rows[:, None], columns]

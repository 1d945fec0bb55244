from __future__ import annotations

import numpy as np
from mmcv.transforms.utils import cache_randomness
from mmengine.registry import TRANSFORMS

from ._depth_sample import DEPTH_MAP_KEYS, DepthTransform, move_pixels
from ._views import note_other_steps, note_own_steps


@TRANSFORMS.register_module()
class RandomCropDepth(DepthTransform):
    """Crop image and depth maps at the same random place.

    Required and Modified Keys:

    - img
    - img_shape, gt_depth_map, sparse_depth_map (optional)
    - cam2img (optional): The principal point is shifted.

    Args:
        crop_size: (height, width) of the crop, or the side of a square.

    Raises:
        ValueError: If the image is smaller than the crop, or a depth map has
            another size than the image.
    """

    def __init__(self, crop_size: int | tuple[int, int]) -> None:
        if isinstance(crop_size, int):
            crop_size = (crop_size, crop_size)
        if len(crop_size) != 2 or min(crop_size) < 1:
            raise ValueError('crop_size must be a positive (height, width), '
                             f'got {crop_size}')
        self.crop_size = tuple(crop_size)

    def transform(self, results: dict) -> dict:
        """Crop image and depth maps."""
        note_other_steps(results)
        shape = results['img'].shape[:2]
        top, left = self._random_corner(shape)
        height, width = self.crop_size
        for key in ('img', *DEPTH_MAP_KEYS):
            if key not in results:
                continue
            if results[key].shape[:2] != shape:
                raise ValueError(f'{key} has the shape {results[key].shape}, '
                                 f'but the image has {shape}')
            results[key] = results[key][top:top + height, left:left + width]
        results['img_shape'] = self.crop_size
        move_pixels(results, [[1, 0, -left], [0, 1, -top], [0, 0, 1]])
        if shape != self.crop_size:
            note_own_steps(
                results, f'crop of {height} x {width} from {shape[0]} x '
                f'{shape[1]} pixels at row {top}, column {left}')
        return results

    @cache_randomness
    def _random_corner(self, shape: tuple[int, int]) -> tuple[int, int]:
        spare = np.subtract(shape, self.crop_size)
        if spare.min() < 0:
            raise ValueError(
                f'image of {shape[0]} x {shape[1]} pixels is smaller than '
                f'the crop of {self.crop_size[0]} x {self.crop_size[1]}; '
                'make it larger with ResizeDepth first')
        top, left = np.random.randint(0, spare + 1)
        return int(top), int(left)

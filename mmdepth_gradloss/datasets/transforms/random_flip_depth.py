from __future__ import annotations

import mmcv
import numpy as np
from mmcv.transforms import RandomFlip
from mmengine.registry import TRANSFORMS

from ...functional.lookup import lookup
from ._depth_sample import DEPTH_MAP_KEYS, DepthTransform, move_pixels
from ._views import NotedDirection, note_other_steps, note_own_steps

# Factors of a flip on x and y.
_DIRECTIONS = dict(horizontal=(-1, 1), vertical=(1, -1), diagonal=(-1, -1))


@TRANSFORMS.register_module()
class RandomFlipDepth(DepthTransform, RandomFlip):
    """Flip image and depth maps together.

    The new image is that of a mirrored world: ``cam2img`` gets the mirrored
    principal point and keeps its positive focal lengths.

    Required and Modified Keys:

    - img
    - gt_depth_map, sparse_depth_map, cam2img (optional)

    Added Keys:

    - flip (bool), flip_direction (str or None)

    Args:
        prob: Probability of a flip, shared by the directions, or one for each.
        direction: 'horizontal', 'vertical' or 'diagonal' (both), or a list.

    Raises:
        ValueError: If ``direction`` is unknown, a probability is negative,
            their sum is above 1, or their number is not that of the
            directions.
    """

    def __init__(self, prob: float | list[float] = 0.5,
                 direction: str | list[str] = 'horizontal') -> None:
        directions = [direction] if isinstance(direction, str) else direction
        for name in directions:
            lookup('direction', name, _DIRECTIONS)
        if isinstance(prob, (int, float)):
            prob = [prob / len(directions)] * len(directions)
        if len(prob) != len(directions):
            raise ValueError('prob must be one number or one for each '
                             f'direction, got {prob} for {direction!r}')
        if min(prob) < 0 or sum(prob) > 1:
            raise ValueError(f'prob must be in [0, 1], got {prob}')
        super().__init__(
            prob=[float(p) for p in prob], direction=list(directions))

    def transform(self, results: dict) -> dict:
        """Flip image and depth maps, or not."""
        note_other_steps(results)
        return super().transform(results)

    def _flip(self, results: dict) -> None:
        super()._flip(results)
        direction = NotedDirection(results['flip_direction'])
        results['flip_direction'] = direction
        for key in DEPTH_MAP_KEYS:
            if key in results:
                results[key] = mmcv.imflip(results[key], direction=direction)
        if 'cam2img' in results:
            height, width = results['img'].shape[:2]
            x, y = _DIRECTIONS[direction]
            move_pixels(results, [[x, 0, (width - 1) * (x < 0)],
                                  [0, y, (height - 1) * (y < 0)], [0, 0, 1]])
            # of the mirrored world
            results['cam2img'] = results['cam2img'] @ np.diag((x, y, 1))
        note_own_steps(results, f'{direction} flip')

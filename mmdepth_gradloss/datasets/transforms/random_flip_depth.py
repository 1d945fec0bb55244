"""Flip an image and its depth map."""
from __future__ import annotations

import mmcv
from mmcv.transforms import RandomFlip
from mmengine.registry import TRANSFORMS

_DIRECTIONS = ('horizontal', 'vertical', 'diagonal')


@TRANSFORMS.register_module()
class RandomFlipDepth(RandomFlip):
    """Flip image and depth map together.

    Required Keys:

    - img
    - gt_depth_map (optional)

    Modified Keys:

    - img
    - gt_depth_map (optional)

    Added Keys:

    - flip (bool)
    - flip_direction (str or None)

    Args:
        prob (float or list[float]): Probability of a flip, shared by the
            directions, or a list with that of each. Defaults to 0.5.
        direction (str or list[str]): 'horizontal', 'vertical' or 'diagonal'
            (both). Defaults to 'horizontal'.

    Raises:
        ValueError: If ``direction`` is unknown, a probability is negative,
            their sum is above 1, or a list of them is not as long as the
            list of directions.
    """

    def __init__(self,
                 prob: float | list[float] = 0.5,
                 direction: str | list[str] = 'horizontal') -> None:
        directions = [direction] if isinstance(direction, str) else direction
        if not set(directions) <= set(_DIRECTIONS):
            raise ValueError(f'unknown direction {direction!r}, known: '
                             f'{list(_DIRECTIONS)}')
        if isinstance(prob, (int, float)):
            prob = [prob / len(directions)] * len(directions)
        if len(prob) != len(directions):
            raise ValueError('prob must be one number or one for each '
                             f'direction, got {prob} for {direction!r}')
        if min(prob) < 0 or sum(prob) > 1:
            raise ValueError(f'prob must be in [0, 1], got {prob}')
        super().__init__(
            prob=[float(p) for p in prob], direction=list(directions))

    def _flip(self, results: dict) -> None:
        super()._flip(results)
        if 'gt_depth_map' in results:
            results['gt_depth_map'] = mmcv.imflip(
                results['gt_depth_map'], direction=results['flip_direction'])

    def __repr__(self) -> str:
        return (f'{type(self).__name__}(prob={self.prob}, '
                f'direction={self.direction!r})')

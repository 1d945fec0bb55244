from __future__ import annotations

import torch
from mmengine.hooks import Hook
from mmengine.runner import Runner
from torch import Tensor

BATCHES = 4
"""Number of batches to check at the start."""
SHARE = 0.01
"""Share of ground truth outside the range above which to warn."""


class DepthRangeHook(Hook):
    """Warn at the start of a run if ground truth is outside a model's range.

    A head that ends at 15 m silently does not learn from 20 m, and a loss that
    clamps there has no gradient: usually a unit is wrong, or the range is for
    other data. Checks every module with a ``max_depth``, heads as well as
    losses.
    """

    def __init__(self) -> None:
        self._depths: list[Tensor] = []
        self._left = BATCHES

    def before_train_iter(self, runner: Runner, batch_idx: int,
                          data_batch: dict | None = None) -> None:
        """Collect a batch, and warn after the last one."""
        if not self._left:
            return
        self._left -= 1
        for sample in (data_batch or {}).get('data_samples') or []:
            if 'gt_depth_map' in sample:
                depth = sample.gt_depth_map.data.flatten()
                self._depths.append(depth[(depth > 0) & depth.isfinite()])
        if self._left or not self._depths:
            return
        depths = torch.cat(self._depths)
        self._depths.clear()
        if not len(depths):
            runner.logger.warning(
                f'none of the ground truth in the first {BATCHES} batches is '
                'valid, so nothing is learned: check depth_scale of the data '
                'set and valid_range of LoadDepthMap')
            return
        ranges = dict.fromkeys(
            (type(x).__name__, getattr(x, 'min_depth', None) or 0, x.max_depth)
            for x in runner.model.modules()
            if isinstance(getattr(x, 'max_depth', None), (int, float)))
        for who, low, high in ranges:
            outside = ((depths < low) | (depths > high)).float().mean()
            if outside > SHARE:
                runner.logger.warning(
                    f'{100 * float(outside):.3g} % of the ground truth lies '
                    f'outside the {low:g} to {high:g} m of {who}, median '
                    f'{float(depths.median()):.3g} m: set min_depth and '
                    'max_depth of the model, or depth_scale of the data set '
                    'if the unit is wrong; exclude invalid depth with '
                    'valid_range of LoadDepthMap')

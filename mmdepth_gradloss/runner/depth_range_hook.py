"""Ground truth that a model cannot reach."""
from __future__ import annotations

import torch
from mmengine.hooks import Hook
from mmengine.runner import Runner
from torch import Tensor

BATCHES = 4
"""How many batches are looked at, from the first on."""
SHARE = 0.01
"""Share of such ground truth from which on to warn."""


class DepthRangeHook(Hook):
    """Warn at the start of a run of depth outside of a model's range.

    A head that ends at 15 m does not learn from 20 m, and a loss that clamps
    there gets no gradient, silently: most often a unit is wrong, or the
    range is that of other data. What counts is the range of every module with
    a ``max_depth``, of heads as well as losses.
    """

    def __init__(self) -> None:
        self._depths: list[Tensor] = []
        self._left = BATCHES

    def before_train_iter(self,
                          runner: Runner,
                          batch_idx: int,
                          data_batch: dict | None = None) -> None:
        """Look at a batch, and after the last of them warn."""
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
        ranges = dict.fromkeys(
            (type(x).__name__, getattr(x, 'min_depth', None) or 0, x.max_depth)
            for x in runner.model.modules()
            if isinstance(getattr(x, 'max_depth', None), (int, float)))
        for who, low, high in ranges:
            outside = ((depths < low) | (depths > high)).float().mean()
            if outside > SHARE:
                runner.logger.warning(
                    f'{100 * float(outside):.3g} % of the ground truth lies '
                    f'outside of the {low:g} to {high:g} m of {who}, median '
                    f'{float(depths.median()):.3g} m: set min_depth and '
                    'max_depth of the model, or depth_scale of the data set '
                    'if the unit is wrong; drop what is no depth by '
                    'valid_range of LoadDepthMap')

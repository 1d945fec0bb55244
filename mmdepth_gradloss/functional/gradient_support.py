"""Where a multi-scale gradient loss looks, and what each place weighs."""
from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from .gradient_formula import GradientFormula
from .mask_policies import MASK_POLICIES
from .normalizers import NORMALIZERS, windows
from .operators import OPERATORS
from .pyramids import PYRAMIDS

GroupSum = Callable[[Tensor], Tensor]


class GradientSupport:
    """All that a gradient loss knows before it sees depth.

    Args:
        valid (Tensor): Bool, (N, 1, H, W).
        formula (GradientFormula): What the loss computes.
        dtype (torch.dtype): Of the depth maps.

    Attributes:
        valid (Tensor): As given.
        pyramid (Pyramid): Built on ``valid``.
        windows (list[list[Tensor]]): Which windows of each level and stencil
            count, bool, (N, 1, h, w).
        window_counts (Tensor): How many do, (N, levels, stencils).
    """

    def __init__(self, valid: Tensor, formula: GradientFormula,
                 dtype: torch.dtype) -> None:
        self.valid = valid
        self.dtype = dtype
        self.pyramid = PYRAMIDS[formula.pyramid](valid, formula.factors, dtype)
        policy = MASK_POLICIES[formula.mask_policy]
        self.windows = [[
            policy(level, stencil) for stencil in OPERATORS[formula.operator]
        ] for level in self.pyramid.valid]
        self.window_counts = windows(valid, self.pyramid.valid, self.windows)

    def divisors(self, formula: GradientFormula) -> Tensor:
        """What each sum is divided by, (N, levels, stencils)."""
        counts = NORMALIZERS[formula.normalizer](self.valid,
                                                 self.pyramid.valid,
                                                 self.windows)
        return counts.expand_as(self.window_counts)


def sum_weights(supports: list[GradientSupport],
                formula: GradientFormula,
                weight: Tensor | None = None,
                group_sum: GroupSum | None = None) -> Tensor:
    """Factor on each sum of penalties, so that the loss is their total.

    Args:
        supports (list[GradientSupport]): Of consecutive parts of the batch.
        formula (GradientFormula): What the loss computes.
        weight (Tensor, optional): (N,), multiplies what an image contributes.
        group_sum (Callable, optional): Sums a tensor over all processes that
            share the batch. The mean over processes of their losses is then
            the loss of the whole batch.

    Returns:
        Tensor: (N, levels, stencils), of the dtype of the depth maps.
    """
    counts = torch.cat([support.window_counts for support in supports])
    divisors = torch.cat([support.divisors(formula) for support in supports])
    num_images = len(counts)
    if formula.batch_reduction == 'batch':
        counts, divisors, numerator = _over_batch(counts, divisors, group_sum)
    else:
        numerator = 1 / num_images
    if formula.level_reduction == 'mean':
        num_levels = (counts > 0).any(dim=-1).sum(dim=-1)
        divisors = divisors * num_levels.clamp(min=1)[:, None, None]
    weights = numerator / divisors.clamp(min=1).to(supports[0].dtype)
    weights = weights.expand(num_images, -1, -1)
    return weights if weight is None else weights * weight[:, None, None]


def _over_batch(
        counts: Tensor, divisors: Tensor, group_sum: GroupSum | None
) -> tuple[Tensor, Tensor, Tensor | int]:
    """Counts and divisors of the whole batch, and the number of processes."""
    counts, divisors = counts.sum(0, True), divisors.sum(0, True)
    if group_sum is None:
        return counts, divisors, 1
    one = torch.ones_like(counts[..., :1, :1])
    totals = group_sum(torch.cat([counts.flatten(), divisors.flatten(), one.flatten()]))
    size = counts.numel()
    return (totals[:size].view_as(counts),
            totals[size:2 * size].view_as(counts), totals[-1])

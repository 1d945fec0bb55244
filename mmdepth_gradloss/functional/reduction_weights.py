"""Weights by which sums of penalties are reduced to a loss."""
from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from .gradient_formula import GradientFormula
from .mask_policies import MASK_POLICIES
from .normalizers import NORMALIZERS, count
from .operators import OPERATORS, stencil_size
from .pyramids import Pyramid

AllReduce = Callable[[Tensor], Tensor]


def reduction_weights(valid: Tensor,
                      pyramid: Pyramid,
                      formula: GradientFormula,
                      dtype: torch.dtype,
                      weight: Tensor | None = None,
                      all_reduce: AllReduce | None = None) -> Tensor:
    """Weight of each sum of penalties in the loss of its image.

    With ``batch_reduction='image'`` the loss is the mean of the images', with
    'batch' their sum.

    Args:
        valid (Tensor): Bool, (N, 1, H, W).
        pyramid (Pyramid): Built on ``valid``.
        formula (GradientFormula): What the loss computes.
        dtype (torch.dtype): Of the depth maps.
        weight (Tensor, optional): (N,), multiplies what an image contributes.
        all_reduce (Callable, optional): Sums a tensor over all processes that
            share the batch. The mean over processes of their losses is then
            the loss of the whole batch.

    Returns:
        Tensor: (N, levels, stencils).
    """
    normalizer = NORMALIZERS[formula.normalizer]
    windows = _window_counts(pyramid, formula)
    divisors = normalizer.counts(valid, pyramid.valid,
                                 windows).expand_as(windows)
    numerator: Tensor | float = 1.0
    if formula.batch_reduction == 'batch':
        windows, divisors, numerator = _over_batch(windows, divisors,
                                                   all_reduce)
    if formula.level_reduction == 'mean':
        num_levels = (windows > 0).any(dim=-1).sum(dim=-1, dtype=dtype)
        numerator = numerator / num_levels.clamp(min=1)[:, None, None]
    weights = numerator / (divisors.clamp(min=1).to(dtype) + normalizer.eps)
    weights = weights.expand(len(valid), -1, -1)
    if weight is None:
        return weights
    return weights * weight.to(dtype)[:, None, None]


def _window_counts(pyramid: Pyramid, formula: GradientFormula) -> Tensor:
    """Windows that count, (N, levels, stencils)."""
    stencils = OPERATORS[formula.operator]
    windows_of = MASK_POLICIES[formula.mask_policy]
    if formula.mask_policy != 'support' and len(
            set(map(stencil_size, stencils))) == 1:
        stencils = stencils[:1]  # the windows of all are the same
    counts = torch.stack([
        torch.stack([count(windows_of(valid, s)) for s in stencils], dim=-1)
        for valid in pyramid.valid
    ], dim=-2)
    return counts.expand(-1, -1, len(OPERATORS[formula.operator]))


def _over_batch(
        windows: Tensor, divisors: Tensor, all_reduce: AllReduce | None
) -> tuple[Tensor, Tensor, Tensor | float]:
    """Counts of the whole batch, and how many processes share it."""
    counts = torch.stack([windows, divisors]).sum(dim=1, keepdim=True)
    processes: Tensor | float = 1.0
    if all_reduce is not None:
        one = counts.new_ones(1)
        totals = all_reduce(torch.cat([counts.flatten(), one]))
        counts, processes = totals[:-1].view_as(counts), totals[-1]
    return counts[0], counts[1], processes

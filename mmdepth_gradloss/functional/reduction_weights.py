from __future__ import annotations

import torch
import torch.distributed as dist
from torch import Tensor

from .gradient_formula import GradientFormula
from .mask_policies import MASK_POLICIES
from .normalizers import NORMALIZERS, count
from .operators import OPERATORS, stencil_size
from .pyramids import Pyramid


def reduction_weights(valid: Tensor, pyramid: Pyramid,
                      formula: GradientFormula, dtype: torch.dtype,
                      weight: Tensor | None = None, reduction: str = 'mean',
                      over_processes: bool = False) -> Tensor:
    """Weight of each sum of penalties in the loss, (N, levels, stencils). The
    pyramid is built on ``valid``, (N, 1, H, W). Other arguments are those of
    :func:`~.formula_loss.formula_loss`."""
    normalizer = NORMALIZERS[formula.normalizer]
    windows = _window_counts(pyramid, formula)
    divisors = normalizer.counts(valid, pyramid.valid,
                                 windows).expand_as(windows)
    numerator: Tensor | float = 1.0
    if formula.batch_reduction == 'batch':
        counts = torch.stack([windows, divisors]).sum(dim=1, keepdim=True)
        if over_processes:
            counts, numerator = sum_over_processes(counts)
        windows, divisors = counts.unbind()
    elif reduction == 'mean':
        numerator = 1 / max(len(valid), 1)
    if formula.level_reduction == 'mean':
        num_levels = (windows > 0).any(dim=-1).sum(dim=-1, dtype=dtype)
        numerator = numerator / num_levels.clamp(min=1)[:, None, None]
    weights = numerator / (divisors.clamp(min=1).to(dtype) + normalizer.eps)
    weights = weights.expand(len(valid), -1, -1)
    if weight is None:
        return weights
    return weights * weight.to(dtype)[:, None, None]


def sum_over_processes(counts: Tensor) -> tuple[Tensor, int]:
    """Counts summed over all processes, and the number of processes."""
    counts = counts.contiguous()
    dist.all_reduce(counts)
    return counts, dist.get_world_size()


def _window_counts(pyramid: Pyramid, formula: GradientFormula) -> Tensor:
    """Number of windows that count, (N, levels, stencils)."""
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

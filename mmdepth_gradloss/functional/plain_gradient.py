"""Multi-scale gradient loss, written like its formula."""
from __future__ import annotations

import torch
from torch import Tensor

from .domains import DOMAINS
from .gradient_formula import GradientFormula, level_factors
from .mask_policies import MASK_POLICIES
from .operators import OPERATORS, correlate
from .penalties import PENALTIES
from .pyramids import PYRAMIDS
from .reduction_weights import reduction_weights


def plain_gradient_loss(pred: Tensor, target: Tensor, valid: Tensor,
                        weight: Tensor | None, formula: GradientFormula,
                        domain: str, reduction: str,
                        over_processes: bool) -> Tensor:
    """Reference implementation with autograd. Arguments and result are those
    of :func:`~.gradient_operator.fused_gradient_loss`."""
    # a compiler knows the fields of the formula, but not its properties
    pyramid = PYRAMIDS[formula.pyramid](valid, level_factors(formula.scales),
                                        pred.dtype)
    weights = reduction_weights(valid, pyramid, formula, pred.dtype, weight,
                                reduction, over_processes)
    value = DOMAINS[domain].value
    # Selecting before the domain, not after, keeps NaN and overflow at
    # invalid pixels out of the backward pass too.
    residual = (
        value(torch.where(valid, pred, 1)) -
        value(torch.where(valid, target, 1)))
    # connected to pred even if no level fits
    losses = residual[..., :0].sum((1, 2, 3))
    windows_of = MASK_POLICIES[formula.mask_policy]
    penalise = PENALTIES[formula.penalty].value
    for level, mask, level_weights in zip(
            pyramid.reduce(residual), pyramid.valid, weights.unbind(1)):
        for stencil, factor in zip(OPERATORS[formula.operator],
                                   level_weights.unbind(1)):
            cost = penalise(
                torch.where(
                    windows_of(mask, stencil), correlate(level, stencil), 0))
            losses = losses + factor * cost.sum((1, 2, 3))
    return losses if reduction == 'none' else losses.sum()

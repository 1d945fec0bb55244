"""What a gradient formula gives for depth maps, computed on the residual."""
from __future__ import annotations

import torch
from torch import Tensor

from .alignment import ALIGNMENTS
from .domains import DOMAINS, Domain
from .fused_gradient import FusedGradientLoss
from .gradient_formula import GradientFormula, level_factors
from .lookup import lookup
from .mask_policies import MASK_POLICIES
from .operators import OPERATORS, correlate
from .penalties import PENALTIES
from .pyramids import PYRAMIDS, Pyramid
from .reduction_weights import AllReduce, reduction_weights

# PyTorch 2.1 has it under the second name only.
is_compiling = (
    torch.compiler.is_compiling
    if hasattr(torch.compiler, 'is_compiling') else torch._utils.is_compiling)


def formula_loss(pred: Tensor,
                 target: Tensor,
                 valid: Tensor,
                 formula: GradientFormula = GradientFormula(),
                 weight: Tensor | None = None,
                 all_reduce: AllReduce | None = None,
                 fused: bool = True,
                 reduction: str = 'mean') -> Tensor:
    r"""Difference of the depth gradients over several scales.

    .. math::
        L = \sum_n \sum_i \sum_k w_{nik} \sum_{V_{nik}}
            \rho(D_k \, P_i (f(p_n) - f(t_n)))

    for images n, levels i of a pyramid P and stencils k (along x, along y)
    of a gradient operator D, with penalty :math:`\rho` and domain f. V are
    the windows that count. Weights w hold everything that is divided by; they
    depend on ``valid`` alone. :class:`GradientFormula` has the choices, and
    its defaults are the gradient term that PackNet-SfM style training adds to
    its depth loss.

    Every step before the penalty is linear. So the pyramid and the operator
    run once, on the residual ``f(pred) - f(target)`` that is 0 at invalid
    pixels, instead of once for each map. That is also the more exact way:
    what is put at invalid pixels cancels before it can swallow the digits of
    the valid ones.

    Args:
        pred (Tensor): Predicted depth in metres, (N, 1, H, W).
        target (Tensor): Ground-truth depth in metres, (N, 1, H, W).
        valid (Tensor): Bool, (N, 1, H, W). Values of ``pred`` and ``target``
            where it is False, NaN included, change neither the loss nor its
            gradient.
        formula (GradientFormula): What to compute.
        weight (Tensor, optional): (N,), multiplies what an image contributes;
            what divides the sums does not change.
        all_reduce (Callable, optional): Sums a tensor over all processes that
            share the batch, where ``batch_reduction='batch'`` divides by
            counts of all of it. The mean of the losses of all processes is
            then that of the whole batch.
        fused (bool): Compute the gradient together with the loss: much
            faster, and nothing else is kept for the backward pass, but it
            cannot be differentiated twice, nor by ``torch.func``. Left aside
            where a compiler does the fusing, where the target needs a
            gradient, or nothing does.

        reduction (str): 'mean', or 'none' for the loss of each image, if the
            formula has ``batch_reduction='image'``.

    Returns:
        Tensor: Scalar, or (N,) with ``reduction='none'``; 0, and still
        connected to ``pred``, where nothing is valid, and NaN where a
        prediction that counts is.

    Raises:
        ValueError: If shapes or dtypes do not fit (names them), the
            reduction is unknown, or images have no loss of their own.

    Examples:
        >>> pred = torch.rand(2, 1, 32, 48, requires_grad=True)
        >>> target = torch.rand(2, 1, 32, 48)
        >>> formula_loss(pred, target, target > 0.1).backward()
    """
    _check_maps(pred, target, valid)
    _check_reduction(reduction, formula)
    if formula.depth_offset:
        pred = pred + formula.depth_offset
        target = target + formula.depth_offset
    domain = DOMAINS[formula.domain]
    if formula.alignment is not None:
        align = ALIGNMENTS[formula.alignment]
        pred, target = align(
            torch.where(valid, pred, 0),
            domain.value(torch.where(valid, target, 1)), valid)
        domain = DOMAINS['linear']

    # a compiler knows the fields of the formula, but not its properties
    factors = level_factors(formula.scales)
    pyramid = PYRAMIDS[formula.pyramid](valid, factors, pred.dtype)
    weights = reduction_weights(valid, pyramid, formula, pred.dtype, weight,
                                all_reduce)
    if fused and _can_be_fused(pred, target, weight):
        losses = FusedGradientLoss.apply(pred, target, valid, weights,
                                         pyramid, domain, formula)
    else:
        losses = _plain_losses(pred, target, valid, weights, pyramid, domain,
                               formula)
    if reduction == 'none':
        return losses
    if formula.batch_reduction == 'batch':
        return losses.sum()
    return losses.sum() / max(len(losses), 1)


def _check_maps(pred: Tensor, target: Tensor, valid: Tensor) -> None:
    shapes = [tuple(x.shape) for x in (pred, target, valid)]
    if pred.ndim != 4 or pred.shape[1] != 1 or len(set(shapes)) > 1:
        raise ValueError('pred, target and valid must all be (N, 1, H, W), '
                         'got {}, {} and {}'.format(*shapes))
    dtypes = [x.dtype for x in (pred, target, valid)]
    if dtypes not in ([torch.float32, torch.float32, torch.bool],
                      [torch.float64, torch.float64, torch.bool]):
        raise ValueError(
            'pred and target must both be float32 or float64 and valid bool, '
            'got {}, {} and {}'.format(*dtypes))


def _check_reduction(reduction: str, formula: GradientFormula) -> None:
    lookup('reduction', reduction, dict.fromkeys(('mean', 'none')))
    if reduction == 'none' and formula.batch_reduction != 'image':
        raise ValueError(
            "reduction='none' needs images that do not depend on one another, "
            f'and batch_reduction={formula.batch_reduction!r} divides by '
            "counts of the whole batch; give batch_reduction='image', or a "
            'preset that has it')


def _can_be_fused(pred: Tensor, target: Tensor, weight: Tensor | None) -> bool:
    wanted = torch.is_grad_enabled() and pred.requires_grad
    only_pred = not (target.requires_grad or
                     (weight is not None and weight.requires_grad))
    return wanted and only_pred and not is_compiling()


def _plain_losses(pred: Tensor, target: Tensor, valid: Tensor,
                  weights: Tensor, pyramid: Pyramid, domain: Domain,
                  formula: GradientFormula) -> Tensor:
    """The formula for each image, (N,), left to autograd."""
    # Selecting before the domain, not after, keeps NaN and overflow at
    # invalid pixels out of the backward pass too.
    residual = (domain.value(torch.where(valid, pred, 1)) -
                domain.value(torch.where(valid, target, 1)))
    # connected to pred even if no level fits
    losses = residual[..., :0].sum((1, 2, 3))
    windows_of = MASK_POLICIES[formula.mask_policy]
    penalise = PENALTIES[formula.penalty].value
    for level, mask, level_weights in zip(
            pyramid.reduce(residual), pyramid.valid,
            weights.unbind(1)):
        for stencil, weight in zip(OPERATORS[formula.operator],
                                   level_weights.unbind(1)):
            windows = windows_of(mask, stencil)
            cost = penalise(
                torch.where(windows, correlate(level, stencil), 0))
            losses = losses + weight * cost.sum((1, 2, 3))
    return losses

from __future__ import annotations

import torch
from torch import Tensor

from .alignment import ALIGNMENTS
from .compiling import CAN_BE_COMPILED, is_compiling
from .domains import DOMAINS
from .gradient_formula import GradientFormula
from .gradient_operator import BACKENDS, fused_gradient_loss
from .lookup import lookup
from .penalties import PENALTIES
from .plain_gradient import plain_gradient_loss


def formula_loss(pred: Tensor, target: Tensor, valid: Tensor,
                 formula: GradientFormula = GradientFormula(),
                 weight: Tensor | None = None, over_processes: bool = False,
                 fused: bool = True, backend: str = 'auto',
                 reduction: str = 'mean') -> Tensor:
    """Loss of a formula for depth maps and their valid pixels.

    The formula is that of :func:`multi_scale_gradient_loss`. Its weights w
    contain all divisors and depend on ``valid`` alone.

    Every step before the penalty is linear, so the pyramid and the operator
    run once, on the residual ``f(pred) - f(target)`` with 0 at invalid pixels,
    instead of once for each map. This is also more accurate: fill values at
    invalid pixels cannot cancel the digits of valid ones.

    Args:
        pred, target: Predicted and ground-truth depth in metres, (N, 1, H, W).
        valid: Bool, (N, 1, H, W). Values of ``pred`` and ``target`` where it
            is False, NaN included, affect neither the loss nor its gradient.
        formula: What to compute.
        weight: (N,), a factor on the contribution of each image; divisors do
            not change.
        over_processes: With ``batch_reduction='batch'``, divide by counts over
            all processes of the default group. The mean of the losses of all
            processes is then the loss of the whole batch.
        fused: Compute the gradient together with the loss: much faster, and
            only the gradient is kept for the backward pass, but it does not
            support double backward or ``torch.func``. Ignored if the target
            needs a gradient, or nothing does.
        backend: As in :func:`multi_scale_gradient_loss`.
        reduction: 'mean', or 'none' for the loss of each image, if the formula
            has ``batch_reduction='image'``.

    Returns:
        Scalar, or (N,) with ``reduction='none'``; 0, and still connected to
        ``pred``, where nothing is valid; NaN where a valid prediction is NaN.

    Raises:
        ValueError: If shapes or dtypes do not match (names them), the
            reduction is unknown, or the formula has no loss per image.

    Examples:
        >>> pred = torch.rand(2, 1, 32, 48, requires_grad=True)
        >>> target = torch.rand(2, 1, 32, 48)
        >>> formula_loss(pred, target, target > 0.1).backward()
    """
    _check_maps(pred, target, valid)
    _check_reduction(reduction, formula)
    check_backend(backend, fused)
    domain = formula.domain
    if formula.depth_offset:
        pred = pred + formula.depth_offset
        target = target + formula.depth_offset
    if domain == 'normalized':
        pred, target, weight = _normalize(pred, target, valid, formula, weight)
        domain = 'linear'
    if formula.alignment is not None:
        align = ALIGNMENTS[formula.alignment]
        pred, target = align(
            torch.where(valid, pred, 0),
            DOMAINS[domain].value(torch.where(valid, target, 1)), valid)
        domain = 'linear'
    if fused and _can_be_fused(pred, target, weight):
        return fused_gradient_loss(pred, target, valid, weight, formula,
                                   domain, reduction, over_processes, backend)
    return plain_gradient_loss(pred, target, valid, weight, formula, domain,
                               reduction, over_processes)


def _normalize(pred: Tensor, target: Tensor, valid: Tensor,
               formula: GradientFormula,
               weight: Tensor | None) -> tuple[Tensor, Tensor, Tensor | None]:
    """Divide both maps, or the image weights, by each image's mean depth."""
    scale = _inverse_mean(target, valid)
    degree = PENALTIES[formula.penalty].degree
    if formula.alignment is not None:  # the prediction has no unit
        return pred, target * scale, weight
    if degree is None:
        return pred * scale, target * scale, weight
    # the same, without another pass over both maps
    power = scale.flatten()**degree
    return pred, target, power if weight is None else power * weight


def _inverse_mean(depth: Tensor, valid: Tensor) -> Tensor:
    """1 / mean of an image's valid pixels, (N, 1, 1, 1); 1 without any."""
    totals = torch.where(valid, depth, 0).sum((1, 2, 3), keepdim=True)
    counts = valid.sum((1, 2, 3), keepdim=True)
    return (counts / totals).nan_to_num(nan=1)


def _check_maps(pred: Tensor, target: Tensor, valid: Tensor) -> None:
    # no set of the shapes, which would bind a compiler to one batch size
    same_shape = pred.shape == target.shape == valid.shape
    if pred.ndim != 4 or pred.shape[1] != 1 or not same_shape:
        raise ValueError(
            'pred, target and valid must all be (N, 1, H, W), got '
            f'{tuple(pred.shape)}, {tuple(target.shape)} and '
            f'{tuple(valid.shape)}')
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
            "reduction='none' needs independent images, but "
            f'batch_reduction={formula.batch_reduction!r} divides by counts '
            "of the whole batch; set batch_reduction='image', or use a "
            'preset that has it')


def check_backend(backend: str, fused: bool) -> None:
    """ValueError if a backend is unknown or incompatible with ``fused``."""
    lookup('backend', backend, dict.fromkeys(BACKENDS))
    if backend == 'triton' and not fused:
        raise ValueError(f'backend={backend!r} computes the fused loss; leave '
                         'it out with fused=False')


def _can_be_fused(pred: Tensor, target: Tensor, weight: Tensor | None) -> bool:
    wanted = torch.is_grad_enabled() and pred.requires_grad
    only_pred = not (target.requires_grad or
                     (weight is not None and weight.requires_grad))
    return wanted and only_pred and (CAN_BE_COMPILED or not is_compiling())

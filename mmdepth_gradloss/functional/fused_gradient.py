"""Multi-scale gradient loss that computes its gradient in forward."""
from __future__ import annotations

import torch
from torch import Tensor
from torch.autograd.function import FunctionCtx, once_differentiable

from .domains import Domain
from .gradient_formula import GradientFormula
from .gradient_support import GradientSupport
from .operators import OPERATORS, correlate, correlate_adjoint
from .penalties import PENALTIES

_BITS = {torch.float32: torch.int32, torch.float64: torch.int64}


class FusedGradientLoss(torch.autograd.Function):
    """The loss and, at once, its gradient.

    The gradient of a scalar is linear in the gradient that comes in, so it
    can be computed before that is known. Part by part of the batch: buffers
    that fit the cache are several times as fast, and nothing but the gradient
    itself is kept for the backward pass.
    """

    @staticmethod
    def forward(ctx: FunctionCtx, pred: Tensor, target: Tensor,
                weights: Tensor, supports: list[GradientSupport],
                domain: Domain, formula: GradientFormula) -> Tensor:
        """Compute loss and gradient.

        Args:
            ctx (FunctionCtx): Keeps the gradient.
            pred (Tensor): Depth, (N, 1, H, W).
            target (Tensor): Depth, same shape.
            weights (Tensor): Factor on each sum, (N, levels, stencils).
            supports (list[GradientSupport]): Of consecutive parts of the
                batch.
            domain (Domain): In which the maps are compared.
            formula (GradientFormula): What the loss computes.

        Returns:
            Tensor: Scalar.
        """
        sizes = [len(support.valid) for support in supports]
        grad = torch.empty_like(pred)
        loss = pred.new_zeros(())
        for support, *part, part_grad in zip(
                supports, pred.split(sizes), target.split(sizes),
                weights.split(sizes), grad.split(sizes)):
            loss += _part(support, domain, formula, *part, part_grad)
        ctx.save_for_backward(grad)
        return loss

    @staticmethod
    @once_differentiable
    def backward(ctx: FunctionCtx,
                 grad_output: Tensor) -> tuple[Tensor | None, ...]:
        grad, = ctx.saved_tensors
        return grad * grad_output, None, None, None, None, None


def _part(support: GradientSupport, domain: Domain, formula: GradientFormula,
          pred: Tensor, target: Tensor, weights: Tensor,
          out: Tensor) -> Tensor:
    """Loss of a part of the batch, and its gradient in ``out``."""
    keep = _bits(support.valid, pred.dtype)
    pred, target = _masked(pred, keep), _masked(target, keep)
    residual = domain.value(pred) - domain.value(target)

    loss = pred.new_zeros(())
    grads = []
    for level, windows, level_weights in zip(
            support.pyramid.reduce(residual), support.windows,
            weights.unbind(1)):
        level_loss, grad = _level(level, windows, level_weights, formula)
        loss += level_loss
        grads.append(grad)

    grad = support.pyramid.adjoint(grads)
    if domain.derivative is not None:
        grad = grad * domain.derivative(pred)
    out.copy_(_masked(grad, keep))
    return loss


def _level(residual: Tensor, windows: list[Tensor], weights: Tensor,
           formula: GradientFormula) -> tuple[Tensor, Tensor]:
    """Loss of a level, and its gradient with respect to the residual."""
    penalty = PENALTIES[formula.penalty]
    loss = residual.new_zeros(())
    residual_grad = torch.zeros_like(residual)
    for stencil, mask, weight in zip(OPERATORS[formula.operator], windows,
                                     weights.unbind(1)):
        difference = correlate(residual, stencil)
        if difference.numel() == 0:
            continue
        difference = _masked(difference, _bits(mask, residual.dtype))
        loss += weight @ penalty.value(difference).sum((1, 2, 3))
        grad = penalty.derivative(difference) * weight[:, None, None, None]
        residual_grad += correlate_adjoint(grad, stencil)
    return loss, residual_grad


def _bits(mask: Tensor, dtype: torch.dtype) -> Tensor:
    """A bool mask as integers of the size of ``dtype``, all bits or none."""
    return mask.view(torch.int8).neg().to(_BITS[dtype])


def _masked(x: Tensor, keep: Tensor) -> Tensor:
    """``where(mask, x, 0)``, on the bits, at a tenth of its time on a CPU."""
    return (x.view(keep.dtype) & keep).view(x.dtype)

"""The fused loss as one operator for autograd and compilers."""
from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from . import fused_gradient
from .compiling import CAN_BE_COMPILED, is_compiling
from .gradient_formula import GradientFormula, level_factors
from .triton_support import triton_serves

BACKENDS = ('auto', 'torch', 'triton')

NAME = 'mmdepth_gradloss::gradient_loss'

OPTIONS = ('operator', 'pyramid', 'domain', 'mask_policy', 'penalty',
           'normalizer', 'level_reduction', 'batch_reduction')
"""Fields of a formula that are arguments of the operator, so that exported
graphs show them."""

_SCHEMA = ('(Tensor pred, Tensor target, Tensor valid, Tensor? weight, '
           f'int[] factors, {"".join(f"str {name}, " for name in OPTIONS)}'
           'str reduction, bool over_processes, str backend) -> '
           '(Tensor, Tensor)')


def fused_gradient_loss(pred: Tensor, target: Tensor, valid: Tensor,
                        weight: Tensor | None, formula: GradientFormula,
                        domain: str, reduction: str, over_processes: bool,
                        backend: str) -> Tensor:
    """The loss, whose gradient is computed in the forward pass.

    Arguments and result are those of :func:`~.formula_loss.formula_loss`;
    ``domain`` overrides that of the formula. A RuntimeError inside a transform
    of ``torch.func``.
    """
    if not is_compiling() and torch._C._are_functorch_transforms_active():
        raise RuntimeError('the fused gradient loss cannot be transformed by '
                           'torch.func; use fused=False')
    options = [
        domain if name == 'domain' else getattr(formula, name)
        for name in OPTIONS
    ]
    loss, _ = _operator(pred, target, valid, weight,
                        level_factors(formula.scales), *options, reduction,
                        over_processes, backend)
    return loss


def loss_and_gradient(pred: Tensor, target: Tensor, valid: Tensor,
                      weight: Tensor | None, factors: list[int],
                      *others: Any) -> tuple[Tensor, Tensor]:
    """Implementation of the operator, see :func:`fused_gradient_loss`."""
    *options, reduction, over_processes, backend = others
    formula = _make_formula(
        scales=tuple(factors), **dict(zip(OPTIONS, options)))
    compute = fused_gradient.loss_and_gradient
    if backend != 'torch' and triton_serves(pred, formula, backend):
        from . import triton_gradient
        compute = triton_gradient.loss_and_gradient
    return compute(pred, target, valid, weight, formula, reduction,
                   over_processes)


_make_formula = functools.lru_cache(GradientFormula)


def _without_values(pred: Tensor, *others: Any) -> tuple[Tensor, Tensor]:
    """Shapes of the operator's outputs, for compilers."""
    reduction = others[-3]
    shape = pred.shape[:1] if reduction == 'none' else ()
    return pred.new_empty(shape), pred.new_empty(pred.shape)


def _keep_gradient(ctx: Any, inputs: tuple, output: tuple) -> None:
    _, grad = output
    ctx.mark_non_differentiable(grad)
    ctx.set_materialize_grads(False)
    ctx.save_for_backward(grad)
    ctx.num_inputs = len(inputs)


def _scale_gradient(ctx: Any, loss_grad: Tensor | None,
                    _: None) -> tuple[Tensor | None, ...]:
    if torch.is_grad_enabled():  # with create_graph=True
        raise RuntimeError('the fused gradient loss cannot be differentiated '
                           'twice; use fused=False')
    others = [None] * (ctx.num_inputs - 1)
    if loss_grad is None:  # nothing comes in
        return None, *others
    grad, = ctx.saved_tensors
    return grad * loss_grad.view(-1, 1, 1, 1), *others


_operator: Callable[..., tuple[Tensor, Tensor]]
if CAN_BE_COMPILED:
    _operator = torch.library.custom_op(NAME, loss_and_gradient,
                                        mutates_args=(), schema=_SCHEMA)
    _operator.register_fake(_without_values)
    _operator.register_autograd(_scale_gradient, setup_context=_keep_gradient)
else:  # PyTorch 2.3 and below: the same, but no compiler keeps it

    class _GradientLoss(torch.autograd.Function):
        forward = staticmethod(loss_and_gradient)
        setup_context = staticmethod(_keep_gradient)
        backward = staticmethod(_scale_gradient)

    _operator = _GradientLoss.apply

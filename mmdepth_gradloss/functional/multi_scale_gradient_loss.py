from __future__ import annotations

import inspect
from typing import Any

import torch
from torch import Tensor

from .checks import check_valid_range
from .depth_batch import as_depth_batch, check_image_weight
from .formula_loss import formula_loss
from .gradient_formula import FORMULA_OPTIONS, GradientFormula
from .masking import valid_depth_mask
from .presets import DEFAULT_PRESET, make_formula


def multi_scale_gradient_loss(pred: Tensor, target: Tensor,
                              mask: Tensor | None = None, *,
                              preset: str = DEFAULT_PRESET,
                              reduction: str = 'mean',
                              weight: Tensor | None = None,
                              min_depth: float | None = None,
                              max_depth: float | None = None,
                              fused: bool = True, backend: str = 'auto',
                              **options: Any) -> Tensor:
    r"""Difference of depth gradients over several scales.

    .. math::

        L = \sum_n \sum_i \sum_k w_{nik} \sum_{V_{nik}}
            \rho(D_k \, P_i (f(p_n) - f(t_n)))

    for images n, levels i of a pyramid P and stencils k (along x, along y) of
    a gradient operator D, with penalty :math:`\rho` and domain f. V are the
    windows that count, given the valid pixels; the weights w contain all
    divisors. A pixel is valid where ``mask`` is set and the target is finite,
    positive and in range. Invalid pixels affect neither the loss nor a
    gradient.

    It is computed in float32 (float64 if ``pred`` is), also under autocast, on
    the batch of this process.
    :class:`~mmdepth_gradloss.losses.MultiScaleGradientLoss` is the same as a
    module, and divides by counts over all processes.

    Args:
        pred: Predicted depth in metres, (N, 1, H, W) or (N, H, W).
        target: Ground-truth depth in metres, same shape. Not finite or <= 0
            means no measurement.
        mask: Bool or 0/1, broadcastable: which pixels count.
        preset: Name of a formula: 'packnet_san', 'g2_monodepth', 'midas',
            'megadepth', 'depth_pro' or 'valid_mean'.
        reduction: 'mean', or 'none' for the loss of each image, if the formula
            has ``batch_reduction='image'`` (as 'megadepth', 'depth_pro' and
            'valid_mean').
        weight: (N,), a factor on the contribution of each image.
        min_depth, max_depth: Ground truth outside them is invalid.
        fused: Compute the gradient together with the loss. Set False for
            double backward.
        backend: Implementation of the fused loss: 'triton' uses kernels for
            float32 on CUDA and 'torch' for everything else. 'auto' is 'triton'
            if Triton 3.4 or later is installed.
        **options: Fields of
            :class:`~mmdepth_gradloss.functional.GradientFormula` that override
            the preset.

    Returns:
        Scalar, or (N,) with ``reduction='none'``; 0 and connected to ``pred``
        where nothing is valid.

    Raises:
        TypeError: If an argument is not a tensor, or an option is unknown;
            lists the known ones.
        ValueError: If shapes do not match (names them), a value is unknown
            (lists the known ones), or two options are incompatible.

    Examples:
        >>> pred = torch.rand(2, 1, 48, 64, requires_grad=True)
        >>> target = torch.rand(2, 1, 48, 64)
        >>> loss = multi_scale_gradient_loss(
        ...     pred, target, target > 0.1, preset='valid_mean')
        >>> loss.backward()
    """
    formula = _make_formula(preset, **options)
    check_valid_range(min_depth, max_depth)
    pred, target = as_depth_batch(pred, target)
    check_image_weight(weight, len(pred))
    valid = valid_depth_mask(target, mask, min_depth, max_depth)
    # A difference of neighbouring depths is lost in half precision.
    with torch.autocast(pred.device.type, enabled=False):
        return formula_loss(pred, target, valid, formula, weight=weight,
                            fused=fused, backend=backend, reduction=reduction)


def _make_formula(preset: str, **options: Any) -> GradientFormula:
    unknown = sorted(set(options) - set(FORMULA_OPTIONS))
    if unknown:
        own = inspect.signature(multi_scale_gradient_loss).parameters
        known = [*list(own)[:-1], *FORMULA_OPTIONS]
        raise TypeError(
            'multi_scale_gradient_loss() got an unexpected keyword argument '
            f'{unknown[0]!r}; known: {", ".join(known)}')
    return make_formula(preset, **options)


# Compilers treat the formula as a constant and do not trace this function.
# torch.compiler.assume_constant_result does the same, but imports the whole
# compiler.
_make_formula._dynamo_marked_constant = True  # type: ignore[attr-defined]

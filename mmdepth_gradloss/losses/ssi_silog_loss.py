from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import torch
from mmengine.registry import MODELS
from torch import Tensor

from ..functional import inverse_to_depth, make_formula, silog_loss, ssi_loss
from ..functional.checks import check_depth_range, check_number, check_weights
from ..functional.domains import inverse
from ..functional.gradient_formula import FORMULA_OPTIONS
from ..functional.lookup import lookup
from ..functional.masking import count_clamped
from ..functional.presets import DEFAULT_PRESET
from .base_depth_loss import BaseDepthLoss
from .multi_scale_gradient_loss import MultiScaleGradientLoss
from .protocol import GradientTerm, check_input_domain

Converter = Callable[[Tensor], tuple[Tensor, Tensor]]


def _from_inverse(x: Tensor) -> tuple[Tensor, Tensor]:
    return x, inverse_to_depth(x)


def _from_depth(x: Tensor) -> tuple[Tensor, Tensor]:
    return inverse(x), x


INPUT_DOMAINS: dict[str, Converter] = {
    'inverse': _from_inverse,
    'depth': _from_depth,
}
"""Input domain -> (inverse depth in 1/m, depth in metres)."""


@MODELS.register_module()
class SSISilogLoss(BaseDepthLoss):
    r"""SSI + SILog of PackNet-SfM style code, plus a gradient term.

    .. math::

        w_{ssi} \, \mathrm{SSI} + w_{silog} \, \mathrm{SILog} +
        w_{gradient} \, \mathrm{Gradient}

    SSI is computed on inverse depth
    (:func:`~mmdepth_gradloss.functional.ssi_loss`), SILog and the gradient
    term on depth (:func:`~mmdepth_gradloss.functional.silog_loss`,
    :class:`MultiScaleGradientLoss`).

    The gradient term receives unclamped depth, up to 1e6 m where a predicted
    inverse depth is 0: use bounded predictions, or compare logarithms with
    ``gradient=dict(domain='log')``.

    With ``gradient_weight=0`` the gradient term is neither built nor computed,
    and the loss is bit-identical to SSI and SILog alone. It equals the
    published code up to rounding: variances are computed about the mean, to
    avoid cancellation. The published gradient term differs by more where
    residuals are tiny and ground truth has holes, which it fills with 1e6 m.

    Args:
        alpha: Weight of the squared mean in SSI.
        silog_ratio: Accepted for old configs, not used.
        silog_ratio2: Variance focus of SILog.
        ssi_weight, silog_weight, gradient_weight: Weights of the terms, at
            least 0.
        gradient_scales: Pyramid levels of the gradient term. Defaults to those
            of its preset (4 for the default preset).
        gradient: Further arguments of :class:`MultiScaleGradientLoss`, such as
            ``dict(preset=...)``.
        min_depth, max_depth: Range to which SILog clamps depth, in metres.
            Default to 1e-3 and 100.
        input_domain: What ``forward`` takes: 'inverse' depth in 1/m or 'depth'
            in metres.
        loss_weight: Factor on the total.
        loss_name: Key of the loss in a model's loss dict; must contain 'loss'.

    Attributes:
        components (dict[str, Tensor]): 'ssi_component', 'silog_component' and,
            with a gradient term, 'gradient_component': the last values,
            unweighted and detached; and 'clamped_predictions', the number of
            valid pixels whose depth SILog clamps, so that it has no gradient
            there. Empty before the first call.

    Raises:
        TypeError: If a weight is not a number.
        ValueError: If a weight is negative or an option unknown (lists the
            known ones).

    Examples:
        >>> loss = SSISilogLoss(
        ...     ssi_weight=0.4, silog_weight=0.4, gradient_weight=20.0,
        ...     gradient=dict(preset='valid_mean'))
        >>> pred = (torch.rand(2, 1, 48, 64) * 0.1 + 0.01).requires_grad_()
        >>> target = torch.rand(2, 1, 48, 64) * 0.1 + 0.01
        >>> loss(pred, target).backward()
        >>> sorted(loss.components)  # doctest: +NORMALIZE_WHITESPACE
        ['clamped_predictions', 'gradient_component', 'silog_component',
         'ssi_component']
    """

    def __init__(self, alpha: float = 0.85, silog_ratio: float = 10,
                 silog_ratio2: float = 0.85, ssi_weight: float = 0.7,
                 silog_weight: float = 0.3, gradient_weight: float = 0.0,
                 gradient_scales: int | None = None,
                 gradient: dict[str, Any] | None = None,
                 min_depth: float | None = None,
                 max_depth: float | None = None, input_domain: str = 'inverse',
                 loss_weight: float = 1.0,
                 loss_name: str = 'loss_ssi_silog') -> None:
        super().__init__(loss_weight, loss_name)
        check_weights(ssi_weight=ssi_weight, silog_weight=silog_weight)
        check_number('alpha', alpha)
        check_number('silog_ratio2', silog_ratio2)
        self.alpha = alpha
        self.silog_ratio2 = silog_ratio2
        self.ssi_weight = float(ssi_weight)
        self.silog_weight = float(silog_weight)
        self.min_depth = 1e-3 if min_depth is None else min_depth
        self.max_depth = 100.0 if max_depth is None else max_depth
        check_depth_range(self.min_depth, self.max_depth)
        self.input_domain = input_domain
        self.to_inverse_and_depth = lookup('input_domain', input_domain,
                                           INPUT_DOMAINS)
        self._gradient_options = _gradient_options(gradient, gradient_scales)
        self.gradient_loss: MultiScaleGradientLoss | None = None
        self.gradient_weight = gradient_weight

    @property
    def gradient_weight(self) -> float:
        """Current weight of the gradient term; can be set."""
        return self.gradient_loss.loss_weight if self.gradient_loss else 0.0

    @gradient_weight.setter
    def gradient_weight(self, weight: float) -> None:
        check_weights(gradient_weight=weight)
        if weight == 0:
            self.gradient_loss = None
        elif self.gradient_loss is None:
            term = MultiScaleGradientLoss(loss_weight=weight,
                                          **self._gradient_options)
            check_input_domain(term, 'depth', type(self).__name__)
            self.gradient_loss = term
        else:
            self.gradient_loss.loss_weight = float(weight)

    def gradient_terms(self) -> list[GradientTerm]:
        """The gradient term, unless its weight is 0."""
        if self.gradient_loss is None:
            return []
        return [GradientTerm(self.gradient_loss, outer=self)]

    def compute(self, pred: Tensor, target: Tensor, valid: Tensor,
                weight: Tensor | None) -> Tensor:
        """Compute the weighted sum; maps are in the unit of
        ``input_domain``."""
        # A harmless value before the reciprocal: one that is selected away
        # only afterwards would still send NaN through its derivative.
        pred = torch.where(valid, pred, 1)
        target = torch.where(valid, target, 1)
        pred_inverse, pred_depth = self.to_inverse_and_depth(pred)
        target_inverse, target_depth = self.to_inverse_and_depth(target)

        ssi = ssi_loss(pred_inverse, target_inverse, valid, self.alpha)
        silog = silog_loss(pred_depth, target_depth, valid, self.silog_ratio2,
                           self.min_depth, self.max_depth)
        components = {
            'ssi_component': ssi.detach(), 'silog_component': silog.detach()
        }
        total = self.ssi_weight * ssi + self.silog_weight * silog
        if self.gradient_loss is not None:
            total = total + self.gradient_loss(pred_depth, target_depth,
                                               mask=valid, weight=weight)
            components.update(self.gradient_loss.components)
        # of both terms: what the gradient term clamps, SILog clamps too
        components['clamped_predictions'] = count_clamped(
            pred_depth, valid, self.min_depth, self.max_depth)
        self.components = components
        return total

    def extra_repr(self) -> str:
        return (f'ssi_weight={self.ssi_weight}, '
                f'silog_weight={self.silog_weight}, '
                f'gradient_weight={self.gradient_weight}')


def _gradient_options(gradient: dict[str, Any] | None,
                      scales: int | None) -> dict[str, Any]:
    """Arguments of the gradient term, checked even if none is built."""
    if not isinstance(gradient, (dict, type(None))):
        raise TypeError('gradient must be a dict of options, such as '
                        f"dict(preset='valid_mean'), got {gradient!r}")
    options = {'scales': scales, **(gradient or {})}
    if 'loss_weight' in options:
        raise ValueError("gradient takes no 'loss_weight'; the weight of the "
                         'gradient term is gradient_weight')
    try:
        inspect.signature(MultiScaleGradientLoss).bind(**options)
    except TypeError as error:
        raise TypeError(f'gradient: {error}') from None
    preset = options.get('preset')
    make_formula(DEFAULT_PRESET if preset is None else preset,
                 **{k: v for k, v in options.items() if k in FORMULA_OPTIONS})
    return options

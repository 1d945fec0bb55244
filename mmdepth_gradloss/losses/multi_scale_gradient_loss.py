from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import torch
import torch.distributed as dist
from mmengine.registry import MODELS
from torch import Tensor

from ..functional import formula_loss, make_formula
from ..functional.domains import DOMAINS, MIN_DEPTH
from ..functional.formula_loss import check_backend
from ..functional.masking import count_clamped
from ..functional.presets import DEFAULT_PRESET
from .base_depth_loss import BaseDepthLoss
from .protocol import GradientTerm


@MODELS.register_module()
class MultiScaleGradientLoss(BaseDepthLoss):
    """Difference of depth gradients over several scales.

    Add it to the existing losses of a depth model to sharpen the edges of its
    predictions. See
    :func:`~mmdepth_gradloss.functional.multi_scale_gradient_loss` for the
    formula, and for the same as a function.

    With ``batch_reduction='batch'`` in distributed training, the counts of
    valid pixels or windows that divide the sums are summed over all processes,
    one small collective per call. So the mean gradient that
    DistributedDataParallel takes equals that of one process with the whole
    batch, however unequal the masks are. All processes of the default group
    must call the loss equally often, as for the backward pass. Presets with
    ``batch_reduction='image'`` need no communication: the mean over processes
    is right if each has the same number of images.

    Args:
        loss_weight: Factor on the loss, at least 0. An attribute that
            :class:`GradientLossHook` schedules.
        preset: Formula: 'packnet_san' (the default), 'g2_monodepth', 'midas',
            'megadepth', 'depth_pro' or 'valid_mean'.
        scales, operator, pyramid, domain, mask_policy, penalty: Override the
            preset, see :class:`~mmdepth_gradloss.functional.GradientFormula`.
        depth_offset, alignment, normalizer, level_reduction, batch_reduction:
            Likewise.
        min_depth, max_depth: Ground truth outside them is invalid.
        loss_name: Key of the loss in a model's loss dict; must contain 'loss'.
        fused: Compute the gradient together with the loss. Set False for
            double backward.
        backend: Implementation of the fused loss: 'triton' uses kernels for
            float32 on CUDA and 'torch' for everything else. 'auto' is 'triton'
            if Triton 3.4 or later is installed.

    Attributes:
        components (dict[str, Tensor]): 'gradient_component', the last value,
            unweighted and detached; empty before the first call. In 'log' and
            'inverse' also 'clamped_predictions', the number of valid pixels
            whose prediction is not positive (below 1e-6 m): they add to the
            loss but have no gradient. Use a positive output activation.

    Raises:
        TypeError: If ``loss_weight`` is not a number.
        ValueError: If an option or preset is unknown (lists the known ones),
            or a number is out of range.

    Examples:
        >>> loss = MultiScaleGradientLoss(20.0, preset='valid_mean')
        >>> pred = torch.rand(2, 1, 48, 64, requires_grad=True)
        >>> target = torch.rand(2, 1, 48, 64)
        >>> loss(pred, target).backward()

        In a config:

        >>> loss_decode = [
        ...     dict(type='SiLogLoss'),
        ...     dict(type='mmdepth_gradloss.MultiScaleGradientLoss',
        ...          preset='valid_mean', loss_weight=20.0)]
    """

    def __init__(self, loss_weight: float = 1.0, *, preset: str | None = None,
                 scales: int | Sequence[int] | None = None,
                 operator: str | None = None, pyramid: str | None = None,
                 domain: str | None = None, mask_policy: str | None = None,
                 penalty: str | None = None, min_depth: float | None = None,
                 max_depth: float | None = None,
                 loss_name: str = 'loss_gradient',
                 depth_offset: float | None = None,
                 alignment: str | None = None, normalizer: str | None = None,
                 level_reduction: str | None = None,
                 batch_reduction: str | None = None, fused: bool = True,
                 backend: str = 'auto') -> None:
        super().__init__(loss_weight, loss_name, min_depth, max_depth)
        self.preset = DEFAULT_PRESET if preset is None else preset
        self.formula = make_formula(
            self.preset, scales=scales, operator=operator, pyramid=pyramid,
            domain=domain, depth_offset=depth_offset, alignment=alignment,
            mask_policy=mask_policy, penalty=penalty, normalizer=normalizer,
            level_reduction=level_reduction, batch_reduction=batch_reduction)
        check_backend(backend, fused)
        self.fused = fused
        self.backend = backend

    @property
    def input_domain(self) -> str:  # type: ignore[override]
        """Depth in metres, or a relative domain if predictions are aligned."""
        has_unit = DOMAINS[self.formula.domain].derivative is None
        if self.formula.alignment is None or has_unit:
            return 'depth'
        return f'relative_{self.formula.domain}'

    def gradient_terms(self) -> list[GradientTerm]:
        """The loss itself."""
        return [GradientTerm(self)]

    def compute(self, pred: Tensor, target: Tensor, valid: Tensor,
                weight: Tensor | None) -> Tensor:
        """Compute the loss of depth maps in metres."""
        loss = formula_loss(pred, target, valid, self.formula, weight=weight,
                            over_processes=_shares_batch(pred),
                            fused=self.fused, backend=self.backend)
        self.components = {'gradient_component': loss.detach()}
        formula = self.formula
        is_clamped = DOMAINS[formula.domain].derivative is not None
        if is_clamped and formula.alignment is None:
            self.components['clamped_predictions'] = count_clamped(
                pred, valid, MIN_DEPTH - formula.depth_offset)
        return loss

    def extra_repr(self) -> str:
        options = ', '.join(f'{name}={value!r}'
                            for name, value in asdict(self.formula).items())
        return (f'loss_weight={self.loss_weight}, preset={self.preset!r}, '
                f'{options}')


def _shares_batch(pred: Tensor) -> bool:
    """Whether other processes train together with this one. Only if the loss
    is to be differentiated, which all processes do: one that evaluates it
    alone must not wait for the others."""
    trains = torch.is_grad_enabled() and pred.requires_grad
    return (trains and dist.is_available() and dist.is_initialized()
            and dist.get_world_size() > 1)

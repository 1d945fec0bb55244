"""Multi-scale gradient loss as a registered module."""
from __future__ import annotations

from typing import Any

from mmengine.registry import MODELS
from torch import Tensor

from ..functional import multi_scale_gradient_loss
from ..functional.choices import choose
from ..functional.domains import DOMAINS
from ..functional.mask_policies import MASK_POLICIES
from ..functional.operators import OPERATORS
from ..functional.penalties import PENALTIES
from ..functional.pyramids import PYRAMIDS
from .base_depth_loss import BaseDepthLoss
from .presets import PRESETS


@MODELS.register_module()
class MultiScaleGradientLoss(BaseDepthLoss):
    """Difference of depth gradients over several scales.

    Add it beside the loss that a depth model has, to sharpen the edges of
    its predictions. See :func:`~mmdepth_gradloss.functional.
    multi_scale_gradient_loss` for the formula.

    Args:
        loss_weight (float): Factor on the loss, at least 0. A plain
            attribute, which :class:`GradientLossHook` schedules.
        scales (int, optional): Number of pyramid levels, at least 1.
        operator (str, optional): 'sobel', 'scharr', 'forward' (step 1),
            'central' (step 2) or 'laplace'.
        pyramid (str, optional): 'bilinear', 'nearest' or 'stride'.
        domain (str, optional): 'linear', 'log' or 'inverse': in which
            representation of depth gradients are compared.
        mask_policy (str, optional): 'center' (a window counts where its
            centre is valid) or 'support' (where every pixel that it reads
            is; exact on the 'nearest' and 'stride' pyramids).
        penalty (str, optional): 'l1', 'l2' or 'charbonnier'.
        preset (str, optional): Sets all of the above that are not given; a
            key of :data:`~.presets.PRESETS`. Defaults to 'packnet_san'.
        min_depth (float, optional): Ground truth below it is invalid.
        max_depth (float, optional): Ground truth above it is invalid.
        loss_name (str): Key of the loss in a model's loss dict.

    Attributes:
        components (dict[str, Tensor]): 'gradient_component', the last value,
            unweighted and detached; empty before the first call.

    Raises:
        ValueError: If an option or preset is unknown (lists the known ones),
            or a number is out of its range.

    Examples:
        >>> loss = MultiScaleGradientLoss(loss_weight=0.2)
        >>> pred = torch.rand(2, 1, 48, 64, requires_grad=True)
        >>> target = torch.rand(2, 1, 48, 64)
        >>> loss(pred, target).backward()

        In a config:

        >>> loss_decode = [
        ...     dict(type='SiLogLoss'),
        ...     dict(type='MultiScaleGradientLoss', loss_weight=0.2)]
    """

    def __init__(self,
                 loss_weight: float = 1.0,
                 scales: int | None = None,
                 operator: str | None = None,
                 pyramid: str | None = None,
                 domain: str | None = None,
                 mask_policy: str | None = None,
                 penalty: str | None = None,
                 preset: str | None = None,
                 min_depth: float | None = None,
                 max_depth: float | None = None,
                 loss_name: str = 'loss_gradient') -> None:
        super().__init__(loss_weight, loss_name, min_depth, max_depth)
        given = dict(
            scales=scales,
            operator=operator,
            pyramid=pyramid,
            domain=domain,
            mask_policy=mask_policy,
            penalty=penalty)
        self.preset = preset or 'packnet_san'
        self.options: dict[str, Any] = {
            **choose('preset', self.preset, PRESETS),
            **{k: v
               for k, v in given.items() if v is not None}
        }
        self._check_options()

    def _check_options(self) -> None:
        scales = self.options['scales']
        if not isinstance(scales, int) or scales < 1:
            raise ValueError(f'scales must be an int >= 1, got {scales!r}')
        for kind, table in (('operator', OPERATORS), ('pyramid', PYRAMIDS),
                            ('domain', DOMAINS), ('mask_policy',
                                                  MASK_POLICIES),
                            ('penalty', PENALTIES)):
            choose(kind, self.options[kind], table)

    def compute(self, pred: Tensor, target: Tensor, valid: Tensor,
                weight: Tensor | None) -> Tensor:
        """Compute the loss of depth maps in metres."""
        loss = multi_scale_gradient_loss(
            pred, target, valid, weight=weight, **self.options)
        self.components = {'gradient_component': loss.detach()}
        return loss

    def extra_repr(self) -> str:
        options = ', '.join(f'{k}={v!r}' for k, v in self.options.items())
        return (f'loss_weight={self.loss_weight}, preset={self.preset!r}, '
                f'{options}')

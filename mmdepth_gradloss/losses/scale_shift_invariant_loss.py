from __future__ import annotations

import torch
from mmengine.registry import MODELS
from torch import Tensor

from ..functional.alignment import ALIGNMENTS
from ..functional.domains import inverse
from ..functional.lookup import lookup
from .base_depth_loss import BaseDepthLoss


@MODELS.register_module()
class ScaleShiftInvariantLoss(BaseDepthLoss):
    r"""Mean absolute error of relative inverse depth, after alignment.

    .. math::

        \frac{1}{N} \sum_n \frac{1}{|V_n|} \sum_{V_n} |\hat p_n - \hat d_n|

    for images n with valid pixels V; p is the prediction, d = 1 / target the
    ground-truth inverse depth in 1/m, and hats mean that each image is
    aligned. From Ranftl et al., "Towards Robust Monocular Depth Estimation"
    (TPAMI 2020). An image without a valid pixel counts as 0.

    With ``'median_mad'`` both maps get median 0 and mean deviation 1, so the
    loss has no unit, and near and far cannot be swapped. With
    ``'least_squares'`` the prediction is fitted to the ground truth, and the
    loss is in 1/m. The fitted scale may be negative: a prediction that
    increases with depth costs as little as one that decreases, and a randomly
    initialised model may learn either.

    Args:
        alignment: 'median_mad' or 'least_squares'.
        loss_weight, min_depth, max_depth, loss_name: See
            :class:`~mmdepth_gradloss.losses.base_depth_loss.BaseDepthLoss`.

    Raises:
        ValueError: If the alignment is unknown, ``loss_weight`` negative or
            the range empty.

    Examples:
        >>> loss = ScaleShiftInvariantLoss()
        >>> target = torch.rand(2, 1, 48, 64) * 9 + 1
        >>> loss(3 / target + 5, target) < 1e-5
        tensor(True)
    """

    input_domain = 'relative_inverse'

    def __init__(self, loss_weight: float = 1.0, *,
                 alignment: str = 'median_mad', min_depth: float | None = None,
                 max_depth: float | None = None,
                 loss_name: str = 'loss_scale_shift') -> None:
        super().__init__(loss_weight, loss_name, min_depth, max_depth)
        self.alignment = alignment
        self.align = lookup('alignment', alignment, ALIGNMENTS)

    def compute(self, pred: Tensor, target: Tensor, valid: Tensor,
                weight: Tensor | None) -> Tensor:
        """Compute the loss of relative inverse depth and ground-truth
        depth."""
        pred, target = self.align(
            torch.where(valid, pred, 0),
            inverse(torch.where(valid, target, 1)), valid)
        error = torch.where(valid, (pred - target).abs(), 0).sum((1, 2, 3))
        error = error / valid.sum((1, 2, 3)).clamp(min=1)
        if weight is not None:
            error = error * weight
        return error.sum() / max(len(error), 1)

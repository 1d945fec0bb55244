"""Multi-scale gradient loss of a depth map, computed on the residual."""
from __future__ import annotations

import torch
from torch import Tensor

from .choices import choose
from .domains import DOMAINS
from .mask_policies import MASK_POLICIES
from .operators import OPERATORS, spatial_gradients
from .penalties import PENALTIES
from .pyramids import PYRAMIDS


def multi_scale_gradient_loss(pred: Tensor,
                              target: Tensor,
                              valid: Tensor,
                              scales: int = 4,
                              operator: str = 'sobel',
                              pyramid: str = 'bilinear',
                              domain: str = 'linear',
                              mask_policy: str = 'center',
                              penalty: str = 'l1',
                              weight: Tensor | None = None) -> Tensor:
    r"""Mean difference of the depth gradients over several scales.

    With the defaults, the gradient term that PackNet-SfM style training adds
    to its depth loss. At level :math:`i = 0 \dots \text{scales} - 1`, both
    maps reduced by :math:`2^i`,

    .. math::
        L_i = \frac{1}{|V_i|} \sum_{V_i} |\partial_x p - \partial_x t| +
              \frac{1}{|V_i|} \sum_{V_i} |\partial_y p - \partial_y t|

    over the valid windows :math:`V_i`; the loss is the mean of :math:`L_i`
    over the levels that have one.

    Every step before the penalty is linear. So the pyramid and the operator
    run once, on the residual ``domain(pred) - domain(target)`` that is 0 at
    invalid pixels, instead of once for each map. That is also the more exact
    way: what is put at invalid pixels cancels before it can swallow the
    digits of the valid ones.

    Args:
        pred (Tensor): Predicted depth in metres, (N, 1, H, W).
        target (Tensor): Ground-truth depth in metres, (N, 1, H, W).
        valid (Tensor): Bool, (N, 1, H, W). Values of ``pred`` and ``target``
            where it is False, NaN included, change neither the loss nor its
            gradient.
        scales (int): Number of levels.
        operator (str): A key of :data:`~.operators.OPERATORS`.
        pyramid (str): A key of :data:`~.pyramids.PYRAMIDS`.
        domain (str): A key of :data:`~.domains.DOMAINS`.
        mask_policy (str): A key of :data:`~.mask_policies.MASK_POLICIES`.
        penalty (str): A key of :data:`~.penalties.PENALTIES`.
        weight (Tensor, optional): (N,), multiplies what an image contributes;
            what divides the sums does not change.

    Returns:
        Tensor: Scalar; 0, and still connected to ``pred``, where nothing is
        valid.

    Raises:
        ValueError: If an option is unknown; lists the known ones.

    Examples:
        >>> pred = torch.rand(2, 1, 32, 48, requires_grad=True)
        >>> target = torch.rand(2, 1, 32, 48)
        >>> multi_scale_gradient_loss(pred, target, target > 0.1).backward()
    """
    reduce_size = choose('pyramid', pyramid, PYRAMIDS)
    residual = _masked_residual(pred, target, valid,
                                choose('domain', domain, DOMAINS))
    total = residual.sum() * 0  # connected to pred even if no level fits
    num_levels = torch.zeros_like(total)
    for level in range(scales):
        level_loss, has_window = _level_loss(
            *reduce_size(residual, valid, 2**level), operator, mask_policy,
            penalty, weight)
        total = total + level_loss
        num_levels = num_levels + has_window
    return total / num_levels.clamp(min=1)


def _masked_residual(pred: Tensor, target: Tensor, valid: Tensor,
                     to_domain) -> Tensor:
    """``to_domain(pred) - to_domain(target)``, 0 where not valid."""
    # Selecting before the subtraction, not after, keeps NaN and overflow at
    # invalid pixels out of the backward pass too.
    return (to_domain(torch.where(valid, pred, 1)) -
            to_domain(torch.where(valid, target, 1)))


def _level_loss(residual: Tensor, valid: Tensor, operator: str,
                mask_policy: str, penalty: str,
                weight: Tensor | None) -> tuple[Tensor, Tensor]:
    """Loss of one level, and 1 or 0: whether it has a valid window."""
    windows_of = choose('mask policy', mask_policy, MASK_POLICIES)
    penalise = choose('penalty', penalty, PENALTIES)
    loss = residual.new_zeros(())
    has_window = residual.new_zeros(())
    gradients = spatial_gradients(residual, operator)
    for kernel, gradient in zip(OPERATORS[operator], gradients):
        if gradient.numel() == 0:
            continue
        windows = windows_of(valid, kernel)
        count = windows.sum()
        cost = torch.where(windows, penalise(gradient), 0)
        if weight is not None:
            cost = cost * weight.view(-1, 1, 1, 1)
        loss = loss + cost.sum() / count.clamp(min=1)
        has_window = torch.maximum(has_window, (count > 0).to(loss.dtype))
    return loss, has_window

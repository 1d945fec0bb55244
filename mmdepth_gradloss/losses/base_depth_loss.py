"""What the depth losses share."""
from __future__ import annotations

from abc import ABCMeta, abstractmethod

import torch
from torch import Tensor, nn

from ..functional import valid_depth_mask


class BaseDepthLoss(nn.Module, metaclass=ABCMeta):
    """Loss between a predicted and a true depth map.

    Takes the arguments that heads of OpenMMLab pass, checks shapes, finds the
    valid pixels and computes in full precision; a subclass says what.

    Args:
        loss_weight (float): Factor on the loss, at least 0; a plain
            attribute.
        loss_name (str): Key of the loss in a model's loss dict.
        min_target (float, optional): Targets below it are invalid.
        max_target (float, optional): Targets above it are invalid.

    Attributes:
        components (dict[str, Tensor]): Scalars of the last call by name,
            unweighted and detached; empty before the first.

    Raises:
        ValueError: If ``loss_weight`` is negative or the range is empty.
    """

    def __init__(self,
                 loss_weight: float,
                 loss_name: str,
                 min_target: float | None = None,
                 max_target: float | None = None) -> None:
        super().__init__()
        if not loss_weight >= 0:
            raise ValueError(f'loss_weight must be >= 0, got {loss_weight}')
        if (min_target is not None and max_target is not None
                and not min_target < max_target):
            raise ValueError('min_depth must be below max_depth, got '
                             f'{min_target} and {max_target}')
        self.loss_weight = loss_weight
        self.min_target = min_target
        self.max_target = max_target
        self._loss_name = loss_name
        self.components: dict[str, Tensor] = {}

    @property
    def loss_name(self) -> str:
        """Key of the loss in a model's loss dict."""
        return self._loss_name

    def forward(self,
                pred: Tensor,
                target: Tensor,
                mask: Tensor | None = None,
                weight: Tensor | None = None,
                ignore_index: float | None = None,
                **kwargs) -> Tensor:
        """Compute the weighted loss.

        Computed in float32 (float64 if ``pred`` is), whatever autocast says.

        Args:
            pred (Tensor): Prediction, (N, 1, H, W) or (N, H, W).
            target (Tensor): Ground truth, same shape and unit. Not finite or
                <= 0 means no measurement.
            mask (Tensor, optional): Bool or 0/1, broadcastable: which pixels
                count.
            weight (Tensor, optional): (N,), a factor for each image on the
                gradient term, or on all of a loss that is one term.
            ignore_index (float, optional): Target value that means no
                measurement.
            **kwargs: What else a head passes, such as ``avg_factor``; not
                used.

        Returns:
            Tensor: Scalar; 0 and connected to ``pred`` if nothing is valid,
            NaN if a valid prediction is that counts.

        Raises:
            ValueError: If shapes do not fit; names them.
        """
        pred, target = _as_batch(pred, target)
        if weight is not None and tuple(weight.shape) != (len(pred), ):
            raise ValueError(
                'weight must hold one value for each image, shape '
                f'({len(pred)},), got {tuple(weight.shape)}')
        valid = valid_depth_mask(target, mask, self.min_target,
                                 self.max_target, ignore_index)
        # A difference of neighbouring depths is lost in half precision.
        with torch.autocast(pred.device.type, enabled=False):
            return self.loss_weight * self.compute(pred, target, valid, weight)

    @abstractmethod
    def compute(self, pred: Tensor, target: Tensor, valid: Tensor,
                weight: Tensor | None) -> Tensor:
        """Compute the loss without ``loss_weight``; set ``components``.

        Args:
            pred (Tensor): (N, 1, H, W), float32 or float64.
            target (Tensor): Same shape and dtype.
            valid (Tensor): Bool, same shape.
            weight (Tensor, optional): (N,).

        Returns:
            Tensor: Scalar.
        """


def _as_batch(pred: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Both maps as (N, 1, H, W) in full precision."""
    one_channel = pred.ndim == 3 or (pred.ndim == 4 and pred.shape[1] == 1)
    if pred.shape != target.shape or not one_channel:
        raise ValueError(
            'pred and target must both be (N, 1, H, W) or (N, H, W), got '
            f'{tuple(pred.shape)} and {tuple(target.shape)}')
    dtype = torch.float64 if pred.dtype == torch.float64 else torch.float32
    pred, target = pred.to(dtype), target.to(dtype)
    if pred.ndim == 3:
        pred, target = pred.unsqueeze(1), target.unsqueeze(1)
    return pred, target

from __future__ import annotations

from abc import ABCMeta, abstractmethod

import torch
from torch import Tensor, nn

from ..functional import valid_depth_mask
from ..functional.checks import (check_loss_name, check_valid_range,
                                 check_weights)
from ..functional.depth_batch import as_depth_batch, check_image_weight


class BaseDepthLoss(nn.Module, metaclass=ABCMeta):
    """Base class of losses between a predicted and a ground-truth depth map.

    Accepts the arguments that heads of OpenMMLab pass, checks shapes, finds
    the valid pixels and computes in full precision. Subclasses implement
    :meth:`compute`.

    Args:
        loss_weight: Factor on the loss, at least 0; can be set.
        loss_name: Key of the loss in a model's loss dict; must contain 'loss'.
        min_depth, max_depth: Ground truth outside them is invalid.

    Attributes:
        components (dict[str, Tensor]): Scalars of the last call by name,
            unweighted and detached; empty before the first.
        input_domain (str): What predictions hold, see
            :mod:`~mmdepth_gradloss.losses.protocol`.

    Raises:
        TypeError: If an argument is not a number.
        ValueError: If ``loss_weight`` is negative or not finite, the name does
            not contain 'loss', or the range is empty.
    """

    input_domain: str = 'depth'

    def __init__(self, loss_weight: float, loss_name: str,
                 min_depth: float | None = None,
                 max_depth: float | None = None) -> None:
        super().__init__()
        check_weights(loss_weight=loss_weight)
        check_loss_name(loss_name)
        check_valid_range(min_depth, max_depth)
        self.loss_weight = loss_weight
        self.valid_range = (min_depth, max_depth)
        self._loss_name = loss_name
        self.components: dict[str, Tensor] = {}

    @property
    def loss_weight(self) -> float:
        """Current factor on the loss; can be set."""
        return self._loss_weight

    @loss_weight.setter
    def loss_weight(self, weight: float) -> None:
        self._loss_weight = float(weight)
        # A compiler takes a tensor as an input, but a float as a constant: it
        # would compile again when a schedule sets another. No buffer, as it
        # multiplies from the CPU without a copy.
        self._factor = torch.tensor(self._loss_weight, dtype=torch.float64,
                                    device='cpu')

    @property
    def loss_name(self) -> str:
        """Key of the loss in a model's loss dict."""
        return self._loss_name

    def forward(self, pred: Tensor, target: Tensor, mask: Tensor | None = None,
                weight: Tensor | None = None,
                ignore_index: float | None = None,
                avg_factor: float | None = None,
                reduction_override: str | None = None) -> Tensor:
        """Compute the weighted loss, in float32 (float64 if ``pred`` is).

        Args:
            pred: Prediction, (N, 1, H, W) or (N, H, W).
            target: Ground truth, same shape and unit. Not finite or <= 0 means
                no measurement.
            mask: Bool or 0/1, broadcastable: which pixels count.
            weight: (N,), a factor for each image on the gradient term, or on
                the whole of a loss with a single term.
            ignore_index: Target value that means no measurement.
            avg_factor, reduction_override: Only None, or 'mean' for the
                latter: the loss divides by its own counts.

        Returns:
            Scalar; 0 and connected to ``pred`` if nothing is valid, NaN if a
            valid prediction is NaN.

        Raises:
            TypeError: If a map or mask is not a tensor.
            ValueError: If shapes do not match (names them), or another divisor
                or reduction is requested.
        """
        if avg_factor is not None or reduction_override not in (None, 'mean'):
            raise ValueError(
                f'{type(self).__name__} averages over valid pixels, got '
                f'avg_factor={avg_factor} and '
                f'reduction_override={reduction_override!r}; leave them out')
        pred, target = as_depth_batch(pred, target)
        check_image_weight(weight, len(pred))
        valid = valid_depth_mask(target, mask, *self.valid_range, ignore_index)
        # A difference of neighbouring depths is lost in half precision.
        with torch.autocast(pred.device.type, enabled=False):
            loss = self.compute(pred, target, valid, weight)
            return self._factor.to(loss.dtype) * loss

    @abstractmethod
    def compute(self, pred: Tensor, target: Tensor, valid: Tensor,
                weight: Tensor | None) -> Tensor:
        """Compute the scalar loss without ``loss_weight``; set ``components``.

        Maps are (N, 1, H, W), float32 or float64, ``valid`` bool, ``weight``
        (N,).
        """

from __future__ import annotations

import math

import torch
from mmengine.dist import all_reduce
from torch import Tensor

from ..functional.checks import check_number

# Below this part of the gradient terms, the rest is only rounding.
MIN_REST = 1e-5


def check_target_share(share: float, momentum: float) -> None:
    """TypeError if an argument is not a number, ValueError if out of range."""
    check_number('target_share', share)
    check_number('momentum', momentum)
    if not 0 < share < 1:
        raise ValueError(f'target_share must be in (0, 1), got {share}')
    if not 0 < momentum <= 1:
        raise ValueError(f'momentum must be in (0, 1], got {momentum}')


def mean_over_ranks(gradient: Tensor, rest: Tensor) -> tuple[Tensor, ...]:
    """Mean over ranks of two scalars, in one collective. Losses are
    rank-local, but the weight must be the same on every rank."""
    both = torch.stack([gradient, rest])
    all_reduce(both, op='mean')
    return both.unbind()


class TargetShare:
    """Weights that give gradient terms a share of the total loss.

    Their ratios to one another stay the same. They follow slow moving averages
    that are equal on all ranks.

    Args:
        base_weights: Weights until there is anything to balance.
        share: Target share of the total, in (0, 1).
        momentum: Of the moving averages, in (0, 1].
        averages: Final averages of an earlier run.

    Attributes:
        weights (list[float]): Current weights.
        averages (list[float], optional): Of the gradient terms with the base
            weights, and of the rest of the total.
    """

    def __init__(self, base_weights: list[float], share: float,
                 momentum: float, averages: list[float] | None = None) -> None:
        self._base_weights = base_weights
        self._ratio = share / (1 - share)
        self._momentum = momentum
        self.averages = averages
        self.weights = base_weights
        self._balance()

    def update(self, gradient: float, rest: float) -> None:
        """Update with the gradient terms of an iteration's total loss, with
        the base weights and equal on all ranks, and the rest of the total."""
        values = [gradient, rest]
        if not all(map(math.isfinite, values)):
            return  # a step that a gradient scaler skips
        self.averages = values if self.averages is None else [
            (1 - self._momentum) * average + self._momentum * value
            for average, value in zip(self.averages, values)
        ]
        self._balance()

    def _balance(self) -> None:
        if self.averages is None:
            return
        gradient, rest = self.averages
        if gradient <= 0 or rest <= MIN_REST * gradient:
            return  # nothing to balance yet, such as batches without depth
        factor = self._ratio * rest / gradient
        self.weights = [factor * base for base in self._base_weights]

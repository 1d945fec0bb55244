"""Penalties on a gradient difference."""
from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

CHARBONNIER_EPS = 1e-3


class Penalty(NamedTuple):
    """An elementwise function, non-negative and 0 at 0.

    Attributes:
        value (Callable): difference -> cost.
        derivative (Callable): (difference, out=) -> d cost / d difference,
            0 at 0, written into ``out``.
    """
    value: Callable[[Tensor], Tensor]
    derivative: Callable[..., Tensor]


def _smooth_abs(difference: Tensor) -> Tensor:
    return torch.sqrt(difference.square() + CHARBONNIER_EPS**2)


PENALTIES: dict[str, Penalty] = {
    'l1':
    Penalty(torch.abs, torch.sign),
    'l2':
    Penalty(torch.square, lambda d, out: torch.mul(d, 2, out=out)),
    # an absolute value with a smooth bottom; the subtraction makes an exact
    # prediction cost nothing
    'charbonnier':
    Penalty(lambda d: _smooth_abs(d) - CHARBONNIER_EPS,
            lambda d, out: torch.div(d, _smooth_abs(d), out=out)),
}

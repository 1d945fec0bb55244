from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

CHARBONNIER_EPS = 1e-3
"""Difference, in the unit of the domain, below which 'charbonnier' is smooth.
"""


class Penalty(NamedTuple):
    """A non-negative elementwise function that is 0 at 0. ``derivative`` is 0
    at 0, and may be written to its argument ``out``. ``degree`` is n of
    homogeneous penalties, cost(k d) = k^n cost(d) for k > 0, else None."""
    value: Callable[[Tensor], Tensor]
    derivative: Callable[..., Tensor]
    degree: int | None = None


def _smooth_abs(difference: Tensor) -> Tensor:
    return torch.sqrt(difference.square() + CHARBONNIER_EPS**2)


def _charbonnier(difference: Tensor) -> Tensor:
    """``sqrt(d^2 + eps^2) - eps``, without cancellation in float32."""
    square = difference.square()
    return square / (torch.sqrt(square + CHARBONNIER_EPS**2) + CHARBONNIER_EPS)


PENALTIES: dict[str, Penalty] = {
    'l1':
    Penalty(torch.abs, torch.sign, 1),
    'l2':
    Penalty(torch.square, lambda d, out: torch.mul(d, 2, out=out), 2),
    # an absolute value that is smooth near 0
    'charbonnier':
    Penalty(_charbonnier,
            lambda d, out: torch.div(d, _smooth_abs(d), out=out)),
}

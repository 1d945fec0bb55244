"""Penalties on a gradient difference."""
from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

CHARBONNIER_EPS = 1e-3


def l1(difference: Tensor) -> Tensor:
    """Absolute value."""
    return difference.abs()


def l2(difference: Tensor) -> Tensor:
    """Square."""
    return difference.square()


def charbonnier(difference: Tensor) -> Tensor:
    """``sqrt(d^2 + eps^2) - eps``: an absolute value with a smooth bottom.

    0 at 0, so that an exact prediction costs nothing.
    """
    return torch.sqrt(difference.square() +
                      CHARBONNIER_EPS**2) - CHARBONNIER_EPS


PENALTIES: dict[str, Callable[[Tensor], Tensor]] = {
    'l1': l1,
    'l2': l2,
    'charbonnier': charbonnier,
}
"""Elementwise, non-negative and 0 at 0."""

"""Representations of depth in which gradients can be compared."""
from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

MIN_DEPTH = 1e-6
"""Metres; keeps logarithm and inverse finite where a prediction is not
positive."""


def linear(depth: Tensor) -> Tensor:
    """Depth itself, in metres."""
    return depth


def log(depth: Tensor) -> Tensor:
    """Logarithm of depth: differences are ratios of distances."""
    return torch.log(depth.clamp(min=MIN_DEPTH))


def inverse(depth: Tensor) -> Tensor:
    """Inverse depth, in 1/m."""
    return depth.clamp(min=MIN_DEPTH).reciprocal()


DOMAINS: dict[str, Callable[[Tensor], Tensor]] = {
    'linear': linear,
    'log': log,
    'inverse': inverse,
}
"""Elementwise maps from depth in metres."""

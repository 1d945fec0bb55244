"""Depth between two bounds, from numbers in [0, 1]."""
from __future__ import annotations

from collections.abc import Callable


def _inverse_to_depth(x, low: float, high: float):
    return 1 / (1 / high + (1 / low - 1 / high) * x)


def _depth_to_inverse(depth, low: float, high: float):
    return (1 / depth - 1 / high) / (1 / low - 1 / high)


def _linear_to_depth(x, low: float, high: float):
    return low + (high - low) * x


def _depth_to_linear(depth, low: float, high: float):
    return (depth - low) / (high - low)


PARAMETRIZATIONS: dict[str, tuple[Callable, Callable]] = {
    'inverse': (_inverse_to_depth, _depth_to_inverse),
    'depth': (_linear_to_depth, _depth_to_linear),
}
"""(activation in [0, 1], min_depth, max_depth) -> depth in metres, and back;
on tensors or numbers."""

"""Representations of depth in which gradients can be compared."""
from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

MIN_DEPTH = 1e-6
"""Metres; keeps logarithm and inverse finite where a prediction is not
positive. Such a prediction has no gradient."""


class Domain(NamedTuple):
    """An elementwise function of depth in metres, and its derivative. The
    derivative is None if it is 1 everywhere."""
    value: Callable[[Tensor], Tensor]
    derivative: Callable[[Tensor], Tensor] | None


def inverse(depth: Tensor) -> Tensor:
    """Inverse depth, in 1/m, at most 1e6."""
    return depth.clamp(min=MIN_DEPTH).reciprocal()


def _inverse_or_0(depth: Tensor) -> Tensor:
    """1 / depth, or 0 where depth is clamped to ``MIN_DEPTH``."""
    return F.threshold(depth, MIN_DEPTH, math.inf).reciprocal()


DOMAINS: dict[str, Domain] = {
    # depth itself, in metres
    'linear':
    Domain(lambda depth: depth, None),
    # depth over the mean of the image's valid ground truth; the division is
    # part of the image's weight
    'normalized':
    Domain(lambda depth: depth, None),
    # differences are ratios of distances
    'log':
    Domain(lambda depth: torch.log(depth.clamp(min=MIN_DEPTH)), _inverse_or_0),
    # what stereo and structure from motion measure, in 1/m
    'inverse':
    Domain(inverse, lambda depth: -_inverse_or_0(depth).square()),
}

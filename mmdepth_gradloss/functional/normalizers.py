"""Divisors of the sum over a level."""
from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

Counts = Callable[[Tensor, list[Tensor], Tensor], Tensor]


class Normalizer(NamedTuple):
    """Divisor of the sum over a level: counts of each image, plus eps.
    ``counts`` takes valid (N, 1, H, W), valid of each level and window counts
    (N, levels, stencils), to which its result broadcasts."""
    counts: Counts
    eps: float = 0.0


def count(mask: Tensor) -> Tensor:
    """True pixels of each image of a (N, 1, H, W) mask, as (N,). In float32,
    which is twice as fast as integers on a CPU, and exact up to 16 million;
    beyond that the relative error is at most 6e-8."""
    return mask.view(torch.uint8).to(torch.float32).sum(dim=(1, 2, 3))


def _windows(valid: Tensor, level_valid: list[Tensor],
             window_counts: Tensor) -> Tensor:
    return window_counts


def _pooled_windows(valid: Tensor, level_valid: list[Tensor],
                    window_counts: Tensor) -> Tensor:
    return window_counts.sum(dim=-1, keepdim=True)


def _pixels(valid: Tensor, level_valid: list[Tensor],
            window_counts: Tensor) -> Tensor:
    counts = torch.stack([count(mask) for mask in level_valid], dim=-1)
    return counts.unsqueeze(-1)


def _full_pixels(valid: Tensor, level_valid: list[Tensor],
                 window_counts: Tensor) -> Tensor:
    return count(valid)[:, None, None]


NORMALIZERS: dict[str, Normalizer] = {
    # the windows that count, for each direction separately
    'windows': Normalizer(_windows),
    # the windows that count, over all directions
    'pooled_windows': Normalizer(_pooled_windows),
    # the valid pixels of the level
    'pixels': Normalizer(_pixels),
    # the valid pixels of the full size, with the constant of G2-MonoDepth
    'full_pixels': Normalizer(_full_pixels, eps=1e-6),
}

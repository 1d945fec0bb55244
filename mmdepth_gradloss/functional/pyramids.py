"""Ways to bring a residual and its mask to coarser levels.

Each is linear in the residual, so a pyramid of ``pred - target`` equals the
difference of two pyramids.
"""
from __future__ import annotations

import functools
import math
from abc import ABCMeta, abstractmethod
from typing import Any, ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor

Index = tuple[Any, ...]


class Pyramid(metaclass=ABCMeta):
    """Levels of a mask, and the map of a residual to these levels.

    Args:
        valid (Tensor): Bool, (N, 1, H, W).
        factors (tuple[int]): What each level divides the size by.
        dtype (torch.dtype): Of the residual.

    Attributes:
        valid (list[Tensor]): Masks of the levels, bool, (N, 1, h, w).
    """

    valid: list[Tensor]

    @abstractmethod
    def __init__(self, valid: Tensor, factors: tuple[int, ...],
                 dtype: torch.dtype) -> None:
        ...

    @classmethod
    def check_factors(cls, factors: tuple[int, ...]) -> None:
        """Raise a ValueError if the pyramid has no such levels."""

    @abstractmethod
    def reduce(self, residual: Tensor) -> list[Tensor]:
        """The levels of a residual.

        Args:
            residual (Tensor): (N, 1, H, W), 0 where not valid.

        Returns:
            list[Tensor]: (N, 1, h, w) for each factor.
        """

    @abstractmethod
    def adjoint(self, grads: list[Tensor]) -> Tensor:
        """Transpose of :meth:`reduce`, as a linear map.

        Args:
            grads (list[Tensor]): Gradients of a scalar with respect to the
                levels; may be overwritten.

        Returns:
            Tensor: Gradient with respect to the residual, (N, 1, H, W), of
            no meaning where not valid.
        """


class SampledPyramid(Pyramid):
    """Every level a mean of single pixels of the full size."""

    def __init__(self, valid: Tensor, factors: tuple[int, ...],
                 dtype: torch.dtype) -> None:
        self.shape = valid.shape
        self.samples = [self.sample(valid, factor) for factor in factors]
        self.valid = [
            valid[self.sample_mask(valid, factor)] for factor in factors
        ]

    @staticmethod
    @abstractmethod
    def sample(image: Tensor, factor: int) -> list[Index]:
        """Indices into an image; the level is the mean of what they give."""

    @classmethod
    def sample_mask(cls, image: Tensor, factor: int) -> Index:
        """Index of the pixel that says whether the level's is valid."""
        return cls.sample(image, factor)[0]

    def reduce(self, residual: Tensor) -> list[Tensor]:
        return [
            _mean([residual[index] for index in indices])
            for indices in self.samples
        ]

    def adjoint(self, grads: list[Tensor]) -> Tensor:
        residual_grad = grads[0].new_zeros(self.shape)
        for indices, grad in zip(self.samples, grads):
            share = grad / len(indices) if len(indices) > 1 else grad
            for index in indices:
                residual_grad[index] += share
        return residual_grad


class StridePyramid(SampledPyramid):
    """Every ``factor``-th pixel; sizes are rounded up."""

    @staticmethod
    def sample(image: Tensor, factor: int) -> list[Index]:
        return [(..., slice(None, None, factor), slice(None, None, factor))]


class NearestPyramid(SampledPyramid):
    """Nearest resize to ``size // factor``, as ``F.interpolate`` does."""

    @staticmethod
    def sample(image: Tensor, factor: int) -> list[Index]:
        rows, cols = (
            torch.arange(size // factor, device=image.device) * size //
            max(size // factor, 1) for size in image.shape[-2:])
        return [(..., rows[:, None], cols)]


class BilinearPyramid(SampledPyramid):
    """Bilinear resize by ``1 / factor`` without antialiasing, mask by nearest.

    A bilinear sample at half-pixel centres of an even factor falls in the
    middle of a block's four central pixels, and is their mean. Sizes are
    rounded down.
    """

    @classmethod
    def check_factors(cls, factors: tuple[int, ...]) -> None:
        odd = [factor for factor in factors if factor > 1 and factor % 2]
        if odd:
            raise ValueError(
                f'the bilinear pyramid needs even factors, got {odd[0]}')

    @staticmethod
    def sample(image: Tensor, factor: int) -> list[Index]:
        starts = [factor // 2 - 1, factor // 2] if factor > 1 else [0]
        rows, cols = ([_every(factor, start, size) for start in starts]
                      for size in image.shape[-2:])
        return [(..., row, col) for row in rows for col in cols]

    @classmethod
    def sample_mask(cls, image: Tensor, factor: int) -> Index:
        rows, cols = (_every(factor, 0, size) for size in image.shape[-2:])
        return ..., rows, cols


class ValidMeanPyramid(Pyramid):
    """Each level smooths and halves the one before, over valid pixels only.

    A pixel is the weighted mean of those of its window that are valid, and
    valid where there is one. So prediction and target have one support, and
    a constant residual stays that constant. Sizes are rounded up.
    """

    taps: ClassVar[tuple[float, ...]]
    """Weights of the window, along each axis."""

    before: ClassVar[int]
    """Pixels that the window reaches to the left of, and above, its own."""

    def __init__(self, valid: Tensor, factors: tuple[int, ...],
                 dtype: torch.dtype) -> None:
        self.wanted = [factor.bit_length() - 1 for factor in factors]
        self.shapes = [valid.shape]
        self.weights: list[Tensor] = []
        masks = [valid]
        for _ in range(self.wanted[-1]):
            filled = self._halve(masks[-1].to(dtype))
            masks.append(filled > 0)
            # 1 / filled, and 0 where nothing is valid
            self.weights.append(
                F.threshold(filled, 0, math.inf).reciprocal())
            self.shapes.append(filled.shape)
        self.valid = [masks[halvings] for halvings in self.wanted]

    @classmethod
    def check_factors(cls, factors: tuple[int, ...]) -> None:
        for factor in factors:
            if factor & (factor - 1):
                raise ValueError('a pyramid that halves its levels needs '
                                 f'powers of two as factors, got {factor}')

    def reduce(self, residual: Tensor) -> list[Tensor]:
        levels = [residual]
        for weight in self.weights:
            levels.append(self._halve(levels[-1]) * weight)
        return [levels[halvings] for halvings in self.wanted]

    def adjoint(self, grads: list[Tensor]) -> Tensor:
        by_halvings = dict(zip(self.wanted, grads))
        grad = by_halvings[self.wanted[-1]]
        for halvings in range(self.wanted[-1] - 1, -1, -1):
            grad = self._halve_adjoint(grad * self.weights[halvings],
                                       self.shapes[halvings])
            if halvings in by_halvings:
                grad += by_halvings[halvings]
        return grad

    def _halve(self, image: Tensor) -> Tensor:
        for axis in (-2, -1):
            size = image.shape[axis]
            image = F.pad(image, self._padding(axis, size))
            image = _sum([
                tap * view
                for tap, view in self._tapped(image, axis, (size + 1) // 2)
            ])
        return image

    def _halve_adjoint(self, grad: Tensor, shape: torch.Size) -> Tensor:
        for axis in (-1, -2):
            size, half = shape[axis], grad.shape[axis]
            left, right = self.before, self._after(size)
            padded_shape = list(grad.shape)
            padded_shape[axis] = left + size + right
            padded = grad.new_zeros(padded_shape)
            for tap, view in self._tapped(padded, axis, half):
                view.add_(grad, alpha=tap)
            grad = padded.narrow(axis, left, size)
        return grad

    def _after(self, size: int) -> int:
        """Padding behind, so that the last of (size + 1) // 2 windows fits."""
        last = (size + 1) // 2 * 2 - 2
        return max(last - self.before + len(self.taps) - size, 0)

    def _padding(self, axis: int, size: int) -> tuple[int, ...]:
        along = (self.before, self._after(size))
        return along if axis == -1 else (0, 0, *along)

    def _tapped(self, padded: Tensor, axis: int,
                count: int) -> list[tuple[float, Tensor]]:
        """Each tap, and the ``count`` pixels that it is multiplied with."""
        behind = (slice(None), ) * (-1 - axis)
        return [(tap, padded[(..., slice(start, start + 2 * count - 1, 2),
                              *behind)]) for start, tap in enumerate(self.taps)]


class AreaPyramid(ValidMeanPyramid):
    """Mean of the valid pixels of each 2x2 block, again for each level."""

    taps = (0.5, 0.5)
    before = 0


class GaussianPyramid(ValidMeanPyramid):
    """Binomial blur and every second pixel (Burt and Adelson, 1983)."""

    taps = (1 / 16, 4 / 16, 6 / 16, 4 / 16, 1 / 16)
    before = 2


def _every(step: int, start: int, size: int) -> slice:
    """``size // step`` indices from ``start`` on."""
    count = size // step
    return slice(start, start + count * step - step + 1 if count else start,
                 step)


def _sum(maps: list[Tensor]) -> Tensor:
    return functools.reduce(torch.add, maps)


def _mean(maps: list[Tensor]) -> Tensor:
    return maps[0] if len(maps) == 1 else _sum(maps) / len(maps)


PYRAMIDS: dict[str, type[Pyramid]] = {
    'bilinear': BilinearPyramid,
    'nearest': NearestPyramid,
    'stride': StridePyramid,
    'area': AreaPyramid,
    'gaussian': GaussianPyramid,
}

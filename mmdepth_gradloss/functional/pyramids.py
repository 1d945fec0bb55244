"""Downsampling of a residual and its mask.

Each pyramid is linear in the residual, so the pyramid of ``pred - target``
equals the difference of two pyramids.
"""
from __future__ import annotations

import math
from abc import ABCMeta, abstractmethod
from collections.abc import Iterator
from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor

Index = slice | Tensor


class Pyramid(metaclass=ABCMeta):
    """Levels of a mask, and the linear map from a residual to these levels.

    ``valid`` is bool, (N, 1, H, W), and becomes the list of the levels' masks;
    ``factors`` are their downsampling factors, ``dtype`` that of the residual.
    """

    reads_valid: ClassVar[bool] = True
    """Whether a pixel that is valid was made from valid pixels alone."""

    valid: list[Tensor]

    @abstractmethod
    def __init__(self, valid: Tensor, factors: tuple[int, ...],
                 dtype: torch.dtype) -> None:
        ...

    @classmethod
    def check_factors(cls, factors: tuple[int, ...]) -> None:
        """Raise a ValueError if the pyramid cannot have these levels."""

    @abstractmethod
    def reduce(self, residual: Tensor) -> list[Tensor]:
        """Levels, (N, 1, h, w), of a residual (N, 1, H, W) that is 0 where not
        valid. All are copies, except that factor 1 is the residual itself."""

    @abstractmethod
    def adjoint(self, grads: list[Tensor]) -> Tensor:
        """Transpose of :meth:`reduce`, (N, 1, H, W). Overwrites ``grads``, the
        gradients with respect to the levels. The result is undefined where not
        valid."""


class SampledPyramid(Pyramid):
    """A pyramid whose levels are means of single full-size pixels."""

    def __init__(self, valid: Tensor, factors: tuple[int, ...],
                 dtype: torch.dtype) -> None:
        self.shape = valid.shape
        self.factors = factors
        self.samples = [[
            self.sample(size, factor, valid.device) for size in self.shape[-2:]
        ] for factor in factors]
        # contiguous, as they are read several times
        self.valid = [
            self._reduce_mask(valid, factor).contiguous() for factor in factors
        ]

    @staticmethod
    @abstractmethod
    def level_size(size: int, factor: int) -> int:
        """Number of rows or columns of a level."""

    @staticmethod
    def step(size: int, factor: int) -> float:
        """Distance between the pixels of a level, in full-size pixels."""
        return float(factor)

    @staticmethod
    def offsets(factor: int) -> tuple[int, ...]:
        """Offsets of the full-size pixels that a level's pixel averages."""
        return (0, )

    @classmethod
    def sample(cls, size: int, factor: int,
               device: torch.device) -> list[Index]:
        """Rows or columns that the level averages."""
        count = cls.level_size(size, factor)
        return [
            _every(factor, offset, count) for offset in cls.offsets(factor)
        ]

    def reduce(self, residual: Tensor) -> list[Tensor]:
        return [
            residual if factor == 1 else _mean(residual, *axes)
            for factor, axes in zip(self.factors, self.samples)
        ]

    def adjoint(self, grads: list[Tensor]) -> Tensor:
        if grads[0].shape == self.shape:
            residual_grad, *grads = grads
        else:
            residual_grad = grads[0].new_zeros(self.shape)
        for (rows, cols), grad in zip(self.samples[-len(grads):], grads):
            grad /= len(rows) * len(cols)
            wider = grad.new_zeros(*grad.shape[:-1], self.shape[-1])
            for col in cols:
                _add_to(wider, -1, col, grad)
            for row in rows:
                _add_to(residual_grad, -2, row, wider)
        return residual_grad

    def _reduce_mask(self, valid: Tensor, factor: int) -> Tensor:
        for axis in (-2, -1):
            index, *_ = self.sample(valid.shape[axis], factor, valid.device)
            valid = _take(valid, axis, index)
        return valid


class StridePyramid(SampledPyramid):
    """Every ``factor``-th pixel; sizes are rounded up."""

    @staticmethod
    def level_size(size: int, factor: int) -> int:
        return -(-size // factor)


class NearestPyramid(SampledPyramid):
    """Nearest resize to ``size // factor``, like ``F.interpolate``.

    Its indices are products in float32, some of which lie just below the exact
    integer. (For float64 maps, ``F.interpolate`` has several implementations
    that do not always agree.)
    """

    @staticmethod
    def level_size(size: int, factor: int) -> int:
        return size // factor

    @staticmethod
    def step(size: int, factor: int) -> float:
        return size / max(size // factor, 1)

    @classmethod
    def sample(cls, size: int, factor: int,
               device: torch.device) -> list[Index]:
        level = torch.arange(size // factor, dtype=torch.float32,
                             device=device)
        return [(level * cls.step(size, factor)).long()]


class BilinearPyramid(SampledPyramid):
    """Bilinear resize by ``1 / factor`` without antialiasing.

    The mask uses nearest. With half-pixel centres and an even factor, a
    bilinear sample is the mean of the four central pixels of a block. Sizes
    are rounded down.
    """

    reads_valid = False

    @classmethod
    def check_factors(cls, factors: tuple[int, ...]) -> None:
        odd = [factor for factor in factors if factor > 1 and factor % 2]
        if odd:
            raise ValueError(
                f'the bilinear pyramid needs even factors, got {odd[0]}')

    @staticmethod
    def level_size(size: int, factor: int) -> int:
        return size // factor

    @staticmethod
    def offsets(factor: int) -> tuple[int, ...]:
        return (factor // 2 - 1, factor // 2) if factor > 1 else (0, )

    def _reduce_mask(self, valid: Tensor, factor: int) -> Tensor:
        for axis in (-2, -1):
            count = self.level_size(valid.shape[axis], factor)
            valid = _take(valid, axis, _every(factor, 0, count))
        return valid


class ValidMeanPyramid(Pyramid):
    """Each level smooths and halves the previous one, over valid pixels only.

    A pixel is the weighted mean of the valid pixels of its window, and valid
    if there are any. So prediction and target share one support, and a
    constant residual stays constant. Sizes are rounded up.
    """

    taps: ClassVar[tuple[int, ...]]
    """Weights of the window along an axis."""

    before: ClassVar[int]
    """How far the window reaches to the left and above, in pixels."""

    def __init__(self, valid: Tensor, factors: tuple[int, ...],
                 dtype: torch.dtype) -> None:
        self.wanted = [round(math.log2(factor)) for factor in factors]
        self.shapes = [valid.shape]
        self.weights: list[Tensor] = []
        masks = [valid]
        for _ in range(self.wanted[-1]):
            filled = self._halve(masks[-1].view(torch.uint8).to(dtype))
            masks.append(filled > 0)
            # 1 / filled, and 0 where nothing is valid
            self.weights.append(F.threshold(filled, 0, math.inf).reciprocal())
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
        grad = grads[-1]
        for halvings in range(self.wanted[-1] - 1, -1, -1):
            finer = by_halvings.get(halvings)
            if finer is None:
                finer = grad.new_zeros(self.shapes[halvings])
            self._add_halve_adjoint(grad * self.weights[halvings], finer)
            grad = finer
        return grad

    def _halve(self, image: Tensor) -> Tensor:
        """Weighted sum of each pixel's window."""
        for axis in (-2, -1):
            shape = list(image.shape)
            shape[axis] = (shape[axis] + 1) // 2
            half = image.new_zeros(shape)
            for tap, pixels, sums in self._taps(image, half, axis):
                sums.add_(pixels, alpha=tap)
            image = half
        return image

    def _add_halve_adjoint(self, half_grad: Tensor,
                           image_grad: Tensor) -> None:
        """Add the transpose of :meth:`_halve` to ``image_grad``."""
        wider = half_grad.new_zeros(*half_grad.shape[:-1],
                                    image_grad.shape[-1])
        for axis, half, image in ((-1, half_grad, wider), (-2, wider,
                                                           image_grad)):
            for tap, pixels, sums in self._taps(image, half, axis):
                pixels.add_(sums, alpha=tap)

    def _taps(self, image: Tensor, half: Tensor,
              axis: int) -> Iterator[tuple[int, Tensor, Tensor]]:
        """Each tap with the pixels it reads and the sums it adds to."""
        for position, tap in enumerate(self.taps):
            offset = position - self.before
            skipped = max(1 - offset, 0) // 2  # windows that begin outside
            start = 2 * skipped + offset
            count = max(
                min((image.shape[axis] - start + 1) // 2,
                    half.shape[axis] - skipped), 0)
            yield (tap, _take(image, axis, slice(start, start + 2 * count, 2)),
                   _take(half, axis, slice(skipped, skipped + count)))


class AreaPyramid(ValidMeanPyramid):
    """Mean of the valid pixels of each 2x2 block, repeated for each level."""

    taps = (1, 1)
    before = 0


class GaussianPyramid(ValidMeanPyramid):
    """Binomial blur and every second pixel (Burt and Adelson, 1983)."""

    taps = (1, 4, 6, 4, 1)
    before = 2


def _every(step: int, start: int, count: int) -> slice:
    return slice(start, start + (count - 1) * step + 1 if count else start,
                 step)


def _mean(image: Tensor, rows: list[Index], cols: list[Index]) -> Tensor:
    """Mean over pairs of a row and a column index, as a copy."""
    level = _sum(_sum(image, -2, rows), -1, cols)
    if len(rows) > 1:
        return level.div_(len(rows) * len(cols))
    is_view = isinstance(rows[0], slice)
    return level.clone(
        memory_format=torch.contiguous_format) if is_view else level


def _sum(image: Tensor, axis: int, indices: list[Index]) -> Tensor:
    total = _take(image, axis, indices[0])
    for index in indices[1:]:
        total = total + _take(image, axis, index)
    return total


def _take(image: Tensor, axis: int, index: Index) -> Tensor:
    return image[..., index, :] if axis == -2 else image[..., index]


def _add_to(image: Tensor, axis: int, index: Index, values: Tensor) -> None:
    if isinstance(index, slice):
        _take(image, axis, index).add_(values)
    else:
        image.index_add_(axis, index, values)


PYRAMIDS: dict[str, type[Pyramid]] = {
    'bilinear': BilinearPyramid,
    'nearest': NearestPyramid,
    'stride': StridePyramid,
    'area': AreaPyramid,
    'gaussian': GaussianPyramid,
}

"""Multi-scale gradient loss and its gradient in one pass, in Triton."""
from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from . import triton_kernels as kernels
from .gradient_formula import GradientFormula
from .normalizers import NORMALIZERS
from .operators import OPERATORS, Kernel, Stencil, stencil_size
from .pyramids import PYRAMIDS, SampledPyramid, ValidMeanPyramid
from .reduction_weights import sum_over_processes

PIXELS = 1024
"""Pixels per program in elementwise kernels."""

TILE = (8, 32)
"""Rows and columns per program in kernels that read neighbours."""

Taps = tuple[tuple[int, int, float], ...]


class Map(NamedTuple):
    """A map of the pyramid, including the full size.

    ``source`` is the index of the map that it is reduced from, ``steps`` are
    rows and columns of that per pixel, ``first`` is the offset at which a
    pixel's window begins. ``is_level``: it contributes to the loss.
    """
    height: int
    width: int
    source: int = 0
    steps: tuple[float, float] = (1.0, 1.0)
    first: int = 0
    is_level: bool = True

    @property
    def tiles(self) -> int:
        rows, cols = TILE
        return math.ceil(self.height / rows) * math.ceil(self.width / cols)


def loss_and_gradient(pred: Tensor, target: Tensor, valid: Tensor,
                      weight: Tensor | None, formula: GradientFormula,
                      reduction: str,
                      over_processes: bool) -> tuple[Tensor, Tensor]:
    """Loss and gradient, as :func:`.fused_gradient.loss_and_gradient`.

    Three kinds of kernels compute residual and pyramid from fine to coarse,
    then counts of windows, then loss and gradient from coarse to fine. Counts
    stay on the device.
    """
    maps = pyramid_maps(formula.pyramid, formula.factors, *pred.shape[-2:])
    pred, target, valid = (x.contiguous() for x in (pred, target, valid))
    # kernels go to the current GPU, which need not be that of the maps
    with torch.cuda.device_of(pred):
        residuals, masks = _reduce(pred, target, valid, formula, maps)
        counts = _count(masks, formula, maps)
        numerator = 1.0
        if formula.batch_reduction == 'image':
            if reduction == 'mean':
                numerator /= max(len(pred), 1)
        elif over_processes:
            counts, numerator = sum_over_processes(counts)
        losses, grad = _differentiate(pred, residuals, masks, counts, weight,
                                      numerator, formula, maps)
    return losses.sum(1) if reduction == 'none' else losses.sum(), grad


def launch(kernel: Any, tiles: int, images: int, *args: Any,
           **constants: Any) -> None:
    """Run a kernel on all tiles of all images, if there are any."""
    if tiles and images:
        kernel[(tiles, images)](*args, **constants)


def launch_residual(pred: Tensor, target: Tensor, valid: Tensor,
                    domain: str) -> Tensor:
    """Difference of both maps in a domain; ``valid`` is uint8."""
    residual = torch.empty_like(pred)
    launch(kernels.residual_kernel, math.ceil(pred.numel() / PIXELS), 1, pred,
           target, valid, residual, pred.numel(), DOMAIN=domain, BLOCK=PIXELS)
    return residual


@functools.lru_cache
def pyramid_maps(pyramid: str, factors: tuple[int, ...], height: int,
                 width: int) -> list[Map]:
    """The full size and all non-empty levels, each after its source."""
    kind = PYRAMIDS[pyramid]
    maps = [Map(height, width, is_level=1 in factors)]
    if issubclass(kind, ValidMeanPyramid):
        for i in range(round(math.log2(factors[-1]))):
            maps.append(
                Map((maps[-1].height + 1) // 2, (maps[-1].width + 1) // 2, i,
                    (2.0, 2.0), -kind.before, 2**(i + 1) in factors))
    else:
        assert issubclass(kind, SampledPyramid)
        for factor in factors:
            if factor > 1:
                maps.append(
                    Map(
                        kind.level_size(height, factor),
                        kind.level_size(width, factor),
                        steps=(kind.step(height, factor),
                               kind.step(width, factor)),
                        first=kind.offsets(factor)[0]))
    return [x for i, x in enumerate(maps) if i == 0 or x.tiles]


def _reduce(pred: Tensor, target: Tensor, valid: Tensor,
            formula: GradientFormula,
            maps: list[Map]) -> tuple[list[Tensor], list[Tensor]]:
    """Residuals and masks of all maps."""
    masks = [valid.view(torch.uint8)]
    residuals = [launch_residual(pred, target, masks[0], formula.domain)]
    taps, over_valid = window_taps(formula)
    for x in maps[1:]:
        source, source_mask = residuals[x.source], masks[x.source]
        shape = (len(pred), 1, x.height, x.width)
        residuals.append(pred.new_empty(shape))
        masks.append((pred if over_valid else masks[0]).new_empty(shape))
        launch(kernels.reduce_kernel, x.tiles, len(pred), source, source_mask,
               *source.shape[-2:], residuals[-1], masks[-1], x.height, x.width,
               *x.steps, FIRST=x.first, TAPS=taps, OVER_VALID=over_valid,
               **_tile_constants())
    return residuals, masks


def _count(masks: list[Tensor], formula: GradientFormula,
           maps: list[Map]) -> Tensor:
    """Windows and valid pixels, (N or 1, maps, stencils + 1), int32."""
    stencils = flat_stencils(formula.operator)
    per_image = formula.batch_reduction == 'image'
    num_images = len(masks[0])
    shape = (num_images if per_image else 1, len(maps), len(stencils) + 1)
    counts = torch.zeros(shape, dtype=torch.int32, device=masks[0].device)
    launch(kernels.count_kernel, maps[0].tiles, num_images, tuple(masks),
           tuple(x.height for x in maps), tuple(x.width for x in maps), counts,
           STENCILS=stencils, POLICY=formula.mask_policy, PER_IMAGE=per_image,
           **_tile_constants())
    return counts


def _differentiate(pred: Tensor, residuals: list[Tensor], masks: list[Tensor],
                   counts: Tensor, weight: Tensor | None, numerator: float,
                   formula: GradientFormula,
                   maps: list[Map]) -> tuple[Tensor, Tensor]:
    """Losses of all tiles, (N, tiles), and the gradient."""
    constants = formula_constants(formula, maps)
    tiles = [x.tiles if x.is_level else 0 for x in maps]
    losses = pred.new_empty(len(pred), sum(tiles))
    grads = [torch.empty_like(x) for x in residuals]
    if weight is not None:
        weight = weight.to(pred.dtype).contiguous()
    for i in reversed(range(len(maps))):
        children = [j for j, x in enumerate(maps) if j and x.source == i]
        x = maps[i]
        launch(kernels.level_kernel, x.tiles, len(pred),
               residuals[i], masks[i], x.height, x.width, i, counts, weight,
               float(numerator), losses[:, sum(tiles[:i]):], losses.shape[1],
               grads[i], None if i or formula.domain == 'linear' else pred,
               *_as_arguments(maps, grads, children),
               FIRSTS=tuple(maps[j].first for j in children),
               STENCILS=flat_stencils(formula.operator) if x.is_level else (),
               FULL=i == 0, **constants)
    return losses, grads[0]


def _as_arguments(maps: list[Map], grads: list[Tensor],
                  numbers: list[int]) -> list[tuple]:
    rows = [(grads[j], maps[j].height, maps[j].width, *maps[j].steps)
            for j in numbers]
    return list(zip(*rows)) if rows else [()] * 5


def formula_constants(formula: GradientFormula,
                      maps: list[Map]) -> dict[str, Any]:
    """Constants of a formula for :func:`triton_kernels.level_kernel`."""
    used = tuple(i for i, x in enumerate(maps) if x.is_level)
    return dict(
        TAPS=window_taps(formula)[0], POLICY=formula.mask_policy,
        PENALTY=formula.penalty, DOMAIN=formula.domain,
        NORMALIZER=formula.normalizer, EPS=NORMALIZERS[formula.normalizer].eps,
        USED=used if formula.level_reduction == 'mean' else (), MAPS=len(maps),
        WINDOWS=len(OPERATORS[formula.operator]),
        PER_IMAGE=formula.batch_reduction == 'image', **_tile_constants())


def window_taps(formula: GradientFormula) -> tuple[tuple[float, ...], bool]:
    """Weights of a level's window along an axis, and whether to normalise them
    by those of valid pixels."""
    kind = PYRAMIDS[formula.pyramid]
    if issubclass(kind, ValidMeanPyramid):
        return tuple(map(float, kind.taps)), True
    assert issubclass(kind, SampledPyramid)
    count = len(kind.offsets(formula.factors[-1]))
    return (1 / count, ) * count, False


@functools.lru_cache
def flat_stencils(operator: str) -> tuple[tuple[float, ...], ...]:
    """Stencils of an operator in the format of the kernels."""
    return tuple((*stencil_size(stencil), *itertools.chain(*_taps(stencil)))
                 for stencil in OPERATORS[operator])


def _taps(stencil: Stencil) -> Taps:
    """Successive kernels combined to one, as (row, column, weight)."""
    taps = {(0, 0): 1.0}
    for kernel in stencil:
        product: dict[tuple[int, int], float] = {}
        for (y, x), tap in taps.items():
            for row, col, weight in _nonzero(kernel):
                at = (y + row, x + col)
                product[at] = product.get(at, 0.0) + tap * weight
        taps = product
    return tuple((*at, tap) for at, tap in taps.items())


def _nonzero(kernel: Kernel) -> Sequence[tuple[int, int, float]]:
    return [(row, col, weight) for row, weights in enumerate(kernel)
            for col, weight in enumerate(weights) if weight]


def _tile_constants() -> dict[str, int]:
    rows, cols = TILE
    # two pixels a thread, so that a neighbourhood fits into the registers
    return dict(BLOCK_Y=rows, BLOCK_X=cols, num_warps=4)

"""One picture that shows how a predicted depth map differs from the truth."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from ..functional.lookup import lookup
from .colors import colorize, value_range
from .depth_pyramid import gradient_magnitude, reduce_map
from .figure import WIDTH
from .layout import Cell, ColorBar, draw_grid
from .map_cells import edge_cell, map_cell

_DEPTH_COLORS = 'turbo_r'
_ERROR_COLORS = 'inferno'
_GRADIENT_COLORS = 'magma'
_COLUMNS = 4

MapFunction = Callable[[np.ndarray], np.ndarray]
ErrorFunction = Callable[[np.ndarray, np.ndarray], np.ndarray]

DOMAINS: dict[str, tuple[MapFunction, str]] = {
    'linear': (lambda depth: depth, 'm/px'),
    'log': (np.log, '/px'),
}
"""What gradients are taken of, and their unit."""

ERRORS: dict[str, tuple[ErrorFunction, str, str]] = {
    'abs': (lambda pred, target: np.abs(pred - target), 'absolute error',
            ' m'),
    'abs_rel': (lambda pred, target: np.abs(pred - target) / target,
                'absolute relative error', ''),
}
"""Error maps with their titles and units."""


@dataclass(frozen=True)
class PanelOptions:
    """What a panel shows.

    Args:
        levels (tuple[int, ...]): Pyramid levels whose edges and gradients
            are drawn, a row each. Level i has 1 / 2^i of the resolution.
        error (str): 'abs_rel' or 'abs' (metres).
        max_error (float, optional): End of the error's colour scale. By
            default the 95th percentile of the image's errors; a fixed value
            makes panels comparable over time.
        domain (str): Gradients of 'log' or 'linear' depth.
        edge_ratio (float): Neighbouring pixels whose depths differ by more
            than this factor form a depth edge.
        width (int): Width of the panel in pixels.

    Raises:
        ValueError: If a value is out of range or unknown.
    """
    levels: tuple[int, ...] = (0, 2)
    error: str = 'abs_rel'
    max_error: float | None = None
    domain: str = 'log'
    edge_ratio: float = 1.1
    width: int = WIDTH

    def __post_init__(self) -> None:
        if not all(isinstance(i, int) and i >= 0 for i in self.levels):
            raise ValueError('levels must be integers from 0, got '
                             f'{self.levels!r}')
        lookup('error', self.error, ERRORS)
        lookup('domain', self.domain, DOMAINS)
        if self.max_error is not None and not self.max_error > 0:
            raise ValueError('max_error must be positive, got '
                             f'{self.max_error!r}')
        if not self.edge_ratio > 1:
            raise ValueError('edge_ratio must be above 1, got '
                             f'{self.edge_ratio!r}')
        if not self.width >= 400:
            raise ValueError('width must be at least 400 pixels, got '
                             f'{self.width!r}')


def draw_depth_panel(image: np.ndarray,
                     target: np.ndarray,
                     pred: np.ndarray,
                     valid: np.ndarray,
                     title: str = '',
                     options: PanelOptions = PanelOptions()) -> np.ndarray:
    """Compare a predicted depth map with the ground truth.

    First row: image, ground truth, prediction, error. Then for each pyramid
    level: depth edges found, missed and false; gradients of ground truth, of
    the prediction, and of their difference (what a gradient loss sees).
    Ground truth and prediction share one colour scale throughout; pixels
    without a value are grey.

    Args:
        image (np.ndarray): (h, w, 3) uint8, RGB; resized to the depth map's
            size.
        target (np.ndarray): (H, W) ground truth in metres.
        pred (np.ndarray): (H, W) predicted depth in metres.
        valid (np.ndarray): (H, W) bool; where the ground truth counts.
        title (str): Heading.
        options (PanelOptions): What to show.

    Returns:
        np.ndarray: (height, width, 3) uint8, RGB.

    Raises:
        ValueError: If the maps' shapes differ or a level leaves less than
            3x3 pixels.
    """
    if not target.shape == pred.shape == valid.shape or target.ndim != 2:
        raise ValueError('target, pred and valid must be maps of one (H, W), '
                         f'got {target.shape}, {pred.shape}, {valid.shape}')
    maps = _Maps(target, pred, valid)
    rows = [_depth_row(image, maps, options)]
    rows += [_level_row(maps, level, options) for level in options.levels]
    return draw_grid(rows, title, _summary(maps), options.width)


class _Maps:
    """Ground truth and prediction with their masks."""

    def __init__(self, target: np.ndarray, pred: np.ndarray,
                 valid: np.ndarray):
        # The square of a diverged prediction overflows float32.
        self.target = target.astype(float)
        self.pred = pred.astype(float)
        self.valid = valid
        self.usable = np.isfinite(pred) & (pred > 0)
        self.both = valid & self.usable


def _summary(maps: _Maps) -> str:
    measured = f'{maps.valid.mean():.1%} of pixels measured'
    if not maps.both.any():
        return measured
    target, pred = maps.target[maps.both], maps.pred[maps.both]
    abs_rel = np.mean(np.abs(pred - target) / target)
    rmse = np.sqrt(np.mean((pred - target)**2))
    return f'AbsRel {abs_rel:.3f}    RMSE {rmse:.3f} m    {measured}'


def _depth_row(image: np.ndarray, maps: _Maps,
               options: PanelOptions) -> list[Cell]:
    height, width = maps.target.shape
    low, high = value_range(maps.target, maps.valid)
    if not maps.valid.any():
        low, high = value_range(maps.pred, maps.usable)
    depth_bar = ColorBar(_DEPTH_COLORS, f'{low:.2f} m', f'{high:.2f} m')

    error_of, error_title, unit = ERRORS[options.error]
    error = np.zeros(maps.target.shape)
    error[maps.both] = error_of(maps.pred[maps.both], maps.target[maps.both])
    top = options.max_error or value_range(error, maps.both, high=95)[1]

    unusable = int((~maps.usable).sum())
    pred_title = 'prediction'
    if unusable:
        pred_title += f', {unusable} pixels unusable'
    error_bar = ColorBar(_ERROR_COLORS, f'0{unit}', f'{top:.2g}{unit}')
    size = _COLUMNS, options.width
    return [
        Cell('image', cv2.resize(image, (width, height))),
        map_cell('ground truth', maps.target, maps.valid, (low, high),
                 depth_bar, *size),
        Cell(pred_title,
             colorize(maps.pred, maps.usable, low, high, _DEPTH_COLORS),
             depth_bar),
        map_cell(error_title, error, maps.both, (0, top), error_bar, *size),
    ]


def _level_row(maps: _Maps, level: int, options: PanelOptions) -> list[Cell]:
    to_domain, unit = DOMAINS[options.domain]

    def transformed(depth: np.ndarray, mask: np.ndarray) -> np.ndarray:
        return to_domain(np.where(mask, depth, 1))

    target = transformed(maps.target, maps.valid)
    pred = transformed(maps.pred, maps.usable)
    gradients = [
        gradient_magnitude(*reduce_map(values, mask, level))
        for values, mask in ((target, maps.valid), (pred, maps.usable),
                             (pred - target, maps.both))
    ]
    # Ground truth often has its holes just where its edges are, so that its
    # own range would leave the prediction's edges beyond the scale.
    top = max((value_range(*gradient)[1]
               for gradient in gradients[:2] if gradient[1].any()),
              default=1.0)
    bar = ColorBar(_GRADIENT_COLORS, '0', f'{top:.2g} {unit}')
    symbol = 'log d' if options.domain == 'log' else 'd'
    cells = [_edge_cell(maps, level, options)]
    names = 'ground truth', 'prediction', 'difference'
    for name, (values, known) in zip(names, gradients):
        cells.append(
            Cell(
                f'gradient of {symbol}, {name}, {_scale(level)}',
                colorize(values, known, 0, top, _GRADIENT_COLORS), bar,
                '' if known.any() else 'no 3x3 window is complete'))
    return cells


def _edge_cell(maps: _Maps, level: int, options: PanelOptions) -> Cell:
    target, valid = reduce_map(maps.target, maps.both, level)
    pred, _ = reduce_map(maps.pred, maps.both, level)
    return edge_cell(f'depth edges, {_scale(level)}', target, pred, valid,
                     options.edge_ratio, _COLUMNS, options.width)


def _scale(level: int) -> str:
    return 'full size' if level == 0 else f'1/{2**level}'

"""Comparison of a predicted depth map with the ground truth in one picture."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
import torch

from ..evaluation.depth_error import depth_error
from ..functional.checks import check_valid_range
from ..functional.lookup import lookup
from .colors import colorize, value_range
from .depth_edges import boundary_f1
from .depth_pyramid import gradient_magnitude, reduce_map
from .edge_detail import edge_detail
from .figure import WIDTH
from .layout import Cell, ColorBar, draw_grid
from .map_cells import edge_cell, map_cell

_ERROR_COLORS = 'inferno'
_GRADIENT_COLORS = 'magma'
_CHANGE_COLORS = 'RdBu_r'
_COLUMNS = 4

MapFunction = Callable[[np.ndarray], np.ndarray]
ErrorFunction = Callable[[np.ndarray, np.ndarray], np.ndarray]

DOMAINS: dict[str, tuple[MapFunction, str]] = {
    'linear': (lambda depth: depth, 'm/px'),
    'log': (np.log, '/px'),
}
"""Domain of gradients, and their unit."""

ERRORS: dict[str, tuple[ErrorFunction, str, str]] = {
    'abs': (lambda pred, target: np.abs(pred - target), 'absolute error',
            ' m'),
    'abs_rel': (lambda pred, target: np.abs(pred - target) / target,
                'absolute relative error', ''),
}
"""Error maps with their titles and units."""


@dataclass(frozen=True)
class PanelOptions:
    """Content of a panel; arguments as in :class:`DepthVisualizationHook`.

    Raises:
        ValueError: If a value is out of range or unknown.
    """
    levels: tuple[int, ...] = (0, 2)
    error: str = 'abs_rel'
    max_error: float | None = None
    domain: str = 'log'
    edge_ratio: float = 1.1
    width: int = WIDTH
    min_depth: float | None = None
    max_depth: float | None = None

    def __post_init__(self) -> None:
        check_valid_range(self.min_depth, self.max_depth)
        lookup('error', self.error, ERRORS)
        lookup('domain', self.domain, DOMAINS)
        levels_hold = all(isinstance(i, int) and i >= 0 for i in self.levels)
        error_holds = self.max_error is None or self.max_error > 0
        for name, expected, holds in (
                ('levels', 'integers from 0', levels_hold),
                ('max_error', 'positive', error_holds),
                ('edge_ratio', 'above 1', self.edge_ratio > 1),
                ('width', 'at least 400 pixels', self.width >= 400)):
            if not holds:
                raise ValueError(f'{name} must be {expected}, got '
                                 f'{getattr(self, name)!r}')


def draw_depth_panel(image: np.ndarray, target: np.ndarray, pred: np.ndarray,
                     valid: np.ndarray, title: str = '',
                     options: PanelOptions = PanelOptions(),
                     reference: np.ndarray | None = None) -> np.ndarray:
    """Compare a predicted depth map with the ground truth.

    First row: image, ground truth, prediction, error. With a reference, a row
    of its prediction, error and depth edges, and of where the error changed.
    Then for each pyramid level: depth edges found, missed and false;
    gradients of ground truth, of the prediction, and of their difference
    (what a gradient loss sees). Last, where the ground truth has a gradient,
    a detail around the strongest one: image, ground truth, prediction, and
    the depths along a line across it. All depths share one colour scale;
    pixels without a value are grey.

    Args:
        image: (h, w, 3) uint8, RGB; resized to the depth map's size.
        target, pred: (H, W) ground truth and prediction in metres.
        valid: (H, W) bool; where the ground truth counts.
        title: Heading.
        options: What to show.
        reference: (H, W) depth that another network predicts, in metres.

    Returns:
        (height, width, 3) uint8, RGB.

    Raises:
        ValueError: If the maps' shapes differ or a level has less than 3x3
            pixels.
    """
    maps = _Maps.of(target, pred, valid)
    curves = {
        'truth': (maps.target, valid),
        'prediction': (maps.pred, maps.usable)
    }
    scales = _Scales.of(maps, options)
    rows = [_depth_row(image, maps, scales, options)]
    if reference is not None:
        other = _Maps.of(target, reference, valid)
        curves['reference'] = other.pred, other.usable
        rows.append(_reference_row(maps, other, scales, options))
    rows += [_level_row(maps, i, options) for i in options.levels]
    rows += edge_detail(rows[0][:3], curves, options.width)
    summary = [
        *_scores(maps, options), f'{valid.mean():.1%} of pixels measured'
    ]
    return draw_grid(rows, title, '    '.join(summary), options.width)


class _Maps(NamedTuple):
    """Ground truth and prediction, with usable pixels of each and both."""
    target: np.ndarray
    pred: np.ndarray
    valid: np.ndarray
    usable: np.ndarray
    both: np.ndarray

    @classmethod
    def of(cls, target: np.ndarray, pred: np.ndarray,
           valid: np.ndarray) -> _Maps:
        if not target.shape == pred.shape == valid.shape or target.ndim != 2:
            raise ValueError(
                'target, prediction and valid must be maps of one (H, W), got '
                f'{target.shape}, {pred.shape}, {valid.shape}')
        usable = np.isfinite(pred) & (pred > 0)
        # The square of a diverged prediction overflows float32.
        return cls(target.astype(float), pred.astype(float), valid, usable,
                   valid & usable)


def _scores(maps: _Maps, options: PanelOptions) -> list[str]:
    """Errors and boundary F1 as in the metrics; NaN if a prediction is not
    finite at a valid pixel."""
    scores = []
    if maps.valid.any():
        pred, target, valid = map(
            torch.from_numpy, (maps.pred, maps.target, maps.valid))
        errors = depth_error(pred, target, valid, options.min_depth,
                             options.max_depth)
        scores += [f'AbsRel {float(errors["abs_rel"]):.3f}',
                   f'RMSE {float(errors["rmse"]):.3f} m']
    f1 = boundary_f1(maps.target, maps.pred, maps.valid)
    if np.isfinite(f1):
        scores.append(f'boundary F1 {f1:.3f}')
    return scores


class _Scales(NamedTuple):
    """Colour scales that all depth maps and errors of a panel share."""
    depth: tuple[float, float]
    error: float

    @classmethod
    def of(cls, maps: _Maps, options: PanelOptions) -> _Scales:
        shown = ((maps.target, maps.valid) if maps.valid.any() else
                 (maps.pred, maps.usable))
        top = value_range(_error(maps, options), maps.both, high=95)[1]
        return cls(value_range(*shown), options.max_error or top)


def _error(maps: _Maps, options: PanelOptions) -> np.ndarray:
    """Error map, 0 where unknown."""
    error_of, *_ = ERRORS[options.error]
    error = np.zeros(maps.target.shape)
    error[maps.both] = error_of(maps.pred[maps.both], maps.target[maps.both])
    return error


def _depth_row(image: np.ndarray, maps: _Maps, scales: _Scales,
               options: PanelOptions) -> list[Cell]:
    truth = map_cell('ground truth', maps.target, maps.valid, scales.depth,
                     _depth_bar(scales), _COLUMNS, options.width)
    return [Cell('image', cv2.resize(image, maps.target.shape[::-1])), truth,
            *_prediction_cells('', maps, scales, options)]


def _reference_row(maps: _Maps, other: _Maps, scales: _Scales,
                   options: PanelOptions) -> list[Cell]:
    """Edges of the reference, where the error changed, its depth and error."""
    end = f'{scales.error:.2g}{ERRORS[options.error][2]}'
    size = _COLUMNS, options.width
    return [
        edge_cell('reference: depth edges', other.target, other.pred,
                  other.both, options.edge_ratio, *size),
        map_cell('error against the reference',
                 _error(maps, options) - _error(other, options),
                 maps.both & other.both, (-scales.error, scales.error),
                 ColorBar(_CHANGE_COLORS, f'-{end}, better', f'+{end}, worse'),
                 *size),
        *_prediction_cells('reference: ', other, scales, options)
    ]


def _prediction_cells(prefix: str, maps: _Maps, scales: _Scales,
                      options: PanelOptions) -> list[Cell]:
    """Prediction and error."""
    _, title, unit = ERRORS[options.error]
    unusable = np.count_nonzero(~maps.usable)
    note = f', {unusable} pixels unusable' if unusable else ''
    bar = _depth_bar(scales)
    return [
        Cell(f'{prefix}prediction{note}',
             colorize(maps.pred, maps.usable, *scales.depth, bar.colormap),
             bar),
        map_cell(f'{prefix}{title}', _error(maps, options), maps.both,
                 (0, scales.error),
                 ColorBar(_ERROR_COLORS, f'0{unit}',
                          f'{scales.error:.2g}{unit}'), _COLUMNS,
                 options.width)
    ]


def _depth_bar(scales: _Scales) -> ColorBar:
    return ColorBar('turbo_r', *map('{:.2f} m'.format, scales.depth))


def _level_row(maps: _Maps, level: int, options: PanelOptions) -> list[Cell]:
    to_domain, unit = DOMAINS[options.domain]
    target = to_domain(np.where(maps.valid, maps.target, 1))
    pred = to_domain(np.where(maps.usable, maps.pred, 1))
    gradients = [
        gradient_magnitude(*reduce_map(values, mask, level))
        for values, mask in ((target, maps.valid), (pred, maps.usable),
                             (pred - target, maps.both))
    ]
    # Ground truth often has holes at its edges, so its range alone would put
    # the prediction's edges beyond the scale.
    top = max((value_range(*gradient)[1]
               for gradient in gradients[:2] if gradient[1].any()),
              default=1.0)
    bar = ColorBar(_GRADIENT_COLORS, '0', f'{top:.2g} {unit}')
    scale = 'full size' if level == 0 else f'1/{2**level}'
    both_target, both = reduce_map(maps.target, maps.both, level)
    both_pred, _ = reduce_map(maps.pred, maps.both, level)
    symbol = 'log d' if options.domain == 'log' else 'd'
    return [
        edge_cell(f'depth edges, {scale}', both_target, both_pred, both,
                  options.edge_ratio, _COLUMNS, options.width),
        *(Cell(f'gradient of {symbol}, {name}, {scale}',
               colorize(values, known, 0, top, _GRADIENT_COLORS), bar,
               '' if known.any() else 'no 3x3 window is complete')
          for name, (values, known) in zip(
              ('ground truth', 'prediction', 'difference'), gradients))
    ]

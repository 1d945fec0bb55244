"""Pictures that compare the depth maps of several models."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np

from ...visualization.colors import colorize, value_range
from ...visualization.depth_edges import (EDGE_COLORS, FALSE, FOUND, MISSED,
                                          color_edges, compare_edges)
from ...visualization.layout import (Cell, ColorBar, Legend, cell_width,
                                     draw_grid)
from ...visualization.sparse_points import enlarge_points
from .wording import shorten

EDGE_RATIO = 1.1
"""Neighbouring pixels whose depths differ by more than this factor form an
edge."""

_DEPTH_COLORS = 'turbo_r'
_ERROR_COLORS = 'inferno'
_FRAME_COLOR = (255, 255, 255)
_CROP = 0.55
"""Side of the cut-out, as a part of the image's."""
_NAMED_COLUMNS = 4
"""Columns up to which a legend has room for words."""
_SPARSE = 0.2
"""Share of valid pixels below which points are enlarged."""
_CHARACTER = 10
"""Pixels a character of a title takes, at most."""


@dataclass(frozen=True)
class Scene:
    """An image, its true depth and what models predict.

    Args:
        image (np.ndarray): (H, W, 3) uint8, RGB.
        target (np.ndarray): (H, W) metres, 0 where there is no truth.
        preds (Mapping[str, np.ndarray]): (H, W) metres by the model's name.
    """
    image: np.ndarray
    target: np.ndarray
    preds: Mapping[str, np.ndarray]

    @property
    def valid(self) -> np.ndarray:
        """Where there is ground truth."""
        return np.isfinite(self.target) & (self.target > 0)

    def crop(self, rows: slice, columns: slice) -> Scene:
        """The same in a part of the image."""
        return Scene(
            self.image[rows, columns], self.target[rows, columns],
            {name: pred[rows, columns]
             for name, pred in self.preds.items()})


def make_scene(image: np.ndarray, target: np.ndarray,
               preds: Mapping[str, np.ndarray]) -> Scene:
    """Scene from stored arrays; the image takes the depth map's size."""
    height, width = target.shape
    return Scene(
        cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA),
        target.astype(float),
        {name: pred.astype(float)
         for name, pred in preds.items()})


def busiest_crop(scene: Scene) -> tuple[slice, slice]:
    """The part of an image with most edges in the ground truth."""
    edges = _classes(scene, scene.target) == FOUND
    height, width = (max(1, round(_CROP * side)) for side in edges.shape)
    sums = np.pad(edges.astype(int), ((1, 0), (1, 0))).cumsum(0).cumsum(1)
    counts = (
        sums[height:, width:] - sums[:-height, width:] -
        sums[height:, :-width] + sums[:-height, :-width])
    top, left = np.unravel_index(np.argmax(counts), counts.shape)
    return slice(top, top + height), slice(left, left + width)


def edge_f1(scene: Scene, name: str) -> float:
    """F1 of a model's edges, pixel by pixel; NaN without any edge."""
    counts = np.bincount(
        _classes(scene, scene.preds[name]).ravel(), minlength=4)
    total = 2 * counts[FOUND] + counts[MISSED] + counts[FALSE]
    return float(2 * counts[FOUND] / total) if total else float('nan')


def draw_overview(scene: Scene, title: str = '') -> np.ndarray:
    """A cut-out of an image: depth above, edges found and missed below.

    Args:
        scene (Scene): One or two models.
        title (str): Heading.

    Returns:
        np.ndarray: (height, width, 3) uint8, RGB.
    """
    rows, columns = busiest_crop(scene)
    part = scene.crop(rows, columns)
    whole = scene.image.copy()
    thickness = max(1, round(0.008 * whole.shape[1]))
    cv2.rectangle(whole, (columns.start, rows.start),
                  (columns.stop - 1, rows.stop - 1), _FRAME_COLOR, thickness)
    # All pictures of a grid have one aspect; a cut-out's may be a pixel off.
    whole = cv2.resize(
        whole, (4 * part.image.shape[1], 4 * part.image.shape[0]),
        interpolation=cv2.INTER_AREA)
    width = 2 + len(scene.preds)
    grid = [[Cell('cut-out of the image', part.image),
             *_depth_cells(part, width)],
            [Cell('whole image', whole), *_edge_cells(part, width)]]
    return draw_grid(grid, title, _edge_rule())


def draw_scene(scene: Scene, title: str = '') -> np.ndarray:
    """A whole image: depth, edges and errors, one column a model.

    Args:
        scene (Scene): Any number of models.
        title (str): Heading.

    Returns:
        np.ndarray: (height, width, 3) uint8, RGB.
    """
    columns = 1 + len(scene.preds)
    grid = [
        _depth_cells(scene, columns),
        _edge_cells(scene, columns),
        [Cell('image', scene.image), *_error_cells(scene, columns)]
    ]
    return draw_grid(grid, title, _edge_rule())


def _edge_rule() -> str:
    return ('edge: neighbouring depths differ by more than '
            f'{100 * (EDGE_RATIO - 1):.0f} %; white found, orange missed, '
            'blue false')


def _usable(pred: np.ndarray) -> np.ndarray:
    return np.isfinite(pred) & (pred > 0)


def _classes(scene: Scene, pred: np.ndarray) -> np.ndarray:
    return compare_edges(scene.target, pred, scene.valid & _usable(pred),
                         EDGE_RATIO)


def _titles(scene: Scene, columns: int) -> dict[str, str]:
    room = cell_width(columns) / _CHARACTER
    return {name: shorten(name, int(room)) for name in scene.preds}


def _depth_cells(scene: Scene, columns: int) -> list[Cell]:
    low, high = value_range(scene.target, scene.valid)
    bar = ColorBar(_DEPTH_COLORS, f'{low:.2f} m', f'{high:.2f} m')
    titles = _titles(scene, columns)
    truth = colorize(*_visible(scene, scene.target, scene.valid, columns),
                     low, high, _DEPTH_COLORS)
    return [Cell('ground truth', truth, bar)] + [
        Cell(titles[name],
             colorize(pred, _usable(pred), low, high, _DEPTH_COLORS), bar)
        for name, pred in scene.preds.items()
    ]


def _edge_cells(scene: Scene, columns: int) -> list[Cell]:
    thickness = max(1, round(_shrinkage(scene, columns)))
    _, background = _visible(scene, scene.target, scene.valid, columns)
    true_edges = _classes(scene, scene.target)
    legend = Legend([(EDGE_COLORS[FOUND],
                      f'{int((true_edges == FOUND).sum())} pixels')])
    cells = [
        Cell('true edges', color_edges(true_edges, background, thickness),
             legend)
    ]
    titles = _titles(scene, columns)
    for name, pred in scene.preds.items():
        classes = _classes(scene, pred)
        cells.append(
            Cell(titles[name], color_edges(classes, background, thickness),
                 _edge_legend(classes, named=columns <= _NAMED_COLUMNS)))
    return cells


def _edge_legend(classes: np.ndarray, named: bool) -> Legend:
    entries = []
    for kind, name in ((FOUND, 'found '), (MISSED, 'missed '), (FALSE,
                                                                'false ')):
        count = int((classes == kind).sum())
        number = str(count) if count < 1000 else f'{count / 1000:.1f}k'
        entries.append((EDGE_COLORS[kind], name * named + number))
    return Legend(entries)


def _error_cells(scene: Scene, columns: int) -> list[Cell]:
    errors = {}
    for name, pred in scene.preds.items():
        known = scene.valid & _usable(pred)
        error = np.zeros(pred.shape)
        error[known] = np.abs(pred[known] - scene.target[known])
        errors[name] = error, known
    # One scale, that of the first model: its errors are what is to shrink.
    top = value_range(*next(iter(errors.values())), high=95)[1]
    bar = ColorBar(_ERROR_COLORS, '0 m', f'{top:.2g} m')
    cells = []
    for name, (error, known) in errors.items():
        mean = f'{error[known].mean():.2f} m' if known.any() else 'unknown'
        cells.append(
            Cell(f'error, mean {mean}',
                 colorize(*_visible(scene, error, known, columns), 0, top,
                          _ERROR_COLORS), bar))
    return cells


def _visible(scene: Scene, values: np.ndarray, valid: np.ndarray,
             columns: int) -> tuple[np.ndarray, np.ndarray]:
    if valid.mean() >= _SPARSE:
        return values, valid
    return enlarge_points(values, valid,
                          max(1.5, 1.5 * _shrinkage(scene, columns)))


def _shrinkage(scene: Scene, columns: int) -> float:
    """Pixels of the map per pixel of the picture."""
    return scene.target.shape[1] / cell_width(columns)

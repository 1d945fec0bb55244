"""Cells of a grid that show a map, or the edges of two."""
from __future__ import annotations

import numpy as np

from .colors import colorize
from .depth_edges import (EDGE_COLORS, FALSE, FOUND, MISSED, color_edges,
                          compare_edges)
from .figure import WIDTH
from .layout import Cell, ColorBar, Legend, cell_width
from .sparse_points import enlarge_points

_SPARSE = 0.2
"""Share of valid pixels below which points are enlarged."""
_NAMED_COLUMNS = 4
"""Columns up to which a legend has room for words."""


def map_cell(title: str,
             values: np.ndarray,
             valid: np.ndarray,
             limits: tuple[float, float],
             bar: ColorBar,
             columns: int,
             width: int = WIDTH) -> Cell:
    """Cell with a map in colours; points of a sparse one are enlarged.

    Args:
        title (str): Text above the picture.
        values (np.ndarray): (H, W).
        valid (np.ndarray): (H, W) bool.
        limits (tuple[float, float]): Values at the ends of the colour map.
        bar (ColorBar): Colour map, and text for its ends.
        columns (int): Pictures in a row of the grid.
        width (int): Width of the grid in pixels.
    """
    shown = _visible(values, valid, _shrinkage(values, columns, width))
    return Cell(title, colorize(*shown, *limits, bar.colormap), bar)


def edge_cell(title: str,
              target: np.ndarray,
              pred: np.ndarray,
              valid: np.ndarray,
              ratio: float,
              columns: int,
              width: int = WIDTH) -> Cell:
    """Cell with the edges of two depth maps, and how many there are.

    Args:
        title (str): Text above the picture.
        target (np.ndarray): (H, W) metres.
        pred (np.ndarray): (H, W) metres.
        valid (np.ndarray): (H, W) bool; where both maps have a depth.
        ratio (float): See :func:`depth_edges`.
        columns (int): Pictures in a row of the grid.
        width (int): Width of the grid in pixels.
    """
    classes = compare_edges(target, pred, valid, ratio)
    shrinkage = _shrinkage(target, columns, width)
    _, background = _visible(target, valid, shrinkage)
    legend = [(EDGE_COLORS[edge_class],
               name * (columns <= _NAMED_COLUMNS) +
               _count(classes == edge_class))
              for edge_class, name in ((FOUND, 'found '), (MISSED, 'missed '),
                                       (FALSE, 'false '))]
    thickness = max(1, round(shrinkage))
    return Cell(title, color_edges(classes, background, thickness),
                Legend(legend))


def _visible(values: np.ndarray, valid: np.ndarray,
             shrinkage: float) -> tuple[np.ndarray, np.ndarray]:
    if valid.mean() >= _SPARSE:
        return values, valid
    return enlarge_points(values, valid, max(1.5, 1.5 * shrinkage))


def _shrinkage(values: np.ndarray, columns: int, width: int) -> float:
    """Pixels of the map per pixel of the picture."""
    return values.shape[1] / cell_width(columns, width)


def _count(mask: np.ndarray) -> str:
    """Number of pixels, short enough for a legend."""
    number = int(mask.sum())
    return str(number) if number < 1000 else f'{number / 1000:.1f}k'

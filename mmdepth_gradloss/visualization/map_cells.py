"""Cells of a grid with a map, or the edges of two."""
from __future__ import annotations

import cv2
import numpy as np

from .colors import colorize
from .depth_edges import (EDGE_COLORS, FALSE, FOUND, MISSED, color_edges,
                          compare_edges)
from .figure import WIDTH
from .layout import Cell, ColorBar, Legend, cell_width

_SPARSE = 0.2
"""Share of valid pixels below which points are enlarged."""
_NAMED_COLUMNS = 4
"""Largest number of columns whose legends have room for words."""


def map_cell(title: str, values: np.ndarray, valid: np.ndarray,
             limits: tuple[float, float], bar: ColorBar, columns: int,
             width: int = WIDTH) -> Cell:
    """Cell with a map (H, W) in colours; points of a sparse one are enlarged.
    ``limits`` are the values at the ends of ``bar``. The grid has ``columns``
    columns and is ``width`` pixels wide."""
    shrinkage = values.shape[1] / cell_width(columns, width)
    shown = _visible(values, valid, shrinkage)
    return Cell(title, colorize(*shown, *limits, bar.colormap), bar)


def edge_cell(title: str, target: np.ndarray, pred: np.ndarray,
              valid: np.ndarray, ratio: float, columns: int,
              width: int = WIDTH) -> Cell:
    """Cell with the edges of two depth maps, and their numbers. ``valid`` is
    where both maps (H, W) have a depth. For ``ratio``, see
    :func:`edge_pixels`; for the grid, :func:`map_cell`."""
    classes = compare_edges(target, pred, valid, ratio)
    shrinkage = target.shape[1] / cell_width(columns, width)
    _, background = _visible(target, valid, shrinkage)
    entries = []
    for edge_class, name in ((FOUND, 'found '), (MISSED, 'missed '),
                             (FALSE, 'false ')):
        count = np.count_nonzero(classes == edge_class)
        number = str(count) if count < 1000 else f'{count / 1000:.1f}k'
        entries.append((EDGE_COLORS[edge_class],
                        name * (columns <= _NAMED_COLUMNS) + number))
    thickness = max(1, round(shrinkage))
    return Cell(title, color_edges(classes, background, thickness),
                Legend(entries))


def enlarge_points(values: np.ndarray, valid: np.ndarray,
                   radius: float) -> tuple[np.ndarray, np.ndarray]:
    """Give each pixel the value of the nearest valid one within a radius.
    Returns values and mask, (H, W); a valid pixel keeps its value."""
    if not valid.any():
        return values, valid
    distance, labels = cv2.distanceTransformWithLabels(
        (~valid).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5,
        labelType=cv2.DIST_LABEL_PIXEL)
    # The label of a pixel identifies the nearest valid pixel.
    value_of_label = np.zeros(labels.max() + 1, values.dtype)
    value_of_label[labels[valid]] = values[valid]
    return value_of_label[labels], distance <= radius


def _visible(values: np.ndarray, valid: np.ndarray,
             shrinkage: float) -> tuple[np.ndarray, np.ndarray]:
    """A map with enlarged points if it is sparse, for a downsampled
    picture."""
    if valid.mean() >= _SPARSE:
        return values, valid
    return enlarge_points(values, valid, max(1.5, 1.5 * shrinkage))

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from .depth_pyramid import gradient_magnitude
from .figure import WIDTH, figure_to_rgb, new_figure
from .layout import Cell, Legend, cell_width

_SHARE, _SMALLEST = 0.2, 8
"""Shown part of the image's sides, and its minimum in pixels."""
_COLORS = (0, 0, 0), (213, 94, 0), (0, 114, 178)


Curves = dict[str, tuple[np.ndarray, np.ndarray]]
"""Depth maps (H, W) by name with their masks, the ground truth first."""


def edge_detail(cells: Sequence[Cell], curves: Curves,
                width: int) -> list[list[Cell]]:
    """A row with details of three cells, and the depths across the edge; empty
    if the ground truth has no gradient."""
    target, valid = next(iter(curves.values()))
    log_depth = np.log(np.where(valid, target, 1))
    strength, known = gradient_magnitude(log_depth, valid)
    strength = np.where(known, strength, 0)
    if not strength.any():
        return []
    y, x = (int(i) for i in np.unravel_index(strength.argmax(), target.shape))
    share = min(max(_SHARE, _SMALLEST / min(target.shape)), 1)
    rows, columns = (
        _around(center, round(share * length), length)
        for center, length in zip((y, x), target.shape))
    down, right = np.gradient(log_depth)
    line: tuple = (y, columns)
    name, places = f'row {y}', columns
    if abs(down[y, x]) > abs(right[y, x]):
        line = (rows, x)
        name, places = f'column {x}', rows

    size = cell_width(len(cells) + 1)
    figure = new_figure(size * target.shape[0] / target.shape[1], width,
                        size / WIDTH)
    axes = figure.add_axes((0.12, 0.11, 0.86, 0.87))
    for (depth, there), color in zip(curves.values(), _COLORS):
        axes.plot(range(places.start, places.stop),
                  np.where(there, depth, np.nan)[line], '.-',
                  color=np.array(color) / 255)
    axes.grid(alpha=0.3)
    axes.tick_params(labelsize=9)
    details = []
    for cell in cells:
        marked = cell.image.copy()
        marked[line][[0, -1]] = 255  # both ends of the line
        details.append(
            replace(
                cell,
                title=f'{cell.title.split(",")[0]} at the strongest edge',
                image=marked[rows, columns]))
    profile = Cell(f'depth in m along {name}, marked white',
                   figure_to_rgb(figure),
                   Legend(tuple(zip(_COLORS, curves))))
    return [[*details, profile]]


def _around(center: int, size: int, length: int) -> slice:
    """``size`` pixels of an axis, with ``center`` in the middle if
    possible."""
    start = min(max(center - size // 2, 0), length - size)
    return slice(start, start + size)

"""Pictures that compare the depth maps of several models."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from ...visualization.colors import value_range
from ...visualization.depth_edges import boundary_f1
from ...visualization.layout import Cell, ColorBar, cell_width, draw_grid
from ...visualization.map_cells import edge_cell, map_cell
from .wording import shorten

_EDGE_RATIO = 1.1
_EDGE_RULE = ('edge: neighbouring depths differ by more than 10 %; white '
              'found, orange missed, blue false')
_CHARACTER = 10
"""Largest width of a title's character in pixels."""


@dataclass(frozen=True)
class Scene:
    """An image, its ground truth and the predictions of models, in one size.
    The image is uint8, RGB; depths are metres, 0 where unknown."""
    image: np.ndarray
    target: np.ndarray
    preds: Mapping[str, np.ndarray]

    def known(self, pred: np.ndarray) -> np.ndarray:
        """Where a prediction can be compared."""
        return _usable(self.target) & _usable(pred)

    def boundary_f1(self, name: str) -> float:
        """Boundary F1 as in ``DepthBoundaryMetric``; NaN without an edge."""
        return boundary_f1(self.target, self.preds[name],
                           _usable(self.target))


def draw_scene(scene: Scene, title: str) -> np.ndarray:
    """Depth, edges and errors of an image, one column per model."""
    width = 1 + len(scene.preds)
    return draw_grid(
        [_depths(scene, width), _edges(scene, width),
         [Cell('image', scene.image), *_errors(scene, width)]],
        title, _EDGE_RULE)


def _usable(depth: np.ndarray) -> np.ndarray:
    return np.isfinite(depth) & (depth > 0)


def _title(name: str, columns: int) -> str:
    return shorten(name, int(cell_width(columns) / _CHARACTER))


def _depths(scene: Scene, columns: int) -> list[Cell]:
    limits = value_range(scene.target, _usable(scene.target))
    bar = ColorBar('turbo_r', *map('{:.2f} m'.format, limits))
    maps = [('ground truth', scene.target), *scene.preds.items()]
    return [map_cell(_title(name, columns), depth, _usable(depth), limits,
                     bar, columns) for name, depth in maps]


def _edges(scene: Scene, columns: int) -> list[Cell]:
    maps = [('true edges', scene.target), *scene.preds.items()]
    truth, *others = [
        edge_cell(_title(name, columns), scene.target, depth,
                  scene.known(depth), _EDGE_RATIO, columns)
        for name, depth in maps
    ]
    return [replace(truth, footer=None), *others]


def _errors(scene: Scene, columns: int) -> list[Cell]:
    errors = [(np.abs(pred - scene.target), scene.known(pred))
              for pred in scene.preds.values()]
    # All use the scale of the first model, whose errors should shrink.
    top = value_range(*errors[0], high=95)[1]
    bar = ColorBar('inferno', '0 m', f'{top:.2g} m')
    means = [f'{error[known].mean():.2f} m' if known.any() else 'unknown'
             for error, known in errors]
    return [map_cell(f'error, mean {mean}', error, known, (0, top), bar,
                     columns) for mean, (error, known) in zip(means, errors)]

from __future__ import annotations

import math

import cv2
import numpy as np
import torch

from ..visualization.colors import colorize, value_range
from ..visualization.layout import Cell, ColorBar, cell_width, draw_grid
from ..visualization.rgb_image import rgb_image
from .depth_prediction import DepthPrediction

_COLUMNS = 2
_HIGHEST = 4


def draw_prediction(prediction: DepthPrediction) -> np.ndarray:
    """Draw an image and its depth, with the range of the colours.

    Near is red, far is blue. The colours span the 2nd to the 98th percentile
    of the image's depths, so that outliers do not dominate. The picture is
    (height, width, 3) uint8, RGB.
    """
    quantity = prediction.quantity
    image = _fit(np.atleast_3d(prediction.image), cv2.INTER_AREA)
    depth = _fit(prediction.depth, cv2.INTER_NEAREST)
    known = _fit(prediction.known.astype(np.uint8), cv2.INTER_NEAREST) > 0
    low, high = value_range(depth, known)
    bar = ColorBar(quantity.colormap, f'{low:.2f}{quantity.unit}',
                   f'{high:.2f}{quantity.unit}')
    pixels = torch.from_numpy(np.atleast_3d(image)).permute(2, 0, 1)
    colors = colorize(depth, known, low, high, quantity.colormap)
    cells = [
        Cell('image', rgb_image(pixels)),
        Cell(f'predicted {quantity.title}', colors, bar)
    ]
    rows, cols = prediction.depth.shape
    span = 'no usable depth'
    if prediction.range is not None:
        low, high = prediction.range
        span = f'in all {low:.2f} to {high:.2f}{quantity.unit}'
    return draw_grid([cells], prediction.name,
                     f'{cols} x {rows} pixels    {span}')


def _fit(array: np.ndarray, interpolation: int) -> np.ndarray:
    """Shrink and pad an image for drawing.

    Its width is at most that of its cell, as colours of more pixels are slow,
    and its height at most four times its width: narrow images get black sides,
    because scaling them to the cell's width would need too much memory.
    """
    height, width = array.shape[:2]
    cell = round(cell_width(_COLUMNS))
    scale = min(1, cell / width, _HIGHEST * cell / height)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    if scale < 1:
        array = cv2.resize(array, size, interpolation=interpolation)
    height, width = array.shape[:2]
    missing = max(0, math.ceil(height / _HIGHEST) - width)
    return cv2.copyMakeBorder(array, 0, 0, missing // 2,
                              missing - missing // 2, cv2.BORDER_CONSTANT)

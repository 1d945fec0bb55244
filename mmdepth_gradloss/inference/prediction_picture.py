"""Picture of a predicted depth map."""
from __future__ import annotations

import cv2
import numpy as np
import torch

from ..visualization.colors import colorize, value_range
from ..visualization.layout import Cell, ColorBar, cell_width, draw_grid
from ..visualization.rgb_image import rgb_image
from .depth_prediction import DepthPrediction

_COLUMNS = 2


def draw_prediction(prediction: DepthPrediction) -> np.ndarray:
    """Draw an image and its depth, with the range that the colours span.

    Near is red, far is blue. The colours span the 2nd to the 98th percentile
    of the image's depths, so that a few outliers do not take them all.

    Args:
        prediction (DepthPrediction): What to draw.

    Returns:
        np.ndarray: (height, width, 3) uint8, RGB.
    """
    quantity = prediction.quantity
    image = _shrink(np.atleast_3d(prediction.image), cv2.INTER_AREA)
    depth = _shrink(prediction.depth, cv2.INTER_NEAREST)
    known = _shrink(prediction.known.astype(np.uint8), cv2.INTER_NEAREST) > 0
    low, high = value_range(depth, known)
    bar = ColorBar(quantity.colormap, f'{low:.2f}{quantity.unit}',
                   f'{high:.2f}{quantity.unit}')
    pixels = torch.from_numpy(np.atleast_3d(image)).permute(2, 0, 1)
    cells = [
        Cell('image', rgb_image(pixels)),
        Cell(f'predicted {quantity.title}',
             colorize(depth, known, low, high, quantity.colormap), bar)
    ]
    return draw_grid([cells], prediction.name, _summary(prediction))


def _shrink(array: np.ndarray, interpolation: int) -> np.ndarray:
    """At most as wide as it is drawn: colours of more pixels cost seconds."""
    height, width = array.shape[:2]
    new_width = round(cell_width(_COLUMNS))
    if width <= new_width:
        return array
    size = new_width, max(1, round(height * new_width / width))
    return cv2.resize(array, size, interpolation=interpolation)


def _summary(prediction: DepthPrediction) -> str:
    height, width = prediction.depth.shape
    size = f'{width} x {height} pixels'
    if prediction.range is None:
        return f'{size}    no usable depth'
    low, high = prediction.range
    unit = prediction.quantity.unit
    return f'{size}    in all {low:.2f} to {high:.2f}{unit}'

"""Shared handling of a sample's depth maps and camera."""
from __future__ import annotations

import inspect

import numpy as np
from mmcv.transforms import BaseTransform

# The ground truth, and the sparse input map of the model.
DEPTH_MAP_KEYS = ('gt_depth_map', 'sparse_depth_map')
# Weight of a sample's gradient loss, a float; 1 if it is missing.
GRADIENT_WEIGHT = 'gradient_weight'


class DepthTransform(BaseTransform):
    """A transform whose ``repr`` shows its arguments."""

    def __repr__(self) -> str:
        names = inspect.signature(type(self)).parameters
        shown = [f'{k}={v!r}' for k, v in vars(self).items() if k in names]
        return f'{type(self).__name__}({", ".join(shown)})'


def move_pixels(results: dict, matrix: np.ndarray | list) -> None:
    """Update ``cam2img``, if any, after a transform of the image. ``matrix``
    (3, 3) maps an old pixel (u, v, 1) to its new position. Pixel centres lie
    at integers."""
    if 'cam2img' in results:
        results['cam2img'] = np.asarray(matrix) @ results['cam2img']


def resize_camera(results: dict, x: float, y: float) -> None:
    """Update ``cam2img`` after a resize; x, y: new / old width, height."""
    move_pixels(results, [[x, 0, (x - 1) / 2], [0, y, (y - 1) / 2], [0, 0, 1]])

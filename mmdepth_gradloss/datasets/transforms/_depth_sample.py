"""What the transforms share about the depth maps and camera of a sample."""
from __future__ import annotations

import inspect

import numpy as np
from mmcv.transforms import BaseTransform

# Of a sample: the ground truth, and the sparse map that is an input of the
# model.
DEPTH_MAP_KEYS = ('gt_depth_map', 'sparse_depth_map')
# How much a sample's gradient loss counts, a float; 1 where it is missing.
GRADIENT_WEIGHT = 'gradient_weight'


class DepthTransform(BaseTransform):
    """A transform whose ``repr`` shows its arguments."""

    def __repr__(self) -> str:
        names = inspect.signature(type(self)).parameters
        shown = [f'{k}={v!r}' for k, v in vars(self).items() if k in names]
        return f'{type(self).__name__}({", ".join(shown)})'


def move_pixels(results: dict, matrix: np.ndarray | list) -> None:
    """Let ``cam2img``, if the sample has one, follow the image's pixels.

    ``matrix`` (3, 3) takes an old pixel (u, v, 1) to its new place. Pixel
    centres lie at integers.
    """
    if 'cam2img' in results:
        results['cam2img'] = np.asarray(matrix) @ results['cam2img']


def resize_camera(results: dict, x: float, y: float) -> None:
    """Let ``cam2img``, if there, follow: x and y are new / old width, height.
    """
    move_pixels(results, [[x, 0, (x - 1) / 2], [0, y, (y - 1) / 2], [0, 0, 1]])

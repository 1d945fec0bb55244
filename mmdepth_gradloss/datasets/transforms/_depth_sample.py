"""What the transforms share about the depth maps and camera of a sample."""
from __future__ import annotations

import numpy as np

DEPTH_MAP_KEYS = ('gt_depth_map', 'sparse_depth_map')
"""Depth maps of a sample: the ground truth, and the sparse one that is an
input of the model."""

GRADIENT_WEIGHT = 'gradient_weight'
"""How much a sample's gradient loss counts, a float; 1 where it is missing."""


def move_pixels(results: dict, matrix: np.ndarray | list) -> None:
    """Let ``cam2img``, if the sample has one, follow the image's pixels.

    Args:
        results (dict): Result dict, changed in place.
        matrix (np.ndarray or list): Takes an old pixel (u, v, 1) to its new
            place, (3, 3). Pixel centres lie at integers.
    """
    if 'cam2img' in results:
        results['cam2img'] = np.asarray(matrix) @ results['cam2img']


def resize_camera(results: dict, x: float, y: float) -> None:
    """Let ``cam2img``, if there, follow a resize of the image.

    Args:
        results (dict): Result dict, changed in place.
        x (float): New / old width.
        y (float): New / old height.
    """
    move_pixels(results, [[x, 0, (x - 1) / 2], [0, y, (y - 1) / 2],
                          [0, 0, 1]])

"""Downsampling of maps with holes, and their gradients."""
from __future__ import annotations

import cv2
import numpy as np
import torch

from ..functional.pyramids import AreaPyramid


def reduce_map(values: np.ndarray, valid: np.ndarray,
               level: int) -> tuple[np.ndarray, np.ndarray]:
    """A level of the pyramid 'area' of the loss: means over the valid pixels
    of 2x2 blocks, repeated.

    Returns float32 values (0 where not valid) and their mask, both of the size
    (H, W) / 2^level, rounded up. Raises ValueError if less than 3x3 pixels
    would remain.
    """
    height, width = (-(-size >> level) for size in values.shape)
    if min(height, width) < 3:
        raise ValueError(
            f'level {level} of a {values.shape[0]}x{values.shape[1]} map has '
            f'{height}x{width} pixels; a gradient needs at least 3x3')
    known = torch.from_numpy(np.where(valid, values, 0).astype(np.float32))
    mask = torch.from_numpy(np.ascontiguousarray(valid))
    pyramid = AreaPyramid(mask[None, None], (2**level, ), known.dtype)
    reduced, = pyramid.reduce(known[None, None])
    return reduced[0, 0].numpy(), pyramid.valid[0][0, 0].numpy()


def gradient_magnitude(values: np.ndarray,
                       valid: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Magnitude of the Sobel gradient of a finite map, (H, W), per pixel, and
    where it is known: pixels whose 3x3 window is valid and inside the map."""
    known = values.astype(np.float32)
    # The weights of one side of the kernel times its step of 2 pixels are 8.
    dx, dy = (
        cv2.Sobel(known, cv2.CV_32F, *order, ksize=3, scale=1 / 8)
        for order in ((1, 0), (0, 1)))
    window_valid = cv2.erode(
        valid.astype(np.uint8), np.ones((3, 3), np.uint8),
        borderType=cv2.BORDER_CONSTANT, borderValue=0)
    return np.hypot(dx, dy), window_valid.astype(bool)

"""Coarser versions of a map with holes, and their gradients."""
from __future__ import annotations

import cv2
import numpy as np


def reduce_map(values: np.ndarray, valid: np.ndarray,
               level: int) -> tuple[np.ndarray, np.ndarray]:
    """Mean over the valid pixels of each block of 2^level x 2^level pixels.

    Args:
        values (np.ndarray): (H, W); anything where not valid.
        valid (np.ndarray): (H, W) bool.
        level (int): 0 keeps the size.

    Returns:
        tuple[np.ndarray, np.ndarray]: (H // 2^level, W // 2^level) float32
        values (0 where not valid), and mask: blocks with a valid pixel.

    Raises:
        ValueError: If less than 3x3 pixels would be left.
    """
    height, width = (size >> level for size in values.shape)
    if min(height, width) < 3:
        raise ValueError(
            f'level {level} of a {values.shape[0]}x{values.shape[1]} map has '
            f'{height}x{width} pixels; a gradient needs at least 3x3')
    known = np.where(valid, values, 0).astype(np.float32)
    if level == 0:
        return known, valid

    def mean(array: np.ndarray) -> np.ndarray:
        return cv2.resize(array, (width, height), interpolation=cv2.INTER_AREA)

    weight = mean(valid.astype(np.float32))
    # Where the size does not divide, a block may touch a pixel by a sliver.
    reduced_valid = weight > 1e-3
    reduced = mean(known) / np.maximum(weight, 1e-3)
    return np.where(reduced_valid, reduced, 0), reduced_valid


def gradient_magnitude(values: np.ndarray,
                       valid: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Length of the Sobel gradient.

    Args:
        values (np.ndarray): (H, W), finite everywhere.
        valid (np.ndarray): (H, W) bool.

    Returns:
        tuple[np.ndarray, np.ndarray]: (H, W) change per pixel, and where it
        is known: pixels whose 3x3 window is valid and inside the map.
    """
    known = values.astype(np.float32)
    # The weights of one side of the kernel, times its step of 2 pixels,
    # add up to 8.
    dx = cv2.Sobel(known, cv2.CV_32F, 1, 0, ksize=3, scale=1 / 8)
    dy = cv2.Sobel(known, cv2.CV_32F, 0, 1, ksize=3, scale=1 / 8)
    window_valid = cv2.erode(
        valid.astype(np.uint8),
        np.ones((3, 3), np.uint8),
        borderType=cv2.BORDER_CONSTANT,
        borderValue=0).astype(bool)
    return np.hypot(dx, dy), window_valid

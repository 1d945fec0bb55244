"""Depth edges of a prediction against those of the ground truth."""
from __future__ import annotations

import cv2
import numpy as np

from .colors import INVALID_COLOR

FOUND, FALSE, MISSED = 1, 2, 3
"""Classes of an edge pixel: in both maps, only in the prediction, only in
the ground truth. In this order, so that the larger one may be drawn on top."""

EDGE_COLORS = {
    # Told apart by the colour-blind too.
    FOUND: (255, 255, 255),
    FALSE: (60, 170, 255),
    MISSED: (255, 80, 20),
}
_NO_EDGE_COLOR = (28, 28, 32)


def depth_edges(depth: np.ndarray, valid: np.ndarray,
                ratio: float) -> np.ndarray:
    """Occluding contours of a depth map.

    Of two neighbouring valid pixels (left/right or above/below) whose depths
    differ by more than the factor ``ratio``, the nearer one is an edge.

    Args:
        depth (np.ndarray): (H, W) metres.
        valid (np.ndarray): (H, W) bool.
        ratio (float): Above 1.

    Returns:
        np.ndarray: (H, W) bool.
    """
    left, right = np.s_[:, :-1], np.s_[:, 1:]
    edges = np.zeros(depth.shape, bool)
    # The transposed views turn above/below into left/right.
    for d, known, marked in ((depth, valid, edges),
                             (depth.T, valid.T, edges.T)):
        both = known[left] & known[right]
        marked[left] |= both & (d[right] > ratio * d[left])
        marked[right] |= both & (d[left] > ratio * d[right])
    return edges


def compare_edges(target: np.ndarray, pred: np.ndarray, valid: np.ndarray,
                  ratio: float) -> np.ndarray:
    """Classify the edge pixels of two depth maps.

    Args:
        target (np.ndarray): (H, W) metres.
        pred (np.ndarray): (H, W) metres.
        valid (np.ndarray): (H, W) bool; where both maps have a depth.
        ratio (float): See :func:`depth_edges`.

    Returns:
        np.ndarray: (H, W) uint8; 0, ``FOUND``, ``FALSE`` or ``MISSED``.
    """
    there = depth_edges(target, valid, ratio)
    claimed = depth_edges(pred, valid, ratio)
    classes = np.zeros(target.shape, np.uint8)
    classes[there & claimed] = FOUND
    classes[claimed & ~there] = FALSE
    classes[there & ~claimed] = MISSED
    return classes


def color_edges(classes: np.ndarray,
                valid: np.ndarray,
                thickness: int = 1) -> np.ndarray:
    """Picture of :func:`compare_edges`.

    Args:
        classes (np.ndarray): (H, W) uint8.
        valid (np.ndarray): (H, W) bool.
        thickness (int): Width of an edge in pixels.

    Returns:
        np.ndarray: (H, W, 3) uint8, RGB.
    """
    thick = cv2.dilate(classes, np.ones((thickness, thickness), np.uint8))
    image = np.where(valid[..., None], np.array(_NO_EDGE_COLOR, np.uint8),
                     np.array(INVALID_COLOR, np.uint8))
    for edge_class, color in EDGE_COLORS.items():
        image[thick == edge_class] = color
    return image

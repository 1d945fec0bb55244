from __future__ import annotations

import cv2
import numpy as np
import torch

from ..evaluation.boundary.depth_pro import depth_pro_boundary
from ..evaluation.depth_edges import edge_pixels
from .colors import INVALID_COLOR

FOUND, FALSE, MISSED = 1, 2, 3
"""Classes of an edge pixel: in both maps, only in the prediction, only in
the ground truth. In drawing order: larger ones are drawn on top."""

EDGE_COLORS = {
    # Colour-blind safe.
    FOUND: (255, 255, 255),
    FALSE: (60, 170, 255),
    MISSED: (255, 80, 20),
}
_NO_EDGE_COLOR = (28, 28, 32)


def depth_edges(depth: np.ndarray, valid: np.ndarray,
                ratio: float) -> np.ndarray:
    """Nearer side of the depth edges, see :func:`edge_pixels`; (H, W)."""
    nearer, _ = edge_pixels(_tensor(depth), _tensor(valid), ratio)
    return nearer.numpy()


def boundary_f1(target: np.ndarray, pred: np.ndarray,
                valid: np.ndarray) -> float:
    """Depth Pro's boundary F1, as in ``DepthBoundaryMetric``; NaN without an
    edge."""
    # Like samples, the metric uses float32.
    scores = depth_pro_boundary(
        _tensor(pred).float(), _tensor(target).float(), _tensor(valid))
    return float(scores['boundary_f1'])


def compare_edges(target: np.ndarray, pred: np.ndarray, valid: np.ndarray,
                  ratio: float) -> np.ndarray:
    """Classify the edge pixels of two depth maps, (H, W) metres. Returns (H,
    W) uint8: 0, ``FOUND``, ``FALSE`` or ``MISSED``."""
    there, claimed = (depth_edges(x, valid, ratio) for x in (target, pred))
    return np.select([there & claimed, claimed, there],
                     [FOUND, FALSE, MISSED]).astype(np.uint8)


def color_edges(classes: np.ndarray, valid: np.ndarray,
                thickness: int = 1) -> np.ndarray:
    """RGB picture (H, W, 3) of classes; edges are ``thickness`` pixels
    wide."""
    thick = cv2.dilate(classes, np.ones((thickness, thickness), np.uint8))
    image = np.where(valid[..., None], np.array(_NO_EDGE_COLOR, np.uint8),
                     np.array(INVALID_COLOR, np.uint8))
    for edge_class, color in EDGE_COLORS.items():
        image[thick == edge_class] = color
    return image


def _tensor(array: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(array))

"""Make the points of a sparse map large enough to be seen."""
from __future__ import annotations

import cv2
import numpy as np


def enlarge_points(values: np.ndarray, valid: np.ndarray,
                   radius: float) -> tuple[np.ndarray, np.ndarray]:
    """Give each pixel the value of the nearest valid pixel within a radius.

    Args:
        values (np.ndarray): (H, W).
        valid (np.ndarray): (H, W) bool.
        radius (float): Pixels.

    Returns:
        tuple[np.ndarray, np.ndarray]: Values and mask after enlarging; a
        valid pixel keeps its value.
    """
    if not valid.any():
        return values, valid
    distance, labels = cv2.distanceTransformWithLabels(
        (~valid).astype(np.uint8),
        cv2.DIST_L2,
        cv2.DIST_MASK_5,
        labelType=cv2.DIST_LABEL_PIXEL)
    # The label of a pixel names the valid pixel nearest to it.
    value_of_label = np.zeros(labels.max() + 1, values.dtype)
    value_of_label[labels[valid]] = values[valid]
    return value_of_label[labels], distance <= radius

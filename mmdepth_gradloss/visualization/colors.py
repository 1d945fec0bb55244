"""Colour coding of values."""
from __future__ import annotations

import matplotlib
import numpy as np

INVALID_COLOR = (128, 128, 128)
"""RGB of pixels without a value; not part of any colour map used here."""


def value_range(values: np.ndarray, valid: np.ndarray, low: float = 2,
                high: float = 98) -> tuple[float, float]:
    """Two percentiles of the valid values; (0, 1) if nothing is valid. Unlike
    the extremes, they are not affected by a few outliers."""
    if not valid.any():
        return 0.0, 1.0
    bottom, top = np.percentile(values[valid], (low, high))
    return float(bottom), float(top)


def colorize(values: np.ndarray, valid: np.ndarray, low: float, high: float,
             colormap: str) -> np.ndarray:
    """Colour a map (H, W) as (H, W, 3) uint8 RGB, from ``low`` to ``high``.
    Values outside are clipped; pixels that are not valid, with any value, get
    ``INVALID_COLOR``."""
    span = max(high - low, np.finfo(np.float32).tiny)
    position = (np.where(valid, values, low) - low) / span
    rgba = matplotlib.colormaps[colormap](np.clip(position, 0, 1), bytes=True)
    return np.where(valid[..., None], rgba[..., :3],
                    np.array(INVALID_COLOR, np.uint8))

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Quantity:
    """What a network predicts: name of folder and array, title, unit ('' if
    none) and colormap of matplotlib, in which near is red."""
    name: str
    title: str
    unit: str
    colormap: str


DEPTH = Quantity('depth', 'depth', ' m', 'turbo_r')
DISTANCE = Quantity('distance', 'distance along the ray', ' m', 'turbo_r')
RELATIVE = Quantity('relative_inverse_depth',
                    'relative inverse depth, no unit', '', 'turbo')


@dataclass(frozen=True)
class DepthPrediction:
    """Prediction for one image.

    ``name`` is that of its files, without suffix, ``img_path`` the image's
    file or None. ``image`` is (H, W, 3), BGR, 0 to 255; ``depth`` (H, W)
    float32, in metres or without unit.
    """
    name: str
    img_path: str | None
    image: np.ndarray
    depth: np.ndarray
    quantity: Quantity

    @property
    def known(self) -> np.ndarray:
        """Usable values, (H, W) bool: finite, and above 0 in metres. An
        inverse depth of 0 is usable, as infinitely far."""
        known = np.isfinite(self.depth)
        return known if self.quantity is RELATIVE else known & (self.depth > 0)

    @property
    def range(self) -> tuple[float, float] | None:
        """Minimum and maximum usable value; None if there are none."""
        values = self.depth[self.known]
        if not len(values):
            return None
        return float(values.min()), float(values.max())

"""A predicted map, and what its numbers are."""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Quantity:
    """What a network predicts.

    Attributes:
        name: Of the folder of depth files and of the array in them.
        title: For people.
        unit: Behind a number; '' where there is none.
        colormap: Of matplotlib; near is red.
    """
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

    Attributes:
        name: Of its files, without suffix; with '/' for sub-folders.
        img_path: The image's file; None for an array.
        image: (H, W, 3), BGR, 0 to 255.
        depth: (H, W) float32; metres, or without a unit.
        quantity: What ``depth`` holds.
    """
    name: str
    img_path: str | None
    image: np.ndarray
    depth: np.ndarray
    quantity: Quantity

    @property
    def known(self) -> np.ndarray:
        """Where the prediction makes sense, (H, W) bool.

        It has to be finite, and above 0 where it is in metres; an inverse
        depth of 0 is as far as can be.
        """
        known = np.isfinite(self.depth)
        return known if self.quantity is RELATIVE else known & (self.depth > 0)

    @property
    def range(self) -> tuple[float, float] | None:
        """Least and largest known value; None if there is none."""
        values = self.depth[self.known]
        if not len(values):
            return None
        return float(values.min()), float(values.max())

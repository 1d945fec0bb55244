from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Quantity:
    """What a network predicts.

    Attributes:
        name: Of the folder of depth files and of the array in them.
        title: Description.
        unit: Appended to numbers; '' if there is none.
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
        """Usable values, (H, W) bool: finite, and above 0 in metres.

        An inverse depth of 0 is usable, as infinitely far.
        """
        known = np.isfinite(self.depth)
        return known if self.quantity is RELATIVE else known & (self.depth > 0)

    @property
    def range(self) -> tuple[float, float] | None:
        """Minimum and maximum usable value; None if there are none."""
        values = self.depth[self.known]
        if not len(values):
            return None
        return float(values.min()), float(values.max())

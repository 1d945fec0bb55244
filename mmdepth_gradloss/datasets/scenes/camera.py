from __future__ import annotations

from dataclasses import dataclass
from math import cos, sin

import numpy as np


@dataclass(frozen=True)
class Camera:
    """Pinhole camera without distortion and with square pixels.

    The world is in metres, right-handed, with z up. The camera looks along its
    z axis, with x to the right and y down. Pixel centres lie at integers, and
    the principal point is the middle of the image, at ((height - 1) / 2,
    (width - 1) / 2).

    Args:
        position: Optical centre in the world, (3, ).
        rotation: World to camera, (3, 3); the rows are the camera's axes in
            the world.
        focal: Focal length in pixels, like ``height`` and ``width``.
    """
    position: np.ndarray
    rotation: np.ndarray
    focal: float
    height: int
    width: int

    @staticmethod
    def orientation(yaw: float, pitch: float, roll: float) -> np.ndarray:
        """World-to-camera rotation (3, 3) from angles in radians.

        ``yaw`` is the heading, counter-clockwise from the world's x axis,
        ``pitch`` the elevation (positive looks up), and ``roll`` the rotation
        about the optical axis.
        """
        forward = np.array(
            [cos(pitch) * cos(yaw), cos(pitch) * sin(yaw), sin(pitch)])
        level = np.array([sin(yaw), -cos(yaw), 0.0])
        right = cos(roll) * level + sin(roll) * np.cross(forward, level)
        return np.stack([right, np.cross(forward, right), forward])

    def rays(self) -> tuple[np.ndarray, np.ndarray]:
        """World directions of the pixels' rays, scaled to unit z-depth.

        The point ``position + t * direction`` has z-depth ``t``. Directions
        are linear in row and column: that of pixel (r, c) is
        ``across[:, c] + down[:, r]`` of the two returned arrays.
        """
        right, below, forward = self.rotation
        x = (np.arange(self.width) - (self.width - 1) / 2) / self.focal
        y = (np.arange(self.height) - (self.height - 1) / 2) / self.focal
        return np.outer(right, x), np.outer(below, y) + forward[:, None]

    def windows(self, corners: np.ndarray) -> np.ndarray:
        """Image windows that contain the projections of convex bodies.

        The hull of ``corners`` (N, K, 3) contains the body. Returns integers
        (top, bottom, left, right), ends exclusive, (N, 4); empty where the
        body is out of sight.
        """
        local = (corners - self.position) @ self.rotation.T
        z = local[..., 2]
        limit = np.array([self.height, self.width])
        pixels = (local[..., 1::-1] * self.focal /
                  np.maximum(z, 0.01)[..., None] + (limit - 1) / 2)
        low = np.clip(np.ceil(pixels.min(axis=1)), 0, limit)
        high = np.clip(np.floor(pixels.max(axis=1)) + 1, 0, limit)
        # Projection is inverted behind the camera, so a body that reaches
        # there gets the whole image.
        flipped = (z < 0.01).any(axis=1)
        low[flipped], high[flipped] = 0, limit
        high[(z <= 0).all(axis=1)] = 0
        return np.stack([low, high], axis=-1).reshape(-1, 4).astype(int)

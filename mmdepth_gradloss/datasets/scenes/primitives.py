"""Convex bodies and their intersection with rays.

Each body is a unit shape (the cube [-1, 1]^3, or its inscribed cylinder about
z or ball) that was scaled, rotated and translated. A ray is transformed to the
space of the unit shape, which keeps its parameter, and intersected there.
"""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np

BOX, CYLINDER, ELLIPSOID = range(3)


@dataclass(frozen=True)
class Bodies:
    """N bodies as arrays, lengths in metres."""
    shapes: np.ndarray  # BOX, CYLINDER or ELLIPSOID, (N, )
    centers: np.ndarray  # (N, 3)
    rotations: np.ndarray  # (N, 3, 3); rows: the body's axes in the world
    halves: np.ndarray  # half sizes along these axes, (N, 3)
    materials: np.ndarray  # indices into a table of materials, (N, )

    def __len__(self) -> int:
        return len(self.shapes)

    def __getitem__(self, which: slice) -> Bodies:
        return Bodies(self.shapes[which], self.centers[which],
                      self.rotations[which], self.halves[which],
                      self.materials[which])

    def to_unit(self, point: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Matrices of directions into the spaces of the unit shapes, (N, 3,
        3), and a world point in each of these, (N, 3)."""
        matrices = self.rotations / self.halves[:, :, None]
        return matrices, np.einsum('nij,nj->ni', matrices,
                                   point - self.centers)

    def corners(self) -> np.ndarray:
        """Corners of the oriented bounding boxes, (N, 8, 3)."""
        signs = np.indices((2, 2, 2)).reshape(3, 8).T * 2 - 1
        offsets = (signs * self.halves[:, None]) @ self.rotations
        return self.centers[:, None] + offsets

    def radii(self) -> np.ndarray:
        """Radii of bounding spheres, (N, )."""
        diagonals = np.linalg.norm(self.halves, axis=1)
        return np.where(self.shapes == ELLIPSOID, self.halves.max(axis=1),
                        diagonals)


def intersect(shape: int, origin: np.ndarray,
              directions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Line parameters ``near`` and ``far`` at the ends of a unit shape.

    ``near <= far`` holds exactly where a line meets the shape; otherwise they
    are in the wrong order or NaN. Divides by zero and takes roots of negative
    numbers for parallel or missing lines; the caller silences NumPy.

    ``shape`` is BOX, CYLINDER or ELLIPSOID, ``origin`` (3, ) the common point
    of the lines, ``directions`` (3, ...) are of any length.
    """
    if shape == BOX:
        return _intersect_cube(origin, directions)
    if shape == ELLIPSOID:
        return _intersect_ball(origin, directions)
    near, far = _intersect_ball(origin[:2], directions[:2])
    bottom, top = _intersect_cube(origin[2:], directions[2:])
    return np.maximum(near, bottom), np.minimum(far, top)


def _intersect_cube(origin: np.ndarray, directions: np.ndarray):
    """Intersect max |x_k| <= 1, for any number of coordinates k."""
    origin = origin.reshape(-1, *[1] * (directions.ndim - 1))
    inverse = 1 / directions
    low, high = (-1 - origin) * inverse, (1 - origin) * inverse
    return (np.minimum(low, high).max(axis=0),
            np.maximum(low, high).min(axis=0))


def _intersect_ball(origin: np.ndarray, directions: np.ndarray):
    """Intersect sum x_k^2 <= 1, for any number of coordinates k."""
    along = np.einsum('k,k...->...', origin, directions)
    square = np.einsum('k...,k...->...', directions, directions)
    root = np.sqrt(along * along - square * (origin @ origin - 1))
    return (-along - root) / square, (-along + root) / square


def unit_normals(shapes: np.ndarray,
                 points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Outward normals at points (3, N) on unit shapes, in their own spaces.
    Returns normals of any length, (3, N), and the axis (0, 1, 2) perpendicular
    to flat sides, -1 for curved sides, (N, )."""
    sizes = np.abs(points)
    axes = sizes.argmax(axis=0)
    tubes = np.flatnonzero(shapes == CYLINDER)
    x, y, z = sizes[:, tubes]
    axes[tubes] = np.where(z > np.hypot(x, y), 2, -1)
    axes[shapes == ELLIPSOID] = -1
    normals = np.where(axes == np.arange(3)[:, None], np.sign(points), 0)
    curved = np.flatnonzero(axes < 0)
    normals[:, curved] = points[:, curved]
    normals[2, tubes[axes[tubes] < 0]] = 0
    return normals, axes

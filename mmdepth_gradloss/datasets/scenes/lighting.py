"""Point lights with cast shadows."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .primitives import Bodies, intersect


class Light(NamedTuple):
    """A point light: position in metres and linear BGR intensity, float32."""
    position: np.ndarray
    color: np.ndarray


@np.errstate(divide='ignore', invalid='ignore', over='ignore')
def in_shadow(rays: np.ndarray, source: np.ndarray,
              bodies: Bodies) -> np.ndarray:
    """Whether bodies block the light at points on their surfaces. ``rays`` (3,
    N) go from the light, ``source`` (3, ), to the points. They are float32 for
    speed, which may shift a shadow's edge by micrometres."""
    headings = rays / np.sqrt(np.einsum('kn,kn->n', rays, rays))
    to_center = bodies.centers - source
    distances = np.linalg.norm(to_center, axis=1)
    sines = np.minimum(bodies.radii() / distances, 1)
    cosines = np.sqrt(1 - sines * sines).astype(np.float32)
    axes = (to_center / distances[:, None]).astype(np.float32)
    matrices, origins = (x.astype(np.float32) for x in bodies.to_unit(source))

    shadow = np.zeros(rays.shape[1], dtype=bool)
    for body, shape in enumerate(bodies.shapes.tolist()):
        # A body shades only points in the cone around its bounding sphere.
        cone = np.flatnonzero(axes[body] @ headings > cosines[body])
        if len(cone) == 0:
            continue
        near, far = intersect(shape, origins[body],
                              matrices[body] @ rays.take(cone, axis=1))
        # Bodies are convex: a ray meets their lit surface at 1, not before.
        blocked = (near <= far) & (near > 0) & (near < 0.999)
        shadow[cone.compress(blocked)] = True
    return shadow


def irradiance(points: np.ndarray, normals: np.ndarray, lights: list[Light],
               bodies: Bodies) -> np.ndarray:
    """Incident light at surfaces: Lambert's law with cast shadows. Points,
    their unit normals and the light, linear BGR, are (3, N), float32."""
    total = np.zeros_like(points)
    for light in lights:
        rays = points - light.position[:, None].astype(np.float32)
        square = np.einsum('kn,kn->n', rays, rays)
        # The 1 prevents overexposure next to the light.
        strength = np.einsum('kn,kn->n', normals, -rays)
        strength /= np.sqrt(square) * (1 + square)
        facing = np.flatnonzero(strength > 0)
        dark = in_shadow(rays.take(facing, axis=1), light.position, bodies)
        strength[facing.compress(dark)] = 0
        total += light.color[:, None] * np.maximum(strength, 0)
    return total

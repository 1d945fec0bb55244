from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from .camera import Camera
from .lighting import Light, irradiance
from .materials import Material
from .primitives import BOX, Bodies, intersect, unit_normals
from .textures import PATTERNS, sample


@dataclass(frozen=True)
class Scene:
    """A furnished room with a camera in it.

    Args:
        bodies: The furniture and, as the last body, the room: an axis-aligned
            box seen from inside.
        materials: Table of the materials. The last six are those of the room's
            sides at -x, +x, -y, +y, -z, +z.
        ambient: Ambient light.
        exposure: Mean of the image in linear light, where 1 is white
            (automatic exposure).
        blur: Standard deviation of the lens blur in pixels.
        noise: Standard deviation of the sensor noise, relative to 255.
    """
    camera: Camera
    bodies: Bodies
    materials: list[Material]
    lights: list[Light]
    ambient: float = 0.3
    exposure: float = 0.25
    blur: float = 0.0
    noise: float = 0.0


@np.errstate(divide='ignore', invalid='ignore', over='ignore')
def cast(camera: Camera, bodies: Bodies) -> tuple[np.ndarray, np.ndarray]:
    """Find the first body that the ray of each pixel centre hits. Returns
    z-depth in metres, float64, and the index of the visible body, both (H, W).
    The last body is the room."""
    matrices, origins = bodies.to_unit(camera.position)
    # In any body's space, rays remain sums of a row and a column part.
    across, down = (matrices @ part for part in camera.rays())
    windows = camera.windows(bodies.corners()).tolist()
    room = len(bodies) - 1
    _, depth = intersect(BOX, origins[room],
                         across[room][:, None] + down[room][:, :, None])
    seen = np.full(depth.shape, room)
    for body, shape in enumerate(bodies.shapes[:room].tolist()):
        top, bottom, left, right = windows[body]
        if top >= bottom or left >= right:
            continue
        near, far = intersect(
            shape, origins[body], across[body][:, None, left:right] +
            down[body][:, top:bottom, None])
        window = depth[top:bottom, left:right]
        nearer = (near <= far) & (near < window) & (near > 0)
        np.copyto(window, near, where=nearer)
        np.copyto(seen[top:bottom, left:right], body, where=nearer)
    return depth, seen


def _surfaces(scene: Scene, points: np.ndarray, seen: np.ndarray):
    """Normals (3, N), materials (N, ) and texture coordinates u, v in metres
    (N, ) at points (3, N) on the bodies ``seen`` (N, )."""
    bodies, room = scene.bodies, len(scene.bodies) - 1
    table = np.concatenate([
        bodies.rotations.reshape(-1, 9), bodies.centers, bodies.halves
    ], axis=1).T.astype(np.float32).take(seen, axis=1)
    rotations, centers, halves = table[:9].reshape(
        3, 3, -1), table[9:12], table[12:]
    local = np.einsum('ijn,jn->in', rotations, points - centers)
    faces, axes = unit_normals(bodies.shapes.take(seen), local / halves)

    inside = seen == room
    normals = faces / halves
    normals /= np.sqrt(np.einsum('kn,kn->n', normals, normals))
    normals = np.einsum('ijn,in->jn', rotations, normals)
    normals *= np.where(inside, -1, 1)
    materials = np.where(
        inside, len(scene.materials) - 6 + 2 * axes + (faces.sum(axis=0) > 0),
        bodies.materials.take(seen))

    # Flat sides are textured along the two other axes, with the wood's grain
    # along the longer one; curved sides are unrolled.
    x, y, z = local
    u, v = np.where(axes == 0, y, x), np.where(axes == 2, y, z)
    upright = (np.where(axes == 0, halves[1], halves[0]) < np.where(
        axes == 2, halves[1], halves[2])) & ~inside
    u, v = np.where(upright, v, u), np.where(upright, u, v)
    curved = np.flatnonzero(axes < 0)
    u[curved] = np.arctan2(y[curved], x[curved]) * halves[0, curved]
    v[curved] = z[curved]
    return normals, materials, u, v


def render(scene: Scene,
           rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Render a scene, with sensor noise from ``rng``. Returns a BGR image,
    uint8, (H, W, 3), and z-depth at the pixel centres in metres, float32, (H,
    W)."""
    camera = scene.camera
    exact, seen = cast(camera, scene.bodies)
    depth = exact.astype(np.float32)
    across, down = (part.astype(np.float32) for part in camera.rays())
    rays = (across[:, None] + down[:, :, None]).reshape(3, -1)
    points = rays * depth.ravel()
    points += camera.position.astype(np.float32)[:, None]
    normals, materials, u, v = _surfaces(scene, points, seen.ravel())

    patterns = np.array([PATTERNS.index(m.pattern) for m in scene.materials])
    table = np.array([(*m.color, *m.accent, m.scale, m.glow)
                      for m in scene.materials], np.float32)
    table = table.T.take(materials, axis=1)
    color, accent, scale, glow = table[:3], table[3:6], table[6], table[7]
    slant = np.abs(np.einsum('kn,kn->n', normals, rays))
    footprint = depth.ravel() / np.sqrt(np.maximum(slant, 0.05))
    footprint /= scale * camera.focal
    mix = sample(patterns.take(materials), u / scale, v / scale, footprint)
    albedo = color + mix * (accent - color)

    light = irradiance(points, normals, scene.lights, scene.bodies[:-1])
    light += scene.ambient * (0.9 + 0.1 * normals[2]) + glow
    image = np.ascontiguousarray((albedo * light).T)
    image *= scene.exposure / image.mean()
    # The square root approximates the display's gamma.
    image = 255 * np.sqrt(np.minimum(image, 1)).reshape(*depth.shape, 3)
    if scene.blur > 0:
        image = cv2.GaussianBlur(image, (3, 3), scene.blur)
    if scene.noise > 0:
        image += scene.noise * rng.standard_normal(image.shape, np.float32)
    image += 0.5
    return np.clip(image, 0, 255, out=image).astype(np.uint8), depth

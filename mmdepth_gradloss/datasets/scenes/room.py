from __future__ import annotations

from math import atan2, cos, hypot, pi, sin, tan, tau
from random import Random

import numpy as np

from . import furniture as make
from .camera import Camera
from .furniture import Part
from .lighting import Light
from .materials import material
from .primitives import BOX, Bodies
from .render import Scene

CLEARANCE = 0.35  # metres around the camera that are kept empty

_AT_WALL = (make.bookcase, make.bookcase, make.cupboard, make.cupboard,
            make.sofa, make.bed, make.table)
_STANDING = (make.dining_set, make.dining_set, make.table, make.chair,
             make.chair, make.sofa, make.plant, make.plant, make.floor_lamp,
             make.ladder, make.stack, make.stack)
_ON_WALL = (make.picture, make.picture, make.window)


class _Planner:
    """Arranges a room so that the camera sees much of it."""

    def __init__(self, rng: Random):
        self.rng = rng
        self.size = (rng.uniform(3.2, 7), rng.uniform(3.2, 8.5),
                     rng.uniform(2.4, 3.1))
        self.half_view = rng.uniform(0.46, 0.65)
        self.parts: list[Part] = []
        self.taken: list[tuple[float, float, float, float]] = []
        width, length, _ = self.size
        # Stand away from the middle and look past it.
        spots = [[rng.uniform(CLEARANCE, side - CLEARANCE)
                  for side in (width, length)] for _ in range(4)]
        self.x, self.y = max(spots, key=lambda spot: hypot(
            spot[0] - width / 2, spot[1] - length / 2))
        self.yaw = atan2(length * rng.uniform(0.35, 0.65) - self.y,
                         width * rng.uniform(0.35, 0.65) - self.x)

    def camera(self, height: int, width: int) -> Camera:
        """A camera at eye level; the longer image side spans the view."""
        rng = self.rng
        rotation = Camera.orientation(self.yaw, rng.uniform(-0.4, 0.05),
                                      rng.gauss(0, 0.04))
        return Camera(np.array([self.x, self.y, rng.uniform(1, 1.7)]),
                      rotation, max(height, width) / 2 / tan(self.half_view),
                      height, width)

    def _spot(self) -> tuple[float, float]:
        """A point on the floor in view, near and far equally likely."""
        angle = self.yaw + self.half_view * self.rng.uniform(-1, 1)
        reach = self.rng.uniform(0.8, 0.9 * hypot(*self.size[:2]))
        return self.x + reach * cos(angle), self.y + reach * sin(angle)

    def _wall_behind(self, x: float, y: float) -> tuple[float, float, float]:
        """Where the view past a point meets a wall, and the wall's yaw."""
        hits = []
        for here, there, side, yaw in ((self.x, x, self.size[0], -pi / 2),
                                       (self.y, y, self.size[1], 0.0)):
            ahead = there > here
            hits.append(((side * ahead - here) / (there - here),
                         yaw if ahead else yaw + pi))
        reach, yaw = min(hits)
        return (self.x + reach * (x - self.x), self.y + reach * (y - self.y),
                yaw)

    def put(self, parts: list[Part], z: float, at_wall: bool = False) -> None:
        """Place a piece somewhere in view, unless there is no free space. Its
        origin is at height ``z``, its back at a wall if ``at_wall``."""
        side, front, back = _outline(parts)
        radius = hypot(side, max(front, back))
        for _ in range(8):
            x, y = self._spot()
            yaw = self.rng.uniform(0, tau)
            if at_wall:
                x, y, yaw = self._wall_behind(x, y)
                x, y = x + sin(yaw) * back, y - cos(yaw) * back
            c, s = cos(yaw), sin(yaw)
            inside = all(-0.01 < x + c * a - s * b < self.size[0] + 0.01
                         and -0.01 < y + s * a + c * b < self.size[1] + 0.01
                         for a in (-side, side) for b in (-front, back))
            apart = all(
                hypot(x - a, y - b) > radius + other
                for a, b, level, other in self.taken if level == z)
            if inside and apart and hypot(
                    x - self.x, y - self.y) > radius + CLEARANCE:
                self.taken.append((x, y, z, radius))
                self.parts += make.move(parts, x, y, z, yaw)
                return


def _outline(parts: list[Part]) -> tuple[float, float, float]:
    """Extent of a piece to its sides, its front and its back."""
    side = front = back = 0.0
    for part in parts:
        x, y, _ = part.center
        # A rotated part gets the space that it needs in any direction.
        turned = part.yaw or part.tilt
        wide, deep, _ = [hypot(*part.half)] * 3 if turned else part.half
        side = max(side, abs(x) + wide)
        front, back = max(front, deep - y), max(back, deep + y)
    return side, front, back


def _assemble(parts: list[Part], size: tuple, table: list) -> Bodies:
    """Parts as arrays, followed by the room of the given size."""
    index = {stuff: k for k, stuff in enumerate(table)}
    room = tuple(side / 2 for side in size)
    parts = parts + [Part(BOX, room, room, table[-1])]
    yaw, tilt = np.array([(part.yaw, part.tilt) for part in parts]).T
    cy, sy, ct, st = np.cos(yaw), np.sin(yaw), np.cos(tilt), np.sin(tilt)
    axes = [[cy * ct, sy * ct, -st], [-sy, cy, 0 * yaw],
            [cy * st, sy * st, ct]]
    return Bodies(
        shapes=np.array([part.shape for part in parts]),
        centers=np.array([part.center for part in parts]),
        rotations=np.ascontiguousarray(np.array(axes).transpose(2, 0, 1)),
        halves=np.array([part.half for part in parts]),
        materials=np.array([index[part.material] for part in parts]))


def _lamp(rng: Random, size: tuple, strength: float) -> Light:
    """A light under the ceiling, above all furniture."""
    warmth = rng.uniform(-0.1, 0.2)
    return Light(
        np.array([rng.uniform(0.2, 0.8) * size[0],
                  rng.uniform(0.2, 0.8) * size[1], size[2] - 0.15]),
        strength * np.array([1 - warmth, 1, 1 + warmth], np.float32))


def random_scene(rng: np.random.Generator, height: int, width: int) -> Scene:
    """A random furnished room for images of ``height`` x ``width`` pixels."""
    # Python's generator draws single numbers ten times as fast as NumPy's.
    draw = Random(int(rng.integers(2**62)))
    plan = _Planner(draw)
    camera = plan.camera(height, width)
    for _ in range(draw.randint(2, 4)):
        plan.put(draw.choice(_AT_WALL)(draw), 0, at_wall=True)
    for _ in range(draw.randint(4, 9)):
        plan.put(draw.choice(_STANDING)(draw), 0)
    for _ in range(draw.randint(1, 4)):
        plan.put(draw.choice(_ON_WALL)(draw), 1.4, at_wall=True)
    for _ in range(draw.randint(0, 2)):
        plan.put(make.hanging_lamp(draw), plan.size[2])

    wall = material(draw, 'wall')
    accent = draw.choice([wall, material(draw, 'wall')])
    table = list(dict.fromkeys(part.material for part in plan.parts))
    table += [wall, accent, wall, wall,
              material(draw, 'boards', 'floor'), material(draw, 'ceiling')]
    lights = [_lamp(draw, plan.size, draw.uniform(3, 5))]
    if draw.random() < 0.3:
        lights.append(_lamp(draw, plan.size, draw.uniform(1, 2.5)))
    return Scene(camera, _assemble(plan.parts, plan.size, table), table,
                 lights, ambient=draw.uniform(0.2, 0.4),
                 exposure=draw.uniform(0.17, 0.3),
                 blur=draw.uniform(0.3, 0.6), noise=draw.uniform(0.5, 3))

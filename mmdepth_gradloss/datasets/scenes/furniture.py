"""Furniture made of boxes, cylinders and ellipsoids.

A builder returns the parts of a piece in its own frame: origin on the floor
under its centre, z up, its back towards +y, lengths in metres.
"""
from __future__ import annotations

from math import cos, pi, sin
from random import Random
from typing import NamedTuple

from .materials import Material, material
from .primitives import BOX, CYLINDER, ELLIPSOID


class Part(NamedTuple):
    """A body in a piece's frame. ``tilt`` (radians) rotates it about y, its
    top towards +x, then ``yaw`` about the vertical."""
    shape: int
    center: tuple[float, float, float]
    half: tuple[float, float, float]
    material: Material
    yaw: float = 0.0
    tilt: float = 0.0


def move(parts: list[Part], x: float, y: float, z: float,
         yaw: float) -> list[Part]:
    """Rotate parts about the vertical by ``yaw``, then translate them."""
    c, s = cos(yaw), sin(yaw)
    return [
        part._replace(
            center=(x + c * part.center[0] - s * part.center[1],
                    y + s * part.center[0] + c * part.center[1],
                    z + part.center[2]),
            yaw=part.yaw + yaw) for part in parts
    ]


def _box(x, y, bottom, width, depth, height, stuff, yaw=0.0):
    return Part(BOX, (x, y, bottom + height / 2),
                (width / 2, depth / 2, height / 2), stuff, yaw)


def _tube(x, y, bottom, radius, height, stuff, yaw=0.0, tilt=0.0):
    return Part(CYLINDER, (x, y, bottom + height / 2),
                (radius, radius, height / 2), stuff, yaw, tilt)


def _ball(x, y, bottom, radius, stuff):
    return Part(ELLIPSOID, (x, y, bottom + radius), (radius, ) * 3, stuff)


def _legs(rng: Random, width, depth, height, thick, stuff):
    """Legs, round or square, under the corners of a board."""
    x, y, tube = (width - thick) / 2, (depth - thick) / 2, rng.random() < 0.5
    return [
        _tube(i * x, j * y, 0, thick / 2, height, stuff)
        if tube else _box(i * x, j * y, 0, thick, thick, height, stuff)
        for i in (-1, 1) for j in (-1, 1)
    ]


def clutter(rng: Random, width: float, depth: float, bottom: float,
            count: int) -> list[Part]:
    """Small objects side by side on a surface."""
    parts = []
    for slot in range(count):
        x = ((slot + rng.uniform(0.3, 0.7)) / count - 0.5) * width
        y, stuff = rng.uniform(-0.3, 0.3) * depth, material(rng, 'paint')
        kind = rng.random()
        if kind < 0.3:
            parts.append(_tube(x, y, bottom, rng.uniform(0.03, 0.06),
                               rng.uniform(0.08, 0.3), stuff))
        elif kind < 0.5:
            parts.append(_ball(x, y, bottom, rng.uniform(0.04, 0.11), stuff))
        elif kind < 0.75:
            parts.append(_box(x, y, bottom, rng.uniform(0.12, 0.25),
                              rng.uniform(0.1, 0.2), rng.uniform(0.04, 0.22),
                              stuff, rng.uniform(0, pi)))
        elif kind < 0.85:  # lamp
            parts += [_tube(x, y, bottom, 0.012, 0.28, stuff),
                      _tube(x, y, bottom + 0.28, 0.1, 0.16,
                            material(rng, 'glow'))]
        else:  # screen
            black, wide = material(rng, 'lacquer'), min(0.5, width / count)
            parts += [_tube(x, y, bottom, 0.02, 0.12, black),
                      _box(x, y, bottom + 0.1, wide, 0.03, 0.6 * wide, black,
                           rng.uniform(-0.4, 0.4))]
    return parts


def table(rng: Random) -> list[Part]:
    width, depth = rng.uniform(0.8, 1.7), rng.uniform(0.55, 0.9)
    height, top = rng.choice([0.42, 0.72, 0.75]), material(rng, 'wood')
    frame = rng.choice([top, material(rng, 'metal')])
    if rng.random() < 0.25:
        parts = [_tube(0, 0, height, depth / 1.4, 0.03, top),
                 _tube(0, 0, 0, 0.04, height, frame),
                 _tube(0, 0, 0, 0.25, 0.03, frame)]
        width = depth
    else:
        parts = [_box(0, 0, height, width, depth, 0.03, top)]
        parts += _legs(rng, width - 0.06, depth - 0.06, height,
                       rng.uniform(0.03, 0.07), frame)
    return parts + clutter(rng, width, depth, height + 0.03,
                           rng.randint(1, 4))


def chair(rng: Random) -> list[Part]:
    """Chair with thin legs and a slatted back."""
    seat = material(rng, 'wood', 'fabric')
    frame = material(rng, 'metal', 'wood')
    size, height = rng.uniform(0.38, 0.46), rng.uniform(0.43, 0.5)
    thick, top = rng.uniform(0.018, 0.035), rng.uniform(0.38, 0.5)
    y = (size - thick) / 2
    parts = [_box(0, 0, height, size, size, 0.04, seat)]
    parts += _legs(rng, size, size, height, thick, frame)
    parts += [_tube(s * y, y, height, thick / 2, top, frame) for s in (-1, 1)]
    count = rng.randint(2, 4)
    if rng.random() < 0.5:
        slat = 0.35 * top / count
        return parts + [_box(0, y, height + top * (k + 0.6) / count, size,
                             0.015, slat, seat) for k in range(count)]
    parts += [_tube(size * ((k + 0.5) / count - 0.5), y, height, 0.008,
                    top - 0.05, frame) for k in range(count)]
    return parts + [_box(0, y, height + top - 0.06, size, 0.02, 0.06, seat)]


def dining_set(rng: Random) -> list[Part]:
    parts, seat = table(rng), chair(rng)
    gap = parts[0].half[1] + 0.15
    for side in rng.sample([-1, 1], rng.randint(1, 2)):
        parts += move(seat, rng.uniform(-0.3, 0.3), side * gap, 0,
                      0 if side > 0 else pi)
    return parts


def bookcase(rng: Random) -> list[Part]:
    width, depth = rng.uniform(0.6, 1.1), rng.uniform(0.25, 0.35)
    count, pitch = rng.randint(2, 5), rng.uniform(0.32, 0.4)
    frame, height = material(rng, 'wood', 'lacquer'), count * pitch
    parts = [_box(s * width / 2, 0, 0, 0.025, depth, height + 0.02, frame)
             for s in (-1, 1)]
    if rng.random() < 0.6:
        parts.append(_box(0, depth / 2, 0, width, 0.01, height, frame))
    for k in range(count + 1):
        floor = k * pitch + 0.02
        parts.append(_box(0, 0, floor - 0.02, width, depth, 0.02, frame))
        if rng.random() < 0.65 and k < count:
            row = rng.uniform(0.3, 0.8) * width
            parts.append(_box(rng.choice([-1, 1]) * (width - row - 0.03) / 2,
                              rng.uniform(-0.03, 0.03), floor, row,
                              0.7 * depth, rng.uniform(0.6, 0.85) * pitch,
                              material(rng, 'books')))
        else:
            parts += [part for part in clutter(rng, width, depth, floor, 2)
                      if k == count
                      or part.center[2] + part.half[2] < floor + pitch - 0.02]
    return parts


def cupboard(rng: Random) -> list[Part]:
    width, depth = rng.uniform(0.6, 1.4), rng.uniform(0.38, 0.6)
    height, rows = rng.choice([0.75, 0.9, 1.3, 1.9]), rng.randint(1, 3)
    body = material(rng, 'wood', 'lacquer', 'paint')
    knob = material(rng, 'metal')
    front = rng.choice([body, material(rng, 'wood', 'lacquer')])
    parts = [_box(0, 0, 0.08, width, depth, height - 0.08, body),
             _box(0, 0.03, 0, width - 0.06, depth - 0.1, 0.08, knob)]
    columns = 1 if width < 0.7 else 2
    wide, high = width / columns, (height - 0.1) / rows
    for k in range(columns * rows):
        x, z = (k % columns + 0.5) * wide - width / 2, k // columns * high
        parts.append(_box(x, -depth / 2 - 0.01, z + 0.1, wide - 0.025, 0.02,
                          high - 0.02, front))
        parts.append(_ball(x + (-0.38 if k % 2 else 0.38) * wide,
                           -depth / 2 - 0.04, z + 0.6 * high, 0.02, knob))
    return parts + clutter(rng, width, depth, height, rng.randint(0, 3))


def sofa(rng: Random) -> list[Part]:
    seats, depth = rng.randint(1, 3), rng.uniform(0.75, 0.95)
    width, arm = 0.62 * seats, rng.uniform(0.12, 0.22)
    cover, cushion = material(rng, 'fabric'), material(rng, 'fabric')
    parts = [_box(0, 0, 0.08, width, depth, 0.2, cover),
             _box(0, depth / 2 - 0.1, 0.1, width, 0.2,
                  rng.uniform(0.6, 0.85), cover)]
    parts += [_box(s * (width + arm) / 2, 0, 0, arm, depth, 0.56, cover)
              for s in (-1, 1)]
    for k in range(seats):
        x = 0.62 * (k + 0.5) - width / 2
        parts.append(_box(x, -0.08, 0.28, 0.6, depth - 0.18, 0.14, cover))
        if rng.random() < 0.6:
            parts.append(Part(ELLIPSOID, (x, depth / 2 - 0.3, 0.58),
                              (0.2, 0.09, 0.2), cushion,
                              rng.uniform(-0.4, 0.4)))
    return parts


def bed(rng: Random) -> list[Part]:
    pillows = rng.randint(1, 2)
    width = 0.2 + 0.7 * pillows
    frame, sheet = material(rng, 'wood'), material(rng, 'lacquer')
    parts = [_box(0, 0, 0.12, width, 2, 0.18, frame),
             _box(0, 0, 0.3, width - 0.06, 1.94, 0.18, sheet),
             _box(0, -0.35, 0.32, width, 1.25, 0.2, material(rng, 'fabric')),
             _box(0, 1, 0, width, 0.05, rng.uniform(0.7, 1.1), frame)]
    parts += [Part(ELLIPSOID, (0.7 * (k + 0.5) - 0.35 * pillows, 0.72, 0.53),
                   (0.31, 0.2, 0.09), sheet) for k in range(pillows)]
    return parts + _legs(rng, width, 2, 0.12, 0.06, frame)


def plant(rng: Random) -> list[Part]:
    rim, stem = rng.uniform(0.2, 0.4), rng.uniform(0.2, 0.9)
    green = material(rng, 'leaf')
    parts = [_tube(0, 0, 0, rng.uniform(0.1, 0.18), rim,
                   material(rng, 'paint')),
             _tube(0, 0, rim, 0.012, stem, material(rng, 'wood'))]
    for k in range(rng.randint(8, 13)):
        yaw, rise = 2.4 * k + rng.uniform(-0.3, 0.3), rng.uniform(-0.3, 1.1)
        size, z = rng.uniform(0.12, 0.25), rim + stem * rng.uniform(0.5, 1)
        parts.append(Part(ELLIPSOID,
                          (size * cos(rise) * cos(yaw),
                           size * cos(rise) * sin(yaw), z + size * sin(rise)),
                          (size, rng.uniform(0.02, 0.06), 0.006), green, yaw,
                          -rise))
    return parts


def floor_lamp(rng: Random) -> list[Part]:
    height, pole = rng.uniform(1.2, 1.7), material(rng, 'metal')
    return [_tube(0, 0, 0, 0.14, 0.025, pole),
            _tube(0, 0, 0, 0.012, height, pole),
            _tube(0, 0, height - 0.06, rng.uniform(0.13, 0.2), 0.26,
                  material(rng, 'glow'))]


def ladder(rng: Random) -> list[Part]:
    """Upright ladder or clothes rack: a frame of thin bars."""
    bar, count = material(rng, 'metal', 'wood'), rng.randint(2, 6)
    width, height = rng.uniform(0.4, 0.9), rng.uniform(1.2, 1.8)
    return [_tube(s * width / 2, 0, 0, 0.014, height, bar) for s in (-1, 1)
            ] + [_tube(0, 0, height * (k + 0.7) / count - width / 2, 0.01,
                       width, bar, tilt=pi / 2) for k in range(count)]


def stack(rng: Random) -> list[Part]:
    """Stacked boxes, each rotated a little; or a ball."""
    if rng.random() < 0.3:
        return [_ball(0, 0, 0, rng.uniform(0.1, 0.3), material(rng, 'fabric'))]
    parts, height, size = [], 0.0, rng.uniform(0.35, 0.6)
    for _ in range(rng.randint(1, 3)):
        tall = size * rng.uniform(0.5, 0.9)
        parts.append(_box(0, 0, height, size, size * rng.uniform(0.7, 1),
                          tall, material(rng, 'wood', 'paint'),
                          rng.uniform(-0.5, 0.5)))
        height, size = height + tall, size * rng.uniform(0.55, 0.85)
    return parts


def hanging_lamp(rng: Random) -> list[Part]:
    """Lamp on a cord; the origin is on the ceiling."""
    drop, radius = rng.uniform(0.3, 1), rng.uniform(0.1, 0.22)
    shade = material(rng, 'glow')
    return [_tube(0, 0, -drop, 0.006, drop, material(rng, 'metal')),
            _ball(0, 0, -drop - 2 * radius, radius, shade)
            if rng.random() < 0.5 else
            _tube(0, 0, -drop - radius, radius, radius, shade)]


def _framed(width, height, frame, inside):
    return [_box(0, -0.015, -height / 2, width, 0.03, height, frame),
            _box(0, -0.02, 0.04 - height / 2, width - 0.08, 0.03,
                 height - 0.08, inside)]


def picture(rng: Random) -> list[Part]:
    """Framed picture; the origin is on the wall behind it."""
    width, height = rng.uniform(0.3, 1), rng.uniform(0.3, 0.8)
    return _framed(width, height, material(rng, 'lacquer'),
                   material(rng, 'painting'))


def window(rng: Random) -> list[Part]:
    """Bright window with bars and a sill; the origin is on the wall."""
    width, height = rng.uniform(0.8, 1.5), rng.uniform(0.8, 1.2)
    frame = material(rng, 'lacquer')
    return _framed(width, height, frame, material(rng, 'glow')) + [
        _box(0, -0.02, -height / 2, 0.04, 0.06, height, frame),
        _box(0, -0.02, -0.02, width, 0.06, 0.04, frame),
        _box(0, -0.08, -height / 2 - 0.03, width + 0.12, 0.16, 0.03, frame)]

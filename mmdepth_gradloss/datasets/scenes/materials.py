"""Random but plausible materials."""
from __future__ import annotations

from colorsys import hsv_to_rgb
from random import Random
from typing import NamedTuple

Range = tuple[float, float]
Color = tuple[float, float, float]


class Material(NamedTuple):
    """A pattern that mixes two colours, linear BGR."""
    pattern: str  # of textures.PATTERNS
    scale: float  # size of a tile of the pattern in metres
    color: Color  # where the pattern is 0
    accent: Color  # where it is 1
    glow: float = 0.0  # emitted light


class _Family(NamedTuple):
    patterns: str
    scale: Range
    hue: Range
    saturation: Range
    value: Range
    contrast: Range  # how much darker the accent is
    hues: float = 0.0  # how much the accent's hue may differ
    glow: float = 0.0


_FAMILIES = dict(
    wood=_Family('wood', (0.5, 1.1), (0.05, 0.1), (0.35, 0.65), (0.45, 0.9),
                 (0.2, 0.3)),
    fabric=_Family('carpet carpet plain stripes checks', (0.25, 0.7), (0, 1),
                   (0.1, 0.65), (0.4, 0.9), (0.12, 0.4), 0.05),
    paint=_Family('plain', (0.5, 1), (0, 1), (0.05, 0.7), (0.3, 0.95),
                  (0.1, 0.2)),
    lacquer=_Family('plain', (1, 1.5), (0, 1), (0, 0.08), (0.15, 0.95),
                    (0.05, 0.1)),
    metal=_Family('plain', (0.3, 0.4), (0.05, 0.6), (0, 0.2), (0.12, 0.8),
                  (0.05, 0.1)),
    leaf=_Family('marble', (0.1, 0.2), (0.22, 0.38), (0.5, 0.8), (0.35, 0.7),
                 (0.1, 0.2)),
    books=_Family('books', (0.6, 1), (0, 1), (0.2, 0.6), (0.6, 0.95),
                  (0.3, 0.6), 0.4),
    painting=_Family('painting', (0.4, 1), (0, 1), (0.15, 0.5), (0.6, 0.95),
                     (0.3, 0.6), 0.3),
    glow=_Family('plain', (0.5, 0.6), (0.08, 0.15), (0.02, 0.3), (0.9, 0.98),
                 (0, 0.02), glow=0.8),
    wall=_Family('plain plain plain stripes bricks marble', (0.8, 1.6), (0, 1),
                 (0, 0.3), (0.6, 0.95), (0.05, 0.15)),
    boards=_Family('planks', (0.8, 1.4), (0.05, 0.1), (0.3, 0.6), (0.45, 0.9),
                   (0.2, 0.35)),
    floor=_Family('tiles tiles checks carpet marble', (0.8, 2), (0, 1),
                  (0.02, 0.35), (0.45, 0.9), (0.15, 0.4)),
    ceiling=_Family('plain', (1, 2), (0.05, 0.15), (0, 0.06), (0.85, 0.98),
                    (0.02, 0.05)),
)


def material(rng: Random, *families: str) -> Material:
    """Draw a material of one of the families: wood, fabric, wall, ..."""
    kind = _FAMILIES[rng.choice(families)]
    scale, hue, saturation, value, contrast = (
        rng.uniform(*limits) for limits in kind[1:6])
    dark = max(value - contrast, 0.02)
    return Material(rng.choice(kind.patterns.split()), scale,
                    _color(hue, saturation, value),
                    _color(hue + kind.hues * rng.uniform(-1, 1), saturation,
                           dark), kind.glow)


def _color(hue: float, saturation: float, value: float) -> Color:
    """Linear BGR; squares invert the display's gamma."""
    red, green, blue = hsv_to_rgb(hue % 1, saturation, value)
    return blue * blue, green * green, red * red

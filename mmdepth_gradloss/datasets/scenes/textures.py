from __future__ import annotations

from functools import lru_cache

import numpy as np

SIDE = 128  # texels along a tile, a power of two
LEVELS = SIDE.bit_length()
PATTERNS = ('plain', 'wood', 'planks', 'tiles', 'bricks', 'checks', 'stripes',
            'carpet', 'marble', 'painting', 'books')


def _noise(rng: np.random.Generator, exponent: float,
           stretch: float = 1.0) -> np.ndarray:
    """Fractal noise, uniform in [0, 1], stretched along x by ``stretch``."""
    fy = np.fft.fftfreq(SIDE, 1 / SIDE)[:, None]
    fx = np.fft.rfftfreq(SIDE, 1 / SIDE) * stretch
    spectrum = np.fft.rfft2(rng.standard_normal((SIDE, SIDE)))
    spectrum /= np.maximum(np.hypot(fx, fy), 1)**exponent
    values = np.fft.irfft2(spectrum, s=(SIDE, SIDE))
    ranks = values.ravel().argsort().argsort()
    return ranks.reshape(SIDE, SIDE) / (SIDE * SIDE - 1)


def _masonry(rng: np.random.Generator, rows: int, columns: int,
             shift: float) -> tuple[np.ndarray, np.ndarray]:
    """A random shade for each brick of a wall, and a mask of the joints."""
    y, x = np.mgrid[:SIDE, :SIDE] / SIDE
    row = (y * rows).astype(int)
    along = (x * columns + shift * row) % columns
    shades = rng.random((rows, columns))[row, along.astype(int)]
    return shades, (along % 1 < 0.015 * columns) | (y * rows % 1 <
                                                    0.015 * rows)


def _draw_patterns() -> dict[str, np.ndarray]:
    """The patterns, (SIDE, SIDE) with values in [0, 1]."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:SIDE, :SIDE] / SIDE
    fine, coarse, grain = (_noise(rng, 0.3), _noise(rng, 1.6),
                           _noise(rng, 1.2, stretch=10))
    rings = 0.5 + 0.5 * np.sin(2 * np.pi * (5 * y + coarse))
    board, gap = _masonry(rng, 8, 1, 0.37)
    tile, grout = _masonry(rng, 4, 4, 0)
    brick, mortar = _masonry(rng, 8, 4, 0.5)
    spines = rng.random(26)[(26 * x).astype(int)]
    return dict(
        plain=0.35 + 0.2 * coarse + 0.1 * fine,
        wood=0.65 * grain + 0.35 * rings,
        planks=np.where(gap, 1, 0.4 * board + 0.4 * grain),
        tiles=np.where(grout, 1, 0.25 * tile + 0.15 * coarse),
        bricks=np.where(mortar, 1, 0.45 * brick + 0.2 * fine),
        checks=0.9 * (((4 * x).astype(int) + (4 * y).astype(int)) % 2) +
        0.1 * fine,
        stripes=0.9 * ((8 * x).astype(int) % 2) + 0.1 * fine,
        carpet=0.7 * fine + 0.3 * coarse,
        marble=np.sqrt(np.abs(2 * _noise(rng, 1.3) - 1)),
        painting=np.floor(4.99 * _noise(rng, 2)) / 4,
        books=np.where(26 * x % 1 < 0.12, 0, spines))


@lru_cache(maxsize=None)
def _mip_maps() -> tuple[np.ndarray, np.ndarray]:
    """All levels of the patterns in one flat array, and the levels'
    offsets."""
    drawn = _draw_patterns()
    levels: list[np.ndarray] = [
        np.array([drawn[name] for name in PATTERNS], np.float32)
    ]
    while levels[-1].shape[-1] > 1:
        rows = levels[-1][:, ::2] + levels[-1][:, 1::2]
        levels.append((rows[..., ::2] + rows[..., 1::2]) / 4)
    offsets = np.cumsum([0] + [level.size for level in levels[:-1]])
    return np.concatenate([level.ravel() for level in levels]), offsets


def sample(patterns: np.ndarray, u: np.ndarray, v: np.ndarray,
           footprint: np.ndarray) -> np.ndarray:
    """Values of patterns in [0, 1], float32, (N, ).

    ``patterns`` are indices into ``PATTERNS``; positions ``u`` and ``v`` and
    the ``footprint`` of a pixel are in tiles, (N, ). The footprint selects the
    mip level, so that distant patterns fade to their mean instead of turning
    into noise.
    """
    texels, offsets = _mip_maps()
    level = np.log2(np.clip(footprint * SIDE, 1, SIDE)).astype(np.intp)
    side = SIDE >> level
    row = np.floor(v * side).astype(np.intp) & (side - 1)
    column = np.floor(u * side).astype(np.intp) & (side - 1)
    return texels.take(offsets.take(level) +
                       (patterns * side + row) * side + column)

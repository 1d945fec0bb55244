"""Draw how each pyramid downsamples sparse depth.

    python docs/images/make_pyramids.py

writes docs/images/pyramids.png: a rendered room with depth at 5 % of the
pixels, or on 16 scan lines, and the result of each pyramid at a quarter of
the size.
"""
from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
from matplotlib.image import imsave

from mmdepth_gradloss.datasets.scenes import random_scene, render
from mmdepth_gradloss.datasets.transforms import SparsifyDepth
from mmdepth_gradloss.functional.pyramids import PYRAMIDS
from mmdepth_gradloss.visualization.colors import colorize
from mmdepth_gradloss.visualization.layout import Cell, ColorBar, draw_grid
from mmdepth_gradloss.visualization.map_cells import map_cell

OUT = Path(__file__).with_name('pyramids.png')
SIZE = 192, 256
FACTOR = 4
SEED = 4
PATTERNS = {
    '5 % of the pixels': dict(mode='random', ratio=0.05),
    '16 scan lines': dict(mode='lines', num_lines=16),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--out', type=Path, default=OUT)
    args = parser.parse_args()
    np.random.seed(SEED)  # used by SparsifyDepth
    rng = np.random.default_rng(SEED)
    _, depth = render(random_scene(rng, *SIZE), rng)
    rows = [draw_row(name, depth, pattern)
            for name, pattern in PATTERNS.items()]
    imsave(args.out, draw_grid(rows, f'Depth at 1/{FACTOR} of the size'))
    for cells in rows:
        print(*(cell.title for cell in cells), sep=', ')


def draw_row(name: str, depth: np.ndarray, pattern: dict) -> list[Cell]:
    limits = 0.0, float(depth.max())
    bar = ColorBar('turbo_r', '0 m', f'{limits[1]:.1f} m')
    sparse = SparsifyDepth(**pattern)(dict(gt_depth_map=depth.copy()))
    known = sparse['gt_depth_map']
    cells = [map_cell(name, known, known > 0, limits, bar, len(PYRAMIDS) + 1)]
    maps = torch.from_numpy(known)[None, None]
    for pyramid, build in PYRAMIDS.items():
        levels = build(maps > 0, (FACTOR, ), maps.dtype)
        valid = levels.valid[0].numpy()[0, 0]
        level = levels.reduce(maps)[0].numpy()[0, 0]
        cells.append(
            Cell(f'{pyramid}: {valid.mean():.0%} valid',
                 colorize(level, valid, *limits, bar.colormap), bar))
    return cells


if __name__ == '__main__':
    main()

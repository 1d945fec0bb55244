"""Draw the README's picture from the stored runs of a sweep.

    python docs/images/make_edges.py SWEEP_FOLDER [VARIANT]

writes docs/images/edges.png: a detail of one image, predicted by the baseline
and by VARIANT (default: recommended), and the ground truth. It is not picked
by hand: of all stored predictions, it has the median gain in boundary F1.
"""
from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np

from mmdepth_gradloss.sweep.report.depth_pictures import Scene
from mmdepth_gradloss.sweep.report.results import Sweep, load_sweep
from mmdepth_gradloss.visualization.colors import colorize, value_range
from mmdepth_gradloss.visualization.depth_edges import depth_edges
from mmdepth_gradloss.visualization.layout import Cell, draw_grid

OUT = Path(__file__).with_name('edges.png')
WIDTH = 1200
EDGE_RATIO = 1.1
SHARE = 0.55
"""Side of the detail, relative to the image."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('sweep', type=Path, help='folder of a sweep')
    parser.add_argument('variant', nargs='?', default='recommended')
    parser.add_argument('--out', type=Path, default=OUT)
    args = parser.parse_args()
    sweep = load_sweep(args.sweep)
    picture, text = draw(sweep, args.variant)
    cv2.imwrite(str(args.out), picture[..., ::-1])
    print(args.out, text)


def draw(sweep: Sweep, variant: str) -> tuple[np.ndarray, str]:
    """The picture and a description."""
    scenes = list(details(sweep, variant))
    if not scenes:
        raise SystemExit(f'no seed has stored predictions of {sweep.baseline} '
                         f'and {variant}')
    scenes.sort(key=lambda entry: entry[0])
    gain, scene, where = scenes[(len(scenes) - 1) // 2]
    low, high = value_range(scene.target, scene.target > 0)
    maps = {
        'baseline': scene.preds[sweep.baseline],
        'with the gradient loss': scene.preds[variant],
        'ground truth': scene.target
    }
    cells = [
        Cell(title,
             enlarge(colorize(depth, depth > 0, low, high, 'turbo_r')))
        for title, depth in maps.items()
    ]
    picture = draw_grid([cells], '', '', WIDTH)
    drawn = (picture < 255).any((1, 2)).nonzero()[0]
    return picture[max(0, drawn[0] - 8):drawn[-1] + 9], (
        f'{where}, {variant}: boundary F1 '
        f'{scene.boundary_f1(sweep.baseline):.2f} -> '
        f'{scene.boundary_f1(variant):.2f}, median of {len(scenes)}')


def details(sweep: Sweep, variant: str):
    """(gain, detail, location) of each image predicted by both."""
    names = (sweep.baseline, variant)
    for seed in sweep.seeds:
        kept = [sweep.samples(name, seed) for name in names]
        if not all(kept):
            continue
        truths = kept[0]['target'].astype(float)
        preds = [samples['pred'].astype(float) for samples in kept]
        for i, maps in enumerate(zip(truths, *preds), 1):
            target, *pair = (depth[busiest(maps[0])] for depth in maps)
            scene = Scene(np.zeros(0), target, dict(zip(names, pair)))
            before, after = map(scene.boundary_f1, names)
            if np.isfinite(after - before):
                yield after - before, scene, f'seed {seed}, image {i}'


def busiest(target: np.ndarray) -> tuple[slice, slice]:
    """The region with the most edges in the ground truth."""
    height, width = (round(SHARE * side) for side in target.shape)
    edges = depth_edges(target, target > 0, EDGE_RATIO)
    counts = np.lib.stride_tricks.sliding_window_view(
        edges, (height, width)).sum((2, 3))
    top, left = np.unravel_index(counts.argmax(), counts.shape)
    return slice(top, top + height), slice(left, left + width)


def enlarge(picture: np.ndarray) -> np.ndarray:
    """Enlarge by a whole factor, without smoothing."""
    factor = max(1, WIDTH // 3 // picture.shape[1])
    return picture.repeat(factor, 0).repeat(factor, 1)


if __name__ == '__main__':
    main()

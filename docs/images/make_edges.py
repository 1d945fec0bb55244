"""Draw the README's picture from the stored runs of a sweep.

    python docs/images/make_edges.py SWEEP_FOLDER [VARIANT]

writes docs/images/edges.png: a detail of one image as the baseline predicts
it, as VARIANT (default: recommended) does, and the ground truth. It is not
picked by hand: of all stored predictions, it is the one with the median gain
in F1 of its edges.
"""
from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np

from mmdepth_gradloss.sweep.report.depth_pictures import (busiest_crop,
                                                          edge_f1, make_scene)
from mmdepth_gradloss.sweep.report.results import Sweep, load_sweep
from mmdepth_gradloss.visualization.colors import colorize, value_range
from mmdepth_gradloss.visualization.layout import Cell, draw_grid

OUT = Path(__file__).with_name('edges.png')
WIDTH = 1200


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
    """The picture, and what it shows in words."""
    scenes = list(details(sweep, variant))
    if not scenes:
        raise SystemExit(f'no seed has stored predictions of {sweep.baseline} '
                         f'and {variant}')
    scenes.sort(key=lambda entry: entry[0])
    gain, scene, where = scenes[(len(scenes) - 1) // 2]
    low, high = value_range(scene.target, scene.valid)
    maps = [('baseline', scene.preds[sweep.baseline], None),
            ('with the gradient loss', scene.preds[variant], None),
            ('ground truth', scene.target, scene.valid)]
    cells = [
        Cell(
            title,
            enlarge(
                colorize(depth, depth > 0 if mask is None else mask, low, high,
                         'turbo_r'))) for title, depth, mask in maps
    ]
    picture = draw_grid([cells], '', '', WIDTH)
    drawn = (picture < 255).any((1, 2)).nonzero()[0]
    return picture[max(0, drawn[0] - 8):drawn[-1] + 9], (
        f'{where}, {variant}: edge F1 '
        f'{edge_f1(scene, sweep.baseline):.2f} -> '
        f'{edge_f1(scene, variant):.2f}, median of {len(scenes)}')


def details(sweep: Sweep, variant: str):
    """(gain, detail, where) of each image that both have predicted."""
    names = (sweep.baseline, variant)
    for seed in sweep.seeds:
        samples = {
            name: run.load_samples()
            for name in names for run in sweep.runs_of(name)
            if run.seed == seed
        }
        if len(samples) < 2 or None in samples.values():
            continue
        first = samples[sweep.baseline]
        for i in range(min(len(x.pred) for x in samples.values())):
            scene = make_scene(first.image[i], first.target[i],
                               {k: x.pred[i] for k, x in samples.items()})
            scene = scene.crop(*busiest_crop(scene))
            gain = edge_f1(scene, variant) - edge_f1(scene, sweep.baseline)
            if np.isfinite(gain):
                yield gain, scene, f'seed {seed}, image {i + 1}'


def enlarge(picture: np.ndarray) -> np.ndarray:
    """Whole pixels, so that nothing is smoothed."""
    factor = max(1, WIDTH // 3 // picture.shape[1])
    return picture.repeat(factor, 0).repeat(factor, 1)


if __name__ == '__main__':
    main()

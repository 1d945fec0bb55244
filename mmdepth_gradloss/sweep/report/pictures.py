"""Pictures of a report, and their captions."""
from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
import pandas as pd

from .depth_pictures import Scene, draw_scene
from .plots import draw_curves, draw_trade_off, variant_styles
from .results import Sweep
from .wording import counted, number

_SCENE_VARIANTS = 3
"""Variants in addition to the baseline in the pictures of images."""
_CURVE_VARIANTS = 7
"""Variants in addition to the baseline in curves; more are hard to discern."""


class Picture(NamedTuple):
    """A PNG file with its description and caption."""
    name: str
    alt: str
    caption: str
    png: bytes


def overview(sweep: Sweep, pair: Sequence[str]) -> list[Picture]:
    """The prediction with the median gain between two variants."""
    scored = []
    for seed in sweep.seeds:
        for title, scene in _scenes(sweep, pair, seed).items():
            f1 = [scene.boundary_f1(name) for name in scene.preds]
            if len(f1) == 2 and np.isfinite(f1).all():
                scored.append((f1[1] - f1[0], f1, title, scene))
    if not scored:
        return []
    scored.sort(key=lambda entry: entry[0])
    _, f1, title, scene = scored[(len(scored) - 1) // 2]
    scores = ', '.join(
        f'{name} {number(value, 2)}' for name, value in zip(pair, f1))
    return [_picture(
        'overview', f'Depth, edges and errors of {" and ".join(pair)}',
        f'Not picked by hand: of all {counted(len(scored), "prediction")}, '
        f'the one with the median gain. Its boundary F1: {scores}.',
        draw_scene(scene, title))]


def trade_off(sweep: Sweep, variants: Sequence[str], score: str,
              error: str) -> list[Picture]:
    points = sweep.metrics.reindex(columns=[error, score]).dropna()
    shown = [name for name in variants if name in points.index]
    if shown[:1] != [sweep.baseline]:
        return []
    return [_picture(
        'trade_off', 'Boundary score against depth error of all runs',
        'Large: mean of a variant; faint: its runs. Shaded: both metrics '
        f'better than {sweep.baseline}.', draw_trade_off(
            pd.concat([points.loc[[name]] for name in shown]),
            variant_styles(variants)))]


def curves(sweep: Sweep, variants: Sequence[str]) -> list[Picture]:
    shown = variants[:1 + _CURVE_VARIANTS]
    pixels = draw_curves({name: sweep.curves(name) for name in shown},
                         variant_styles(variants))
    if pixels is None:
        return []
    left_out = counted(len(variants) - len(shown), 'variant')
    return [_picture(
        'curves', 'Losses over the iterations',
        'Mean over seeds, smoothed; the band spans the lowest to the highest '
        'seed. Components are unweighted. Variants weight them '
        'differently, so totals are not comparable.' +
        f' Left out: the last {left_out}.' * (shown != variants), pixels)]


def images(sweep: Sweep, variants: Sequence[str]) -> list[Picture]:
    """Images of the first seed that has most variants."""
    shown = variants[:1 + _SCENE_VARIANTS]
    scenes = max((_scenes(sweep, shown, seed) for seed in sweep.seeds),
                 key=lambda found: sum(len(scene.preds)
                                       for scene in found.values()))
    return [_picture(
        f'image_{i}',
        f'{title}: depth, edges and errors of {", ".join(scene.preds)}', '',
        draw_scene(scene, title))
        for i, (title, scene) in enumerate(scenes.items(), 1)]


def _picture(name: str, alt: str, caption: str, pixels: np.ndarray) -> Picture:
    _, data = cv2.imencode('.png', pixels[..., ::-1],
                           (cv2.IMWRITE_PNG_COMPRESSION, 9))
    return Picture(f'{name}.png', alt, caption, data.tobytes())


def _scenes(sweep: Sweep, variants: Sequence[str],
            seed: int) -> dict[str, Scene]:
    """Images of a seed, with the variants that have them in the same size."""
    kept = {name: sweep.samples(name, seed) for name in variants}
    first = next(filter(None, kept.values()), None)
    if first is None:
        return {}
    size = first['target'].shape[1:]
    preds = {name: samples['pred'].astype(float)
             for name, samples in kept.items()
             if samples and samples['pred'].shape[1:] == size}
    # The image is resized to the depth map.
    return {
        f'image {i}, seed {seed}': Scene(
            cv2.resize(image, size[::-1], interpolation=cv2.INTER_AREA),
            target, dict(zip(preds, maps)))
        for i, (image, target, *maps) in enumerate(
            zip(first['image'], first['target'].astype(float),
                *preds.values()), 1) if maps
    }

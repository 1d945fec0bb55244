"""All that a report says, before it becomes a page."""
from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import cv2
import mmengine
import numpy as np
import torch

from ...version import __version__
from .depth_pictures import (Scene, busiest_crop, draw_overview, draw_scene,
                             edge_f1, make_scene)
from .headline import Effect, Headline, make_headline, rank_effects
from .metrics import describe
from .plots import Cloud, draw_curves, draw_trade_off, variant_styles
from .results import Run, Samples, Sweep
from .tables import Table, comparison_table, override_table, run_table
from .wording import counted, duration, without_folders

_SCENE_VARIANTS = 3
"""Variants beside the baseline in the pictures of whole images."""
_CURVE_VARIANTS = 7
"""Variants beside the baseline among the curves; more cannot be told apart."""


@dataclass(frozen=True)
class ReportOptions:
    """What a report is about.

    Args:
        boundary_score (str): Metric that the gradient loss should raise.
        depth_error (str): Error that it should not raise.
        images (int): How many images to show as a whole.
    """
    boundary_score: str = 'depth/boundary_f1'
    depth_error: str = 'depth/rmse'
    images: int = 4


@dataclass(frozen=True)
class Picture:
    """A figure with its text.

    Args:
        name (str): File name.
        alt (str): What it shows, for those who do not see it.
        caption (str): How to read it.
        pixels (np.ndarray): (H, W, 3) uint8, RGB.
    """
    name: str
    alt: str
    caption: str
    pixels: np.ndarray

    @cached_property
    def png(self) -> bytes:
        """The picture as a file."""
        _, data = cv2.imencode('.png', self.pixels[..., ::-1],
                               (cv2.IMWRITE_PNG_COMPRESSION, 9))
        return data.tobytes()


@dataclass(frozen=True)
class Report:
    """Parts of a report, from top to bottom."""
    about: str
    headline: Headline
    overview: Picture | None
    comparison: Table
    comparison_notes: Sequence[str]
    trade_off: Picture | None
    curves: Picture | None
    scenes: Sequence[Picture]
    runs: Table
    overrides: Table
    progress: Sequence[str]
    command: str
    versions: str

    @property
    def pictures(self) -> list[Picture]:
        """All pictures."""
        single = (self.overview, self.trade_off, self.curves)
        return [picture for picture in (*single, *self.scenes) if picture]


def make_report(sweep: Sweep, options: ReportOptions) -> Report:
    """Evaluate a sweep.

    Args:
        sweep (Sweep): Finished runs.
        options (ReportOptions): What to look at.
    """
    metrics = options.boundary_score, options.depth_error
    effects = rank_effects(sweep, *metrics)
    variants = _sorted_variants(sweep, effects)
    return Report(
        about=_about(sweep),
        headline=make_headline(sweep, *metrics),
        overview=_overview(sweep, effects),
        comparison=comparison_table(sweep, variants),
        comparison_notes=_comparison_notes(sweep),
        trade_off=_trade_off(sweep, variants, options),
        curves=_curves(sweep, variants),
        scenes=_scenes(sweep, variants, options.images),
        runs=run_table(sweep),
        overrides=override_table(sweep),
        progress=_progress(sweep),
        command=without_folders(sweep.command),
        versions=_versions())


def _sorted_variants(sweep: Sweep, effects: Sequence[Effect]) -> list[str]:
    """Variants with a finished run: baseline, then from best to worst."""
    first = [sweep.baseline] if sweep.runs_of(sweep.baseline) else []
    ranked = [effect.variant for effect in effects]
    return first + ranked + [v for v in sweep.others if v not in ranked]


def _about(sweep: Sweep) -> str:
    runs = f'{len(sweep.runs)} of {counted(sweep.expected, "run")} finished'
    return ' · '.join(
        filter(None, (without_folders(sweep.config),
                      f'{counted(len(sweep.variants), "variant")} × '
                      f'{counted(len(sweep.seeds), "seed")}', runs)))


def _overview(sweep: Sweep, effects: Sequence[Effect]) -> Picture | None:
    """The picture in which the best variant's gain is the median of all."""
    variants = [sweep.baseline] + [effect.variant for effect in effects[:1]]
    scored = []
    for seed in sweep.seeds:
        samples = _samples_of(sweep, variants, seed)
        if len(samples) < len(variants):
            continue
        for index in range(min(len(s.pred) for s in samples.values())):
            scene = _scene(samples, index)
            part = scene.crop(*busiest_crop(scene))
            f1 = [edge_f1(part, variant) for variant in variants]
            scored.append((f1[-1] - f1[0] if len(f1) > 1 else f1[0], f1,
                           scene, f'image {index + 1}, seed {seed}'))
    scored = [entry for entry in scored if np.isfinite(entry[0])]
    if not scored:
        return None
    scored.sort(key=lambda entry: entry[0])
    _, f1, scene, where = scored[(len(scored) - 1) // 2]
    scores = ', '.join(f'{variant} {value:.2f}'
                       for variant, value in zip(variants, f1))
    shown = 'gain' if len(variants) > 1 else 'score'
    return Picture(
        'overview.png', 'A cut-out of an image with true depth, predicted '
        f'depth and edges of {" and ".join(variants)}',
        f'Not picked by hand: of all {counted(len(scored), "prediction")}, '
        f'the one with the median {shown}. F1 of its edges here: {scores}.',
        draw_overview(scene, where))


def _samples_of(sweep: Sweep, variants: Sequence[str],
                seed: int) -> dict[str, Samples]:
    """Samples of one seed, of those variants that have them at one size."""
    found: dict[str, Samples] = {}
    for variant in variants:
        for run in sweep.runs_of(variant):
            samples = run.load_samples() if run.seed == seed else None
            first = next(iter(found.values()), samples)
            if samples and first and (samples.pred.shape[1:] ==
                                      first.target.shape[1:]):
                found[variant] = samples
    return found


def _scene(samples: dict[str, Samples], index: int) -> Scene:
    first = next(iter(samples.values()))
    return make_scene(first.image[index], first.target[index],
                      {variant: s.pred[index]
                       for variant, s in samples.items()})


def _comparison_notes(sweep: Sweep) -> list[str]:
    below = f'paired difference to {sweep.baseline}'
    if all(len(sweep.runs_of(variant)) < 2 for variant in sweep.variants):
        return [f'Below a value: {below} in percent. One seed gives no '
                'interval, so nothing is marked.']
    return [
        'Mean ± half of its 95 % confidence interval (Student’s t). Below: '
        f'{below} over common seeds in percent, with its 95 % interval.',
        'Bold: the interval is clear of 0. Each is taken by itself; of 20 '
        'without any effect, one is bold by chance.'
    ]


def _trade_off(sweep: Sweep, variants: Sequence[str],
               options: ReportOptions) -> Picture | None:
    clouds = {}
    for variant in variants:
        points = np.array([[
            run.metrics.get(name, np.nan)
            for name in (options.depth_error, options.boundary_score)
        ] for run in sweep.runs_of(variant)])
        points = points[np.isfinite(points).all(1)]
        if len(points):
            clouds[variant] = Cloud(*points.T)
    if not clouds or next(iter(clouds)) != sweep.baseline:
        return None
    score, error = (
        describe(name).label
        for name in (options.boundary_score, options.depth_error))
    return Picture(
        'trade_off.png', f'{score} against {error}',
        'Large: mean of a variant; faint: its runs. Shaded: both better than '
        f'{sweep.baseline}.',
        draw_trade_off(clouds, variant_styles(variants), options.depth_error,
                       options.boundary_score))


def _curves(sweep: Sweep, variants: Sequence[str]) -> Picture | None:
    shown = variants[:1 + _CURVE_VARIANTS]
    runs = {
        variant: [run.load_curves() for run in sweep.runs_of(variant)]
        for variant in shown
    }
    runs = {variant: curves for variant, curves in runs.items() if any(curves)}
    pixels = draw_curves(runs, variant_styles(variants)) if runs else None
    if pixels is None:
        return None
    left_out = len(variants) - len(shown)
    caption = ('Mean over seeds, smoothed; the band reaches from the lowest '
               'to the highest seed. Components are unweighted. Variants '
               'weight them differently, so totals do not compare.')
    if left_out:
        caption += f' Left out: the last {counted(left_out, "variant")}.'
    return Picture('curves.png', 'Losses over the iterations', caption, pixels)


def _scenes(sweep: Sweep, variants: Sequence[str],
            images: int) -> list[Picture]:
    shown = variants[:1 + _SCENE_VARIANTS]
    by_seed = {seed: _samples_of(sweep, shown, seed) for seed in sweep.seeds}
    # The first of the seeds that show most variants.
    seed = max(by_seed, key=lambda seed: len(by_seed[seed]), default=None)
    if seed is None or not by_seed[seed]:
        return []
    samples = by_seed[seed]
    number = min(images, *(len(s.pred) for s in samples.values()))
    names = ', '.join(samples)
    return [
        Picture(f'image_{index + 1}.png',
                f'Image {index + 1}: depth, edges and errors of {names}', '',
                draw_scene(
                    _scene(samples, index), f'image {index + 1}, seed {seed}'))
        for index in range(number)
    ]


def _progress(sweep: Sweep) -> list[str]:
    lines = [f'{len(sweep.runs)} of {counted(sweep.expected, "run")} '
             f'finished, in {duration(_total_seconds(sweep.runs))} of '
             'training.']
    missing = sweep.missing()
    if missing:
        listed = '; '.join(f'{variant}: {", ".join(map(str, seeds))}'
                           for variant, seeds in missing.items())
        lines.append(f'{sum(map(len, missing.values()))} missing, by seed: '
                     f'{listed}.')
    if sweep.failed:
        lines.append(f'Failed: {", ".join(sweep.failed)}.')
    return lines


def _total_seconds(runs: Sequence[Run]) -> float:
    return float(np.nansum([run.seconds for run in runs]))


def _versions() -> str:
    return (f'mmdepth-gradloss {__version__}, Python '
            f'{platform.python_version()}, PyTorch {torch.__version__}, '
            f'MMEngine {mmengine.__version__}')

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
from .plots import Cloud, arm_styles, draw_curves, draw_trade_off
from .results import Run, Samples, Sweep
from .tables import Table, comparison_table, override_table, run_table
from .wording import counted, duration, without_folders

_SCENE_ARMS = 3
"""Arms beside the baseline in the pictures of whole images."""
_CURVE_ARMS = 7
"""Arms beside the baseline among the curves; more cannot be told apart."""


@dataclass(frozen=True)
class ReportOptions:
    """What a report is about.

    Args:
        sharpness (str): Metric that the gradient loss should raise.
        accuracy (str): Error that it should not raise.
        images (int): How many images to show as a whole.
    """
    sharpness: str = 'depth/boundary_f1'
    accuracy: str = 'depth/rmse'
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
    effects = rank_effects(sweep, options.sharpness, options.accuracy)
    arms = _sorted_arms(sweep, effects)
    return Report(
        about=_about(sweep),
        headline=make_headline(sweep, options.sharpness, options.accuracy),
        overview=_overview(sweep, effects),
        comparison=comparison_table(sweep, arms),
        comparison_notes=_comparison_notes(sweep),
        trade_off=_trade_off(sweep, arms, options),
        curves=_curves(sweep, arms),
        scenes=_scenes(sweep, arms, options.images),
        runs=run_table(sweep),
        overrides=override_table(sweep),
        progress=_progress(sweep),
        command=without_folders(sweep.command),
        versions=_versions())


def _sorted_arms(sweep: Sweep, effects: Sequence[Effect]) -> list[str]:
    """Arms with a finished run: baseline, then from the best to the worst."""
    first = [sweep.baseline] if sweep.runs_of(sweep.baseline) else []
    ranked = [effect.arm for effect in effects]
    return first + ranked + [a for a in sweep.variants if a not in ranked]


def _about(sweep: Sweep) -> str:
    runs = f'{len(sweep.runs)} of {counted(sweep.expected, "run")} finished'
    return ' · '.join(
        filter(None, (without_folders(sweep.config),
                      f'{counted(len(sweep.arms), "arm")} × '
                      f'{counted(len(sweep.seeds), "seed")}', runs)))


def _overview(sweep: Sweep, effects: Sequence[Effect]) -> Picture | None:
    """The picture in which the best arm's gain is the median of all."""
    arms = [sweep.baseline] + [effect.arm for effect in effects[:1]]
    scored = []
    for seed in sweep.seeds:
        samples = _samples_of(sweep, arms, seed)
        if len(samples) < len(arms):
            continue
        for index in range(min(len(s.pred) for s in samples.values())):
            scene = _scene(samples, index)
            part = scene.crop(*busiest_crop(scene))
            f1 = [edge_f1(part, arm) for arm in arms]
            scored.append((f1[-1] - f1[0] if len(f1) > 1 else f1[0], f1,
                           scene, f'image {index + 1}, seed {seed}'))
    scored = [entry for entry in scored if np.isfinite(entry[0])]
    if not scored:
        return None
    scored.sort(key=lambda entry: entry[0])
    _, f1, scene, where = scored[(len(scored) - 1) // 2]
    scores = ', '.join(f'{arm} {value:.2f}' for arm, value in zip(arms, f1))
    shown = 'gain' if len(arms) > 1 else 'score'
    return Picture(
        'overview.png', 'A cut-out of an image with true depth, predicted '
        f'depth and edges of {" and ".join(arms)}',
        f'Not picked by hand: of all {counted(len(scored), "prediction")}, '
        f'the one with the median {shown}. F1 of its edges here: {scores}.',
        draw_overview(scene, where))


def _samples_of(sweep: Sweep, arms: Sequence[str],
                seed: int) -> dict[str, Samples]:
    """Samples of one seed, of those arms that have them at one size."""
    found: dict[str, Samples] = {}
    for arm in arms:
        for run in sweep.runs_of(arm):
            samples = run.load_samples() if run.seed == seed else None
            first = next(iter(found.values()), samples)
            if samples and first and (samples.pred.shape[1:] ==
                                      first.target.shape[1:]):
                found[arm] = samples
    return found


def _scene(samples: dict[str, Samples], index: int) -> Scene:
    first = next(iter(samples.values()))
    return make_scene(first.image[index], first.target[index],
                      {arm: s.pred[index]
                       for arm, s in samples.items()})


def _comparison_notes(sweep: Sweep) -> list[str]:
    below = f'paired difference to {sweep.baseline}'
    if all(len(sweep.runs_of(arm)) < 2 for arm in sweep.arms):
        return [f'Below a value: {below} in percent. One seed gives no '
                'interval, so nothing is marked.']
    return [
        'Mean ± half of its 95 % confidence interval (Student’s t). Below: '
        f'{below} over common seeds in percent, with its 95 % interval.',
        'Bold: the interval is clear of 0. Each is taken by itself; of 20 '
        'without any effect, one is bold by chance.'
    ]


def _trade_off(sweep: Sweep, arms: Sequence[str],
               options: ReportOptions) -> Picture | None:
    clouds = {}
    for arm in arms:
        points = np.array([[
            run.metrics.get(name, np.nan)
            for name in (options.accuracy, options.sharpness)
        ] for run in sweep.runs_of(arm)])
        points = points[np.isfinite(points).all(1)]
        if len(points):
            clouds[arm] = Cloud(*points.T)
    if not clouds or next(iter(clouds)) != sweep.baseline:
        return None
    error, gain = (
        describe(name).label for name in (options.accuracy, options.sharpness))
    return Picture(
        'trade_off.png', f'{error} against {gain}',
        'Large: mean of an arm; faint: its runs. Shaded: both better than '
        f'{sweep.baseline}.',
        draw_trade_off(clouds, arm_styles(arms), options.accuracy,
                       options.sharpness))


def _curves(sweep: Sweep, arms: Sequence[str]) -> Picture | None:
    shown = arms[:1 + _CURVE_ARMS]
    runs = {
        arm: [run.load_curves() for run in sweep.runs_of(arm)]
        for arm in shown
    }
    runs = {arm: curves for arm, curves in runs.items() if any(curves)}
    pixels = draw_curves(runs, arm_styles(arms)) if runs else None
    if pixels is None:
        return None
    left_out = len(arms) - len(shown)
    caption = ('Mean over seeds, smoothed; the band reaches from the lowest '
               'to the highest seed. Components are unweighted. Arms weight '
               'them differently, so totals do not compare.')
    if left_out:
        caption += f' Left out: the last {counted(left_out, "arm")}.'
    return Picture('curves.png', 'Losses over the iterations', caption, pixels)


def _scenes(sweep: Sweep, arms: Sequence[str], images: int) -> list[Picture]:
    shown = arms[:1 + _SCENE_ARMS]
    by_seed = {seed: _samples_of(sweep, shown, seed) for seed in sweep.seeds}
    # The first of the seeds that show most arms.
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
        listed = '; '.join(f'{arm}: {", ".join(map(str, seeds))}'
                           for arm, seeds in missing.items())
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

"""What a sweep left on disk."""
from __future__ import annotations

import json
import math
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..store import MANIFEST, RESULT


@dataclass(frozen=True)
class Samples:
    """Predictions of one run for a few images.

    Args:
        image (np.ndarray): (K, h, w, 3) uint8, RGB.
        target (np.ndarray): (K, H, W) metres, 0 where there is no truth.
        pred (np.ndarray): (K, H, W) metres.
    """
    image: np.ndarray
    target: np.ndarray
    pred: np.ndarray


@dataclass(frozen=True)
class Run:
    """One finished training."""
    variant: str
    seed: int
    metrics: Mapping[str, float]
    seconds: float
    finished: str
    folder: Path

    def load_curves(self) -> dict[str, np.ndarray]:
        """Logged scalars by name, one value an iteration; empty without."""
        arrays = _load_arrays(self.folder / 'curves.npz')
        return {name: values.ravel() for name, values in arrays.items()}

    def load_samples(self) -> Samples | None:
        """Predictions that the run kept, None if it has none."""
        arrays = _load_arrays(self.folder / 'samples.npz')
        if not {'image', 'target', 'pred'} <= set(arrays):
            return None
        if not len(arrays['pred']):
            return None
        return Samples(arrays['image'], arrays['target'], arrays['pred'])


@dataclass(frozen=True)
class Sweep:
    """A sweep and those of its runs that have finished.

    Args:
        config (str): What was trained.
        baseline (str): Name of the variant that all others are compared with.
        variants (Mapping[str, Mapping[str, Any]]): Overrides by name, the
            baseline first.
        seeds (Sequence[int]): Seeds of each variant.
        command (str): How to reproduce.
        runs (Sequence[Run]): By variant, then seed.
        failed (Sequence[str]): Runs that left an error instead of a result.
    """
    config: str
    baseline: str
    variants: Mapping[str, Mapping[str, Any]]
    seeds: Sequence[int]
    command: str
    runs: Sequence[Run]
    failed: Sequence[str]

    @property
    def others(self) -> list[str]:
        """Variants other than the baseline that have a finished run."""
        return [
            variant for variant in self.variants
            if variant != self.baseline and self.runs_of(variant)
        ]

    @property
    def expected(self) -> int:
        """Number of runs when all have finished."""
        return len(self.variants) * len(self.seeds)

    @property
    def metric_names(self) -> list[str]:
        """Names of all metrics, in the order in which they appear."""
        return list(
            dict.fromkeys(name for run in self.runs for name in run.metrics))

    def runs_of(self, variant: str) -> list[Run]:
        """Finished runs of a variant."""
        return [run for run in self.runs if run.variant == variant]

    def values(self, variant: str, metric: str) -> dict[int, float]:
        """A metric of a variant's finished runs by seed, NaN if missing."""
        return {
            run.seed: run.metrics.get(metric, math.nan)
            for run in self.runs_of(variant)
        }

    def missing(self) -> dict[str, list[int]]:
        """Seeds that have not finished, by variant."""
        seeds = {
            variant: sorted(
                set(self.seeds).difference(
                    run.seed for run in self.runs_of(variant)))
            for variant in self.variants
        }
        return {variant: left for variant, left in seeds.items() if left}


def load_sweep(work_dir: Path) -> Sweep:
    """Read a sweep and its finished runs.

    Args:
        work_dir (Path): Folder with ``sweep.json`` and ``runs``. Runs that
            ``sweep.json`` does not name are left out.

    Raises:
        FileNotFoundError: If there is no ``sweep.json``.
    """
    manifest_path = work_dir / MANIFEST
    if not manifest_path.is_file():
        raise FileNotFoundError(f'no {MANIFEST} in {work_dir}')
    manifest = json.loads(manifest_path.read_text(encoding='utf-8'))
    baseline = manifest['baseline']
    variants = {baseline: {}, **manifest['variants']}
    runs, failed = [], []
    for folder in sorted(work_dir.glob('runs/*/seed_*')):
        run = _load_run(folder)
        if run is None:
            if (folder / 'error.txt').is_file():
                failed.append(f'{folder.parent.name}/{folder.name}')
        elif run.variant in variants and run.seed in manifest['seeds']:
            runs.append(run)
    order = list(variants)
    runs.sort(key=lambda run: (order.index(run.variant), run.seed))
    return Sweep(
        config=str(manifest.get('config', '')),
        baseline=baseline,
        variants=variants,
        seeds=manifest['seeds'],
        command=str(manifest.get('command', '')),
        runs=runs,
        failed=failed)


def _load_run(folder: Path) -> Run | None:
    """A run; None if it has not finished."""
    path = folder / RESULT
    if not path.is_file():
        return None
    result = json.loads(path.read_text(encoding='utf-8'))
    return Run(
        variant=result['variant'],
        seed=result['seed'],
        metrics={
            name: _to_float(value)
            for name, value in result['metrics'].items()
        },
        seconds=_to_float(result.get('seconds')),
        finished=str(result.get('finished', '')),
        folder=folder)


def _to_float(value: Any) -> float:
    return float(value) if isinstance(value, (int, float)) else math.nan


def _load_arrays(path: Path) -> dict[str, np.ndarray]:
    """Arrays of an npz file; none if it is missing or broken off."""
    try:
        with np.load(path) as arrays:
            return dict(arrays)
    except (FileNotFoundError, zipfile.BadZipFile, EOFError, ValueError):
        return {}

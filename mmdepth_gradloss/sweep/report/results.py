"""Results of a sweep on disk."""
from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..store import MANIFEST, RESULT


@dataclass(frozen=True)
class Sweep:
    """A sweep and its finished runs.

    ``variants`` has the overrides by name, the baseline first. ``runs`` has
    ``seconds`` and ``folder`` of finished runs, by variant and seed;
    ``metrics`` has a row for unfinished ones too, NaN where a value is missing
    or not finite. ``failed`` names runs that left an error.
    """
    config: str
    command: str
    baseline: str
    variants: Mapping[str, Mapping[str, Any]]
    seeds: Sequence[int]
    runs: pd.DataFrame
    metrics: pd.DataFrame
    failed: Sequence[str]

    def finished(self, variant: str) -> list[int]:
        return [seed for name, seed in self.runs.index if name == variant]

    def values(self, variant: str, metric: str) -> pd.Series:
        return self.metrics.reindex(columns=[metric]).loc[variant, metric]

    def curves(self, variant: str) -> list[dict[str, pd.Series]]:
        """Logged scalars of each finished run, one value per iteration."""
        runs = [self._arrays(variant, seed, 'curves.npz')
                for seed in self.finished(variant)]
        return [{name: pd.Series(values.ravel())
                 for name, values in run.items()} for run in runs]

    def samples(self, variant: str, seed: int) -> dict[str, np.ndarray]:
        """Saved predictions of a run, empty if it has none. ``image``, (K, h,
        w, 3) uint8, RGB; ``target`` and ``pred``, (K, H, W) metres, the target
        0 where unknown."""
        arrays = self._arrays(variant, seed, 'samples.npz')
        return arrays if {'image', 'target', 'pred'} <= set(arrays) else {}

    def _arrays(self, variant: str, seed: int,
                name: str) -> dict[str, np.ndarray]:
        """Arrays of a file; none if it is missing or incomplete."""
        try:
            with np.load(self.runs.folder[variant, seed] / name) as arrays:
                return dict(arrays)
        except (KeyError, FileNotFoundError, EOFError, ValueError,
                zipfile.BadZipFile):
            return {}


def load_sweep(work_dir: Path) -> Sweep:
    """Read a sweep and its finished runs; a FileNotFoundError without
    ``sweep.json``."""
    if not (work_dir / MANIFEST).is_file():
        raise FileNotFoundError(f'no {MANIFEST} in {work_dir}')
    manifest = _read_json(work_dir / MANIFEST)
    variants = {manifest['baseline']: {}, **manifest['variants']}
    expected = pd.MultiIndex.from_product([variants, manifest['seeds']],
                                          names=['variant', 'seed'])
    folders = sorted(work_dir.glob('runs/*/seed_*'))
    finished = [folder for folder in folders if (folder / RESULT).is_file()]
    runs = pd.DataFrame(
        [dict(_read_json(path / RESULT), folder=path) for path in finished],
        columns=['variant', 'seed', 'metrics', 'seconds', 'folder'])
    runs = runs.set_index(['variant', 'seed']).reindex(expected)
    runs = runs.dropna(subset='folder').astype({'seconds': float})
    metrics = pd.DataFrame(list(runs.metrics), runs.index, dtype=float)
    return Sweep(
        str(manifest.get('config', '')), str(manifest.get('command', '')),
        manifest['baseline'], variants, manifest['seeds'],
        runs[['seconds', 'folder']],
        metrics.where(np.isfinite(metrics)).reindex(expected),
        ['/'.join(path.parts[-2:]) for path in folders
         if path not in finished and (path / 'error.txt').is_file()])


def _read_json(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding='utf-8'))

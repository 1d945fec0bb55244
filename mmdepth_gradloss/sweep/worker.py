"""Execution of the runs of a sweep, in parallel with other processes."""
from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

import numpy as np
from mmengine.config import Config

from .store import SweepStore
from .training import train
from .variants import Variant

_POLL_SECONDS = 2.0


def run_all(store: SweepStore, cfg: Config, variants: Sequence[Variant],
            seeds: Sequence[int],
            stop: Callable[[], bool] = lambda: False) -> list[str]:
    """Do all runs that no other process does, and wait for the others.

    Runs are ordered by seed, so that an interrupted sweep can be compared.
    ``stop`` is called between runs, to end early. Returns runs that failed in
    this process, and why; others continue.
    """
    begin = time.perf_counter()
    left_at_begin = len(store.unfinished(variants, seeds))
    failed: dict[tuple[Variant, int], str] = {}
    while not stop():
        todo = [run for run in store.unfinished(variants, seeds)
                if run not in failed]
        if not todo:
            break
        started = False
        for variant, seed in todo:
            if stop():
                break
            with store.claim(variant, seed) as folder:
                if folder is None:
                    continue
                started = True
                result = run_one(store, cfg, variant, seed, folder)
                if isinstance(result, str):
                    failed[variant, seed] = result
                    continue
            # Estimate the remaining time from the runs that all processes
            # have finished since this one started.
            left = len(store.unfinished(variants, seeds))
            seconds = (time.perf_counter() - begin) / max(
                left_at_begin - left, 1)
            _print_progress(result, left,
                            len(variants) * len(seeds), left * seconds)
        if not started:
            # Other processes do the remaining runs. If they stop, we do.
            time.sleep(_POLL_SECONDS)
    return list(failed.values())


def _print_progress(result: dict, left: int, total: int,
                    seconds: float) -> None:
    metrics = '  '.join(
        f'{name.split("/")[-1]} {result["metrics"][name]:.4f}'
        for name in ('depth/rmse', 'depth/boundary_f1')
        if result['metrics'].get(name) is not None)
    print(
        f'[{total - left}/{total}] {result["variant"]}, seed '
        f'{result["seed"]}: {metrics}  ({result["seconds"]:.0f} s); '
        f'{timedelta(seconds=round(seconds))} left',
        flush=True)


def run_one(store: SweepStore, cfg: Config, variant: Variant, seed: int,
            folder: Path) -> dict | str:
    """Do a claimed run and store its result, or return an error message. The
    traceback is then in ``error.txt`` of the run's folder."""
    try:
        result = train(cfg, variant, seed, folder)
    except Exception as error:
        (folder / 'error.txt').write_text(traceback.format_exc())
        what = f'{variant.name}, seed {seed}: {type(error).__name__}: {error}'
        print(f'failed: {what}', flush=True)
        return what
    store.write_result(variant, seed, result)
    return result


def mean_metric(results: Sequence[dict], name: str) -> float:
    """Mean of a metric over runs, NaN if one lacks it."""
    return float(np.mean(
        [result['metrics'].get(name) for result in results], dtype=float))

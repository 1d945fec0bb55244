"""Sweeps on disk that nobody trained."""
import json

import numpy as np

F1, RMSE = 'depth/boundary_f1', 'depth/rmse'
COMMAND = 'python tools/sweep.py config.py --seeds 0 1 2'


def write_manifest(work_dir, variants, seeds, **entries):
    work_dir.mkdir(parents=True, exist_ok=True)
    manifest = dict(
        config='configs/x.py',
        baseline='baseline',
        variants=variants,
        seeds=list(seeds),
        command=COMMAND)
    (work_dir / 'sweep.json').write_text(json.dumps({**manifest, **entries}))


def write_run(work_dir, variant, seed, metrics, curves=None, samples=None):
    """A finished run; its folder's name is not the variant's."""
    folder = work_dir / 'runs' / variant.replace('/', '_') / f'seed_{seed}'
    folder.mkdir(parents=True)
    (folder / 'result.json').write_text(
        json.dumps(
            dict(
                variant=variant,
                seed=seed,
                overrides={},
                metrics=metrics,
                seconds=90.0,
                finished='2025-01-01T00:00:00+00:00')))
    if curves is not None:
        np.savez(folder / 'curves.npz', **curves)
    if samples is not None:
        np.savez(folder / 'samples.npz', **samples)
    return folder


def write_sweep(work_dir, values, seeds=None, **entries):
    """A sweep with only metrics.

    ``values`` has a list of (F1, RMSE), one a seed, by variant; None for a run
    that has not finished.
    """
    seeds = range(max(map(len, values.values()))) if seeds is None else seeds
    write_manifest(work_dir, {name: {} for name in values}, seeds, **entries)
    for variant, pairs in values.items():
        for seed, pair in zip(seeds, pairs):
            if pair is not None:
                metrics = {F1: pair[0], RMSE: pair[1]}
                write_run(work_dir, variant, seed, metrics)
    return work_dir


def step_samples(blur, number=2):
    """A step in depth, and a prediction that smears it over pixels."""
    column = np.arange(24)
    target = np.tile(np.where(column < 12, 2.0, 4.0), (number, 16, 1))
    smeared = np.interp(column, (12 - blur, 12 + blur - 1), (2.0, 4.0))
    return dict(
        image=np.full((number, 16, 24, 3), 90, np.uint8),
        target=target.astype(np.float32),
        pred=np.tile(smeared, (number, 16, 1)).astype(np.float32))


def curves_of(variant, length=30):
    falling = np.linspace(2, 1, length)
    curves = dict(loss=falling, silog_component=falling, lr=falling)
    if variant != 'baseline':
        curves.update(gradient_component=falling, gradient_weight=falling)
    return curves

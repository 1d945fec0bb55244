"""Fake sweeps on disk."""
import json

import numpy as np

F1, RMSE = 'depth/boundary_f1', 'depth/rmse'
COMMAND = 'python tools/sweep.py config.py --seeds 0 1 2'


def write_manifest(work_dir, variants, seeds):
    work_dir.mkdir(parents=True, exist_ok=True)
    (work_dir / 'sweep.json').write_text(
        json.dumps(
            dict(config='configs/x.py', baseline='baseline', command=COMMAND,
                 variants=variants, seeds=list(seeds))))


def write_run(work_dir, variant, seed, metrics, curves=None, samples=None):
    """Write a finished run."""
    folder = work_dir / 'runs' / variant.replace('/', '_') / f'seed_{seed}'
    folder.mkdir(parents=True)
    (folder / 'result.json').write_text(
        json.dumps(
            dict(variant=variant, seed=seed, metrics=metrics, seconds=90.0)))
    for name, arrays in (('curves', curves), ('samples', samples)):
        if arrays is not None:
            np.savez(folder / f'{name}.npz', **arrays)
    return folder


def write_sweep(work_dir, values):
    """Write a sweep with metrics only.

    ``values`` maps each variant to a list of (F1, RMSE), one per seed; None
    stands for an unfinished run.
    """
    seeds = range(max(map(len, values.values())))
    write_manifest(work_dir, {name: {} for name in values}, seeds)
    for variant, pairs in values.items():
        for seed, pair in zip(seeds, pairs):
            if pair is not None:
                metrics = {F1: pair[0], RMSE: pair[1]}
                write_run(work_dir, variant, seed, metrics)
    return work_dir


def step_samples(blur, size=(16, 24)):
    """Two images of a depth step, with a blurred prediction."""
    column = np.arange(size[1])
    target = np.tile(np.where(column < 12, 2.0, 4.0), (2, size[0], 1))
    smeared = np.interp(column, (12 - blur, 12 + blur - 1), (2.0, 4.0))
    return dict(
        image=np.full((2, 32, 48, 3), 90, np.uint8),
        target=target.astype(np.float32),
        pred=np.tile(smeared, (2, size[0], 1)).astype(np.float32))


def curves_of(variant, length=30):
    falling = np.linspace(2, 1, length)
    curves = dict(loss=falling, silog_component=0.9 * falling, lr=falling)
    if variant != 'baseline':
        curves.update(
            gradient_component=0.1 * falling, gradient_weight=falling)
    return curves

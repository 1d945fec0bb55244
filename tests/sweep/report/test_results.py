import numpy as np
import pytest
from fake_sweep import (F1, RMSE, curves_of, step_samples, write_manifest,
                        write_run, write_sweep)

from mmdepth_gradloss.sweep.report.results import load_sweep


def test_runs_come_by_variant_and_seed_the_baseline_first(tmp_path):
    # In JSON with sorted keys, the baseline may come last.
    sweep = load_sweep(write_sweep(tmp_path, {
        'a': [(.3, 1)] * 11,
        'baseline': [(.2, 1)] * 11
    }))
    assert list(sweep.variants) == ['baseline', 'a']
    assert list(sweep.runs.index) == list(sweep.metrics.index) == [
        (variant, seed) for variant in sweep.variants for seed in range(11)]


def test_unfinished_and_failed_runs(tmp_path):
    write_sweep(tmp_path, {
        'baseline': [(.2, 1), None, (.2, 1)],
        'a': [None, None, (.3, 1)],
    })
    for seed in (0, 1):
        (tmp_path / f'runs/a/seed_{seed}').mkdir()
    (tmp_path / 'runs/a/seed_1/error.txt').write_text('Traceback')
    sweep = load_sweep(tmp_path)
    assert sweep.finished('baseline') == [0, 2]
    assert sweep.finished('a') == [2]
    assert len(sweep.metrics) == 6 and len(sweep.runs) == 3
    assert sweep.failed == ['a/seed_1']


def test_runs_that_the_sweep_does_not_name_are_left_out(tmp_path):
    write_sweep(tmp_path, {'baseline': [(.2, 1)]})
    write_run(tmp_path, 'old', 0, {F1: 0.9})
    write_run(tmp_path, 'baseline', 7, {F1: 0.9})
    assert load_sweep(tmp_path).finished('baseline') == [0]


def test_what_is_not_finite_is_missing(tmp_path):
    write_manifest(tmp_path, {'baseline': {}}, [0, 1, 2])
    write_run(tmp_path, 'baseline', 0, {F1: None, RMSE: 1})
    write_run(tmp_path, 'baseline', 1, {RMSE: float('inf')})
    sweep = load_sweep(tmp_path)
    assert sweep.values('baseline', F1).isna().all()
    assert sweep.values('baseline', 'unknown').isna().all()
    assert sweep.values('baseline', RMSE).dropna().to_dict() == {0: 1.0}


def test_arrays(tmp_path):
    write_manifest(tmp_path, {'baseline': {}}, [0, 1, 2, 3])
    write_run(tmp_path, 'baseline', 0, {}, curves_of('baseline'),
              step_samples(2))
    write_run(tmp_path, 'baseline', 1, {})
    broken = write_run(tmp_path, 'baseline', 2, {})
    for name in ('curves.npz', 'samples.npz'):
        (broken / name).write_bytes(b'PK\x03\x04 broken off')
    sweep = load_sweep(tmp_path)
    whole, *empty = sweep.curves('baseline')
    assert sorted(whole) == ['loss', 'lr', 'silog_component']
    assert empty == [{}, {}]
    samples = sweep.samples('baseline', 0)
    assert samples['pred'].shape == samples['target'].shape == (2, 16, 24)
    assert samples['image'].dtype == np.uint8
    assert [sweep.samples('baseline', seed) for seed in (1, 2, 3)] == [{}] * 3


def test_folder_without_a_sweep(tmp_path):
    with pytest.raises(FileNotFoundError, match='sweep.json'):
        load_sweep(tmp_path)

"""Executing the runs of a sweep."""
import threading

import pytest
from filelock import FileLock
from mmengine.config import Config

from mmdepth_gradloss.sweep import worker
from mmdepth_gradloss.sweep.store import SweepStore
from mmdepth_gradloss.sweep.variants import Variant

VARIANTS = [Variant('baseline'), Variant('b')]
CFG = Config(dict())


@pytest.fixture
def trained(monkeypatch):
    """Names of the started runs; nothing is trained."""
    runs = []

    def train(cfg, variant, seed, folder):
        runs.append((variant.name, seed))
        if variant.name == 'bad':
            raise RuntimeError('no luck')
        return dict(variant=variant.name, seed=seed, seconds=1.0,
                    metrics={'depth/rmse': 1.0})

    monkeypatch.setattr(worker, 'train', train)
    return runs


def test_each_run_is_done_once_seed_by_seed(tmp_path, trained, capsys):
    store = SweepStore(tmp_path)
    assert worker.run_all(store, CFG, VARIANTS, [5, 4]) == []
    assert trained == [('baseline', 5), ('b', 5), ('baseline', 4), ('b', 4)]
    assert worker.run_all(store, CFG, VARIANTS, [5, 4]) == []
    assert len(trained) == 4
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1].startswith('[4/4] b, seed 4: rmse 1.0000')
    assert lines[-1].endswith('0:00:00 left')


def test_failed_run_is_named_and_others_go_on(tmp_path, trained):
    store = SweepStore(tmp_path)
    variants = [VARIANTS[0], Variant('bad'), VARIANTS[1]]
    failed = worker.run_all(store, CFG, variants, [0])
    assert failed == ['bad, seed 0: RuntimeError: no luck']
    assert store.unfinished(variants, [0]) == [(variants[1], 0)]
    error = store.run_folder(variants[1], 0) / 'error.txt'
    assert 'Traceback' in error.read_text()


def test_waits_for_another_process_and_takes_over(tmp_path, trained,
                                                  monkeypatch):
    monkeypatch.setattr(worker, '_POLL_SECONDS', 0.01)
    store = SweepStore(tmp_path)
    # released by the timer's thread
    lock = FileLock(store.lock('b_seed_0').lock_file, thread_local=False)
    lock.acquire()
    thread = threading.Timer(0.2, lock.release)
    thread.start()
    assert worker.run_all(store, CFG, VARIANTS, [0]) == []
    thread.join()
    assert trained == [('baseline', 0), ('b', 0)]


def test_stops_between_runs(tmp_path, trained):
    worker.run_all(
        SweepStore(tmp_path), CFG, VARIANTS, [0, 1], lambda: len(trained) == 1)
    assert trained == [('baseline', 0)]


@pytest.mark.parametrize('values, expected', [([1.0, 2.0], 1.5),
                                              ([1.0, None], None)])
def test_mean_metric_is_nan_if_one_is_missing(values, expected):
    results = [dict(metrics=dict(m=value)) for value in values]
    mean = worker.mean_metric(results, 'm')
    assert mean == expected or (expected is None and mean != mean)

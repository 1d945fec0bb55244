"""Search over config entries."""
import sys
from dataclasses import replace

import pytest
from mmengine.config import Config

from mmdepth_gradloss.sweep import worker
from mmdepth_gradloss.sweep.search import STUDY_FILE, Search, search
from mmdepth_gradloss.sweep.store import SweepStore
from mmdepth_gradloss.sweep.variants import BASELINE, Variant

pytest.importorskip('optuna')

CFG = Config(dict())
WHAT = Search({'a.x': (0.1, 10.0, 'log'), 'a.n': (1, 4)}, 5, 'score')


class Killed(BaseException):
    """An exception that the sweep does not catch."""


@pytest.fixture
def trained(monkeypatch):
    runs = []

    def train(cfg, variant, seed, folder):
        runs.append((variant.name, seed))
        if len(runs) in kill_at:
            raise Killed
        score = seed - abs(variant.overrides['a.x'] - 2)
        return dict(variant=variant.name, seed=seed, seconds=1.0,
                    metrics=dict(score=score))

    kill_at = set()
    monkeypatch.setattr(worker, 'train', train)
    return runs, kill_at


def test_values_are_in_their_ranges_and_the_best_is_found(tmp_path, trained):
    import optuna
    runs, _ = trained
    store = SweepStore(tmp_path)
    assert search(store, CFG, WHAT, [0, 1]) == []
    study = optuna.load_study(
        study_name='sweep',
        storage=optuna.storages.JournalStorage(
            optuna.storages.journal.JournalFileBackend(
                str(tmp_path / STUDY_FILE))))
    assert len(study.trials) == 5 and len(runs) == 10
    for trial in study.trials:
        assert 0.1 <= trial.params['a.x'] <= 10
        assert trial.params['a.n'] in (1, 2, 3, 4)
        # mean over seeds 0 and 1
        assert trial.value == pytest.approx(0.5 -
                                            abs(trial.params['a.x'] - 2))
    assert len(store.read_manifest()['variants']) == 5


def test_killed_search_goes_on_with_the_same_trial(tmp_path, trained):
    runs, kill_at = trained
    kill_at.add(4)  # the second seed of the second trial
    store = SweepStore(tmp_path)
    with pytest.raises(Killed):
        search(store, CFG, WHAT, [0, 1])
    search(store, CFG, WHAT, [0, 1])
    # 10 runs, and the interrupted one again
    assert len(runs) == 11 and runs[3] == runs[4]
    assert len(set(runs)) == 10
    search(store, CFG, WHAT, [0, 1])
    assert len(runs) == 11


def test_two_searches_share_the_trials(tmp_path, trained):
    runs, _ = trained
    calls = []

    def other():
        # while the first search is running
        if len(calls) == 0:
            calls.append(1)
            search(SweepStore(tmp_path), CFG, WHAT, [0])
        return False

    search(SweepStore(tmp_path), CFG, WHAT, [0], other)
    assert len(runs) == 5 == len(set(runs))


def test_processes_propose_different_values(tmp_path, trained):
    runs, _ = trained
    for _ in range(2):  # each begins like a new process
        search(SweepStore(tmp_path), CFG, WHAT, [0])
    names = [name.split(':')[1] for name, _ in runs]
    assert len(set(names)) == 5
    more = replace(WHAT, trials=9)
    search(SweepStore(tmp_path), CFG, more, [0])
    assert len({name.split(':')[1] for name, _ in runs}) == 9


@pytest.mark.parametrize('change', [
    dict(maximize=False), dict(objective='other'),
    dict(ranges={'a.x': (0.1, 5.0, 'log'), 'a.n': (1, 4)})])
def test_another_search_in_the_same_folder_is_refused(tmp_path, trained,
                                                      change):
    search(SweepStore(tmp_path), CFG, WHAT, [0])
    with pytest.raises(ValueError, match='another search.*--work-dir'):
        search(SweepStore(tmp_path), CFG, replace(WHAT, **change), [0])


def test_unknown_objective_lists_the_metrics_of_the_baseline(tmp_path):
    store = SweepStore(tmp_path)
    store.run_folder(Variant(BASELINE), 0).mkdir(parents=True)
    store.write_result(Variant(BASELINE), 0, dict(metrics={'a': 1, 'b': 2}))
    with pytest.raises(ValueError, match="objective 'score'; known: a, b"):
        search(store, CFG, WHAT, [0])


def test_trial_without_a_finite_value_is_reported(tmp_path, trained, capsys):
    search(SweepStore(tmp_path), CFG, replace(WHAT, objective='other'), [0])
    assert capsys.readouterr().out.count('no finite other') == 5


@pytest.mark.parametrize('bounds', [
    (2, 1), (1, 1), (1, 2, 'linear'), (1, 2, 'log', 3), (0, 1, 'log'), (1, ),
    ('a', 'b')
])
def test_bad_range_is_refused(bounds):
    with pytest.raises(ValueError, match='a.x: expected LOW,HIGH with LOW'):
        Search({'a.x': bounds}, 1, 'score')


def test_ends_of_a_search():
    ends = WHAT.ends()
    assert [(end.name, end.overrides) for end in ends] == [
        ('x=0.1,n=1', {'a.x': 0.1, 'a.n': 1}),
        ('x=10,n=4', {'a.x': 10.0, 'a.n': 4}),
    ]


def test_missing_optuna_names_the_extra(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, 'optuna', None)
    with pytest.raises(ModuleNotFoundError, match=r'gradloss\[sweep\]'):
        search(SweepStore(tmp_path), CFG, WHAT, [0])

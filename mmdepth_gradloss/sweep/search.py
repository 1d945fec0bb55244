from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from filelock import FileLock, Timeout
from mmengine.config import Config

from ..functional.lookup import lookup
from .extra import import_extra
from .store import SweepStore
from .variants import BASELINE, Variant, short_names
from .worker import mean_metric, run_one

STUDY_FILE = 'study.log'


@dataclass(frozen=True)
class Search:
    """A search over config entries.

    ``ranges`` are ``(low, high)`` or ``(low, high, 'log')`` by dotted config
    key, of integers if both bounds are; an invalid one is a ValueError. In
    ``trials`` combinations, over all processes, the ``objective`` is improved,
    a metric such as 'depth/boundary_f1'. ``seed`` is that of the proposals.
    """
    ranges: dict[str, Sequence[Any]]
    trials: int
    objective: str
    maximize: bool = True
    seed: int = 0

    def __post_init__(self) -> None:
        for key, bounds in self.ranges.items():
            if not _is_range(*bounds):
                raise ValueError(
                    f'{key}: expected LOW,HIGH with LOW < HIGH, or '
                    f'LOW,HIGH,log with 0 < LOW < HIGH, got {list(bounds)}')

    def ends(self) -> list[Variant]:
        """Variants at the lower and at the upper end of all ranges."""
        return [self.to_variant({key: bounds[end]
                                 for key, bounds in self.ranges.items()})
                for end in (0, 1)]

    def to_variant(self, values: dict[str, Any], prefix: str = '') -> Variant:
        """A variant named after its values, by dotted config key."""
        names = short_names(self.ranges)
        text = ','.join(
            f'{names[key]}='
            f'{format(value, ".4g" if isinstance(value, float) else "")}'
            for key, value in values.items())
        return Variant(prefix + text, dict(values))


def _is_range(low: Any = None, high: Any = None, *scale: Any) -> bool:
    if not all(isinstance(bound, (int, float)) for bound in (low, high)):
        return False
    return low < high and (not scale or (scale == ('log', ) and low > 0))


def search(store: SweepStore, cfg: Config, what: Search,
           seeds: Sequence[int],
           stop: Callable[[], bool] = lambda: False) -> list[str]:
    """Propose values and train with each of the seeds, until all are tried.

    The study is a file in the sweep's folder, to which any number of processes
    append. Unfinished trials of a process that ended are continued by another,
    with the same values, and without repeating finished runs. ``stop`` is
    called between trials, to end early. Returns runs that failed in this
    process, and why. A ValueError if the folder holds another search, or the
    runs have no such objective.
    """
    optuna = import_extra('optuna')
    for seed in seeds:
        baseline = store.read_result(Variant(BASELINE), seed)
        if baseline is not None:
            lookup('objective', what.objective, baseline['metrics'])
    study = _open_study(optuna, store, what)
    failed: list[str] = []
    while not stop() and (taken := _take(optuna, study, store,
                                         what)) is not None:
        trial, lock = taken
        variant = what.to_variant(trial.params, f'{trial.number}:')
        try:
            store.register(cfg, [variant], list(seeds))
            value = _evaluate(store, cfg, variant, seeds, what.objective,
                              failed)
            if math.isnan(value):
                study.tell(trial.number, state=optuna.trial.TrialState.FAIL)
                print(f'trial {trial.number}: {variant.name}: no finite '
                      f'{what.objective}', flush=True)
            else:
                study.tell(trial.number, value)
                print(
                    f'trial {trial.number}: {variant.name}: {what.objective} '
                    f'{value:.4f}, best {study.best_value:.4f} in trial '
                    f'{study.best_trial.number}; '
                    f'{len(study.trials)}/{what.trials} trials',
                    flush=True)
        finally:
            lock.release()
    return failed


def _open_study(optuna: Any, store: SweepStore, what: Search) -> Any:
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    backend = optuna.storages.journal.JournalFileBackend(
        str(store.folder / STUDY_FILE))
    study = optuna.create_study(
        study_name='sweep',
        storage=optuna.storages.JournalStorage(backend),
        direction='maximize' if what.maximize else 'minimize',
        load_if_exists=True)
    wanted = dict(ranges={key: list(x) for key, x in what.ranges.items()},
                  objective=what.objective, maximize=what.maximize)
    with store.lock('study'):
        there = study.user_attrs.get('search', wanted)
        if there != wanted:
            raise ValueError(f'{store.folder} holds another search, {there}, '
                             f'not {wanted}; use another --work-dir')
        study.set_user_attr('search', wanted)
    return study


def _take(optuna: Any, study: Any, store: SweepStore,
          what: Search) -> tuple[Any, FileLock] | None:
    """An abandoned trial of another process, or else a new one, locked."""
    states = optuna.trial.TrialState
    distributions: dict[str, Any] = {}
    for key, (low, high, *scale) in what.ranges.items():
        whole = isinstance(low, int) and isinstance(high, int)
        kind = (
            optuna.distributions.IntDistribution
            if whole else optuna.distributions.FloatDistribution)
        distributions[key] = kind(low, high, log=bool(scale))
    with store.lock('study'):
        trials = study.get_trials(deepcopy=False)
        for trial in trials:
            if trial.state != states.RUNNING:
                continue
            lock = store.lock(f'trial_{trial.number}')
            try:
                lock.acquire(timeout=0)
            except Timeout:
                continue
            if len(trial.params) == len(distributions):
                return trial, lock
            # Its process ended during the proposal.
            study.tell(trial.number, state=states.FAIL)
            lock.release()
        proposed = [trial for trial in trials
                    if len(trial.params) == len(distributions)]
        if len(proposed) >= what.trials:
            return None
        # A seed for each trial: processes with the same one would propose the
        # same values. Parallel proposals keep away from each other.
        study.sampler = optuna.samplers.TPESampler(
            seed=what.seed + len(trials), constant_liar=True)
        trial = study.ask(distributions)
        lock = store.lock(f'trial_{trial.number}')
        lock.acquire()
        return trial, lock


def _evaluate(store: SweepStore, cfg: Config, variant: Variant,
              seeds: Sequence[int], objective: str,
              failed: list[str]) -> float:
    """Mean objective over the seeds, NaN if a run fails or lacks it."""
    for seed in seeds:
        with store.claim(variant, seed) as folder:
            if folder is not None:
                outcome = run_one(store, cfg, variant, seed, folder)
                if isinstance(outcome, str):
                    failed.append(outcome)
                    return math.nan
    results = [store.read_result(variant, seed) for seed in seeds]
    return mean_metric([r for r in results if r is not None], objective)

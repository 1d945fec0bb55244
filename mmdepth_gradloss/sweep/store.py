"""Runs of a sweep on disk, which several processes share."""
from __future__ import annotations

import hashlib
import json
import math
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from mmengine.config import Config

from .arms import Arm
from .files import write_whole

MANIFEST = 'sweep.json'
RESULT = 'result.json'


class SweepStore:
    """Folder of a sweep.

    ``sweep.json`` says what is compared, and
    ``runs/ARM/seed_N/result.json`` is there once a run has finished. A
    process holds a lock on the run that it works on. The system takes the
    lock back when the process ends, however it ends; so a run that was broken
    off is free to be started again, and no run is done twice.

    Args:
        folder (Path): Made if it is not there.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / 'locks').mkdir(parents=True, exist_ok=True)

    def register(self, cfg: Config, arms: list[Arm], seeds: list[int],
                 **facts: Any) -> None:
        """Write down what is compared, beside what the sweep already has.

        Args:
            cfg (Config): What all arms share.
            arms (list[Arm]): The first is the baseline.
            seeds (list[int]): Random seeds.
            **facts (Any): Further entries of ``sweep.json``.

        Raises:
            ValueError: If the folder holds a sweep of another config, or an
                arm of the same name and other overrides, or if two arms
                would share a folder.
        """
        with self.lock('sweep'):
            old = self.read_manifest() if self.is_registered else {}
            digest = _digest(cfg)
            if old and old['digest'] != digest:
                raise ValueError(
                    f'{self.folder} holds a sweep of another config or other '
                    '--cfg-options; give another --work-dir')
            known = dict(old.get('arms', {}))
            for arm in arms:
                changes = json.loads(_to_json(arm.changes))
                if known.setdefault(arm.name, changes) != changes:
                    raise ValueError(
                        f'{self.folder} has an arm {arm.name!r} with '
                        f'{known[arm.name]}, not {changes}; give it another '
                        'name, or another --work-dir')
            _check_folders([Arm(name) for name in known])
            _write_json(
                self.folder / MANIFEST,
                dict(
                    old,
                    digest=digest,
                    baseline=old.get('baseline', arms[0].name),
                    arms=known,
                    seeds=sorted({*old.get('seeds', []), *seeds}),
                    **facts))

    @property
    def is_registered(self) -> bool:
        """Whether :meth:`register` was ever called."""
        return (self.folder / MANIFEST).exists()

    def read_manifest(self) -> dict[str, Any]:
        """What ``sweep.json`` holds."""
        return json.loads((self.folder / MANIFEST).read_text())

    def run_folder(self, arm: Arm, seed: int) -> Path:
        """Where a run's files lie."""
        return self.folder / 'runs' / arm.folder / f'seed_{seed}'

    def has_finished(self, arm: Arm, seed: int) -> bool:
        """Whether a run has a result."""
        return (self.run_folder(arm, seed) / RESULT).exists()

    def read_result(self, arm: Arm, seed: int) -> dict[str, Any] | None:
        """Result of a run, None if it has not finished."""
        if not self.has_finished(arm, seed):
            return None
        return json.loads((self.run_folder(arm, seed) / RESULT).read_text())

    def write_result(self, arm: Arm, seed: int, result: dict) -> None:
        """Store a run's result; with it the run has finished.

        NaN and infinity become null.
        """
        _write_json(self.run_folder(arm, seed) / RESULT, result)

    def lock(self, name: str) -> FileLock:
        """A lock of the sweep, by name."""
        return FileLock(self.folder / 'locks' / f'{name}.lock')

    @contextmanager
    def claim(self, arm: Arm, seed: int) -> Iterator[Path | None]:
        """Hold a run that has not finished.

        Args:
            arm (Arm): Arm of the run.
            seed (int): Its seed.

        Yields:
            Path | None: The run's folder, empty; None if the run has
            finished or another process works on it.
        """
        lock = self.lock(f'{arm.folder}_seed_{seed}')
        try:
            lock.acquire(timeout=0)
        except Timeout:
            yield None
            return
        try:
            folder = self.run_folder(arm, seed)
            if self.has_finished(arm, seed):
                yield None
            else:
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir(parents=True)
                yield folder
        finally:
            lock.release()

    def unfinished(self, arms: Iterable[Arm],
                   seeds: Iterable[int]) -> list[tuple[Arm, int]]:
        """Runs without a result, seed by seed."""
        arms = list(arms)
        return [(arm, seed) for seed in seeds for arm in arms
                if not self.has_finished(arm, seed)]


def _check_folders(arms: list[Arm]) -> None:
    # File systems that ignore case are common.
    names: dict[str, str] = {}
    for arm in arms:
        other = names.setdefault(arm.folder.lower(), arm.name)
        if other != arm.name:
            raise ValueError(f'arms {other!r} and {arm.name!r} would share '
                             f'the folder runs/{arm.folder}; rename one')


def _digest(cfg: Config) -> str:
    shared = {k: v for k, v in cfg.to_dict().items() if k != 'sweep'}
    return hashlib.sha256(_to_json(shared).encode()).hexdigest()[:16]


def _to_json(value: Any) -> str:
    return json.dumps(
        _without_nan(value), sort_keys=True, indent=1, default=repr)


def _without_nan(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _without_nan(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_nan(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _write_json(path: Path, value: Any) -> None:
    write_whole(path, (_to_json(value) + '\n').encode())

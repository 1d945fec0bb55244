from __future__ import annotations

import hashlib
import json
import math
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from mmengine.config import Config

from ..atomic_write import atomic_write
from .variants import Variant

MANIFEST = 'sweep.json'
RESULT = 'result.json'


class SweepStore:
    """Folder of a sweep, created if it does not exist.

    ``sweep.json`` lists what is compared, and
    ``runs/VARIANT/seed_N/result.json`` exists once a run has finished. A
    process holds a lock on its current run. The operating system releases it
    when the process ends, for any reason, so an interrupted run can be started
    again, and no run is done twice.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / 'locks').mkdir(parents=True, exist_ok=True)

    def register(self, cfg: Config, variants: list[Variant], seeds: list[int],
                 **facts: Any) -> None:
        """Add what is compared, and further ``facts``, to ``sweep.json``; the
        first variant is the baseline. A ValueError if the folder holds a sweep
        of another config, or a variant with the same name and other overrides,
        or if two variants would share a folder.
        """
        with self.lock('sweep'):
            old = self.read_manifest() if self.is_registered else {}
            shared = {k: v for k, v in cfg.to_dict().items() if k != 'sweep'}
            digest = hashlib.sha256(_to_json(shared).encode()).hexdigest()[:16]
            if old and old['digest'] != digest:
                raise ValueError(
                    f'{self.folder} holds a sweep of another config, other '
                    '--cfg-options or another --data-root; use another '
                    '--work-dir')
            known = dict(old.get('variants', {}))
            for variant in variants:
                changes = json.loads(_to_json(variant.changes))
                if known.setdefault(variant.name, changes) != changes:
                    raise ValueError(
                        f'{self.folder} has a variant {variant.name!r} with '
                        f'{known[variant.name]}, not {changes}; use another '
                        'name, or another --work-dir')
            _check_folders([Variant(name) for name in known])
            manifest = dict(
                old, digest=digest,
                baseline=old.get('baseline', variants[0].name),
                variants=known,
                seeds=sorted({*old.get('seeds', []), *seeds}), **facts)
            _write_json(self.folder / MANIFEST, manifest)

    @property
    def is_registered(self) -> bool:
        return (self.folder / MANIFEST).exists()

    def read_manifest(self) -> dict[str, Any]:
        return json.loads((self.folder / MANIFEST).read_text())

    def run_folder(self, variant: Variant, seed: int) -> Path:
        return self.folder / 'runs' / variant.folder / f'seed_{seed}'

    def has_finished(self, variant: Variant, seed: int) -> bool:
        return (self.run_folder(variant, seed) / RESULT).exists()

    def read_result(self, variant: Variant,
                    seed: int) -> dict[str, Any] | None:
        """Result of a run, None if it has not finished."""
        path = self.run_folder(variant, seed) / RESULT
        return json.loads(path.read_text()) if path.exists() else None

    def write_result(self, variant: Variant, seed: int, result: dict) -> None:
        """Store a run's result, which marks it as finished. NaN and infinity
        become null."""
        _write_json(self.run_folder(variant, seed) / RESULT, result)

    def lock(self, name: str) -> FileLock:
        return FileLock(self.folder / 'locks' / f'{name}.lock')

    @contextmanager
    def claim(self, variant: Variant, seed: int) -> Iterator[Path | None]:
        """Lock a run that has not finished.

        Yields:
            The run's empty folder; None if the run has finished or another
            process works on it.
        """
        lock = self.lock(f'{variant.folder}_seed_{seed}')
        try:
            lock.acquire(timeout=0)
        except Timeout:
            yield None
            return
        try:
            folder = self.run_folder(variant, seed)
            if self.has_finished(variant, seed):
                yield None
            else:
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir(parents=True)
                yield folder
        finally:
            lock.release()

    def unfinished(self, variants: Sequence[Variant],
                   seeds: Sequence[int]) -> list[tuple[Variant, int]]:
        """Runs without a result, seed by seed."""
        return [(variant, seed) for seed in seeds for variant in variants
                if not self.has_finished(variant, seed)]


def _check_folders(variants: list[Variant]) -> None:
    # File systems that ignore case are common.
    names: dict[str, str] = {}
    for variant in variants:
        other = names.setdefault(variant.folder.lower(), variant.name)
        if other != variant.name:
            raise ValueError(f'variants {other!r} and {variant.name!r} would '
                             f'share the folder runs/{variant.folder}; rename '
                             'one')


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
    atomic_write(path, (_to_json(value) + '\n').encode())

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from mmengine.config import Config
from mmengine.runner import CheckpointLoader

from ..config import has_gradient_term
from .checkpoint import check_checkpoint, last_checkpoint, require_trust
from .restored_settings import check_restored_settings, parse_config

NEWEST = 'auto'
"""Selects the latest checkpoint of the work directory."""


class Resume(NamedTuple):
    """Messages: nothing is left to train, or there is no checkpoint, or the
    gradient term is gone."""
    finished: str | None = None
    warning: str | None = None


def prepare_resume(cfg: Config, named: str | None = None) -> Resume:
    """Resume a run from a checkpoint, if requested.

    Unlike this, MMEngine silently starts from scratch without a checkpoint,
    trains nothing after the last iteration, and overwrites the settings of
    optimizer and schedule with those of the checkpoint.

    Args:
        cfg: The run's config, changed in place.
        named: The checkpoint, or 'auto' for the latest of the work directory.
            Defaults to the config's ``resume`` and ``load_from``.

    Raises:
        FileNotFoundError: If the checkpoint does not exist.
        ValueError: If it contains only weights, or would overwrite settings.
    """
    if named is None and cfg.get('resume'):
        named = cfg.get('load_from') or NEWEST
    if named is None:
        return Resume()
    path = _newest(cfg.work_dir) if named == NEWEST else named
    cfg.resume = path is not None
    if path is None:
        start = 'the beginning'
        if cfg.get('load_from'):
            start += f', with the weights of {cfg.load_from}'
        return Resume(warning='--resume: there is no checkpoint in '
                      f'{cfg.work_dir}; this run starts from {start}')
    # Without a path MMEngine finds the latest itself; the config that it dumps
    # is then also valid for the next start.
    cfg.load_from = None if named == NEWEST else path
    meta = _read_meta(path)
    finished = _finished(cfg, meta, path)
    if finished is not None:
        return Resume(finished)
    saved = meta.get('cfg')
    check_restored_settings(cfg, saved, path)
    # Without a seed MMEngine draws a new one, and restores that of the
    # checkpoint after the loaders are built: too late for their order.
    randomness = cfg.get('randomness') or {}
    if randomness.get('seed') is None:
        cfg.randomness = dict(randomness, seed=meta.get('seed'))
    if (saved and not has_gradient_term(cfg)
            and has_gradient_term(parse_config(saved))):
        return Resume(warning=f'--resume: {path} was trained with a gradient '
                      'term, but this config has none; if it was added by '
                      '--gradient-loss, use that again')
    return Resume()


def _newest(work_dir: str) -> str | None:
    path = last_checkpoint(work_dir)
    if path is not None and not path.is_file():
        raise FileNotFoundError(
            f'--resume: {work_dir}/last_checkpoint names {path}, which does '
            'not exist; name another with --resume CHECKPOINT')
    return None if path is None else str(path)


def _read_meta(path: str) -> dict:
    """Metadata of a checkpoint, which must contain the state of a run."""
    check_checkpoint(path)
    # On 'meta', as its tensors would be three times as large as the model.
    checkpoint = CheckpointLoader.load_checkpoint(
        path, map_location='meta', logger='silent')
    meta = checkpoint.get('meta') or {}
    # a best_*.pth has no optimizer
    if not ({'message_hub', 'optimizer'} <= set(checkpoint)
            and 'iter' in meta):
        raise ValueError(
            f'--resume: {path} holds weights, but not the state of a run; '
            'start a new run from them: without --resume, with --cfg-options '
            f'load_from={path}')
    if 'config' in meta:
        require_trust(path, 'running the config in its meta.config')
    return meta


def _finished(cfg: Config, meta: dict, path: str) -> str | None:
    loop = cfg.get('train_cfg') or {}
    for unit, limit in (('iter', 'max_iters'), ('epoch', 'max_epochs')):
        if limit in loop and meta[unit] >= loop[limit]:
            # The run dumps its config with all overrides.
            config = Path(cfg.work_dir) / Path(cfg.filename).name
            if not config.is_file():
                config = Path(cfg.filename)
            return (
                f'Nothing is left to train: {path} is at {unit} {meta[unit]}, '
                f'and train_cfg.{limit} is {loop[limit]}.\n'
                f'To continue, raise train_cfg.{limit}; to evaluate it: '
                f'mmdepth-gradloss test {config} {path}')
    return None

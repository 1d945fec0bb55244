"""Going on with a run, without surprises."""
from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from mmengine.config import Config
from mmengine.runner import CheckpointLoader

from ..config import has_gradient_term
from .checkpoint import check_checkpoint, last_checkpoint, require_trust
from .restored_settings import check_restored_settings, parse_config

NEWEST = 'auto'
"""Stands for the newest checkpoint of the work directory."""


class Resume(NamedTuple):
    """What there is to say about resuming a run.

    Attributes:
        finished (str, optional): Says that nothing is left to train.
        warning (str, optional): Says that there was nothing to resume, or
            that the gradient term is gone.
    """
    finished: str | None = None
    warning: str | None = None


def prepare_resume(cfg: Config, named: str | None = None) -> Resume:
    """Make a run go on from a checkpoint, if that was asked for.

    MMEngine starts from scratch where there is none, trains nothing after the
    last iteration, and overwrites the settings of optimizer and schedule by
    those of the checkpoint, all silently.

    Args:
        cfg (Config): The run's config, changed in place.
        named (str, optional): The checkpoint, or 'auto' for the newest of
            the work directory. By default the config's ``resume`` and
            ``load_from`` decide.

    Returns:
        Resume: What to tell the user.

    Raises:
        FileNotFoundError: If the checkpoint is not there.
        ValueError: If it holds weights alone, or would overwrite settings.
    """
    if named is None and cfg.get('resume'):
        named = cfg.get('load_from') or NEWEST
    if named is None:
        return Resume()
    path = _newest(cfg.work_dir) if named == NEWEST else named
    cfg.resume = path is not None
    if path is None:
        return Resume(warning=_nothing_to_resume(cfg))
    # Without a path MMEngine finds the newest itself; the config that it dumps
    # then holds for the next start as well.
    cfg.load_from = None if named == NEWEST else path
    checkpoint = _read(path)
    finished = _finished(cfg, checkpoint['meta'], path)
    if finished is None:
        saved = checkpoint['meta'].get('cfg')
        check_restored_settings(cfg, saved, path)
        _continue_seed(cfg, checkpoint['meta'])
        return Resume(warning=_term_is_gone(cfg, saved, path))
    return Resume(finished)


def _newest(work_dir: str) -> str | None:
    path = last_checkpoint(work_dir)
    if path is not None and not path.is_file():
        raise FileNotFoundError(
            f'--resume: {work_dir}/last_checkpoint names {path}, which is not '
            'there; name another by --resume CHECKPOINT')
    return None if path is None else str(path)


def _nothing_to_resume(cfg: Config) -> str:
    start = 'the beginning'
    if cfg.get('load_from'):
        start += f', with the weights of {cfg.load_from}'
    return (f'--resume: there is no checkpoint in {cfg.work_dir}; this run '
            f'starts from {start}')


def _read(path: str) -> dict:
    check_checkpoint(path)
    # Its tensors would be as large as the model, twice that of the optimizer.
    checkpoint = CheckpointLoader.load_checkpoint(
        path, map_location='meta', logger='silent')
    # a best_*.pth has no optimizer
    if not ({'message_hub', 'optimizer'} <= set(checkpoint)
            and 'iter' in (checkpoint.get('meta') or {})):
        raise ValueError(
            f'--resume: {path} holds weights, but not the state of a run; '
            'start a new run from them: without --resume, with --cfg-options '
            f'load_from={path}')
    if 'config' in checkpoint['meta']:
        require_trust(path, 'running the config in its meta.config')
    return checkpoint


def _finished(cfg: Config, meta: dict, path: str) -> str | None:
    loop = cfg.get('train_cfg') or {}
    for unit, limit in (('iter', 'max_iters'), ('epoch', 'max_epochs')):
        if limit in loop and meta[unit] >= loop[limit]:
            return (
                f'Nothing is left to train: {path} is at {unit} {meta[unit]}, '
                f'and train_cfg.{limit} is {loop[limit]}.\n'
                f'To train on, raise train_cfg.{limit}; to evaluate it: '
                f'mmdepth-gradloss test {_config_file(cfg)} {path}')
    return None


def _config_file(cfg: Config) -> Path:
    """What the run was trained with, overrides and all, if it was dumped."""
    dumped = Path(cfg.work_dir) / Path(cfg.filename).name
    return dumped if dumped.is_file() else Path(cfg.filename)


def _continue_seed(cfg: Config, meta: dict) -> None:
    """Draw the images in the order of the run that is resumed.

    Without a seed in the config MMEngine draws one for each start, and takes
    up that of the checkpoint after the loaders are built.
    """
    randomness = cfg.get('randomness') or {}
    if randomness.get('seed') is None:
        cfg.randomness = dict(randomness, seed=meta.get('seed'))


def _term_is_gone(cfg: Config, saved: str | None, path: str) -> str | None:
    """Warning of a run that goes on without its gradient term."""
    if (saved and not has_gradient_term(cfg)
            and has_gradient_term(parse_config(saved))):
        return (f'--resume: {path} was trained with a gradient term, and this '
                'config has none; if --gradient-loss was given then, give it '
                'now')
    return None

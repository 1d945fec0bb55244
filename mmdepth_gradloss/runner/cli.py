"""What the command-line tools share."""
from __future__ import annotations

import argparse
import difflib
import inspect
import os
import warnings
from pathlib import Path
from typing import Any

from mmengine.config import Config, DictAction
from mmengine.runner import Runner

from ..config.mmcv_ops_stand_in import install_stand_in
from .checkpoint import register_checkpoint_loader
from .cpu_launcher import prepare_cpu_launcher

# Entries that the Runner reads without an argument of their own.
RUNNER_ENTRIES = {
    'auto_scale_lr', 'compile', 'custom_imports', 'find_unused_parameters',
    'model_wrapper_cfg', 'sync_bn'
}
LAUNCHERS = ('none', 'pytorch', 'slurm', 'mpi')


def add_config_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the config and what overrides it."""
    parser.add_argument('config', help='config file')
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=DictAction,
        default={},
        metavar='KEY=VALUE',
        help='override entries of the config, such as '
        'train_cfg.max_iters=50 or "a.b=[1,2]"')


def add_runner_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that MMEngine's tools have in common."""
    add_config_arguments(parser)
    parser.add_argument(
        '--work-dir',
        help='where logs, checkpoints and pictures go '
        '(default: ./work_dirs/CONFIG)')
    parser.add_argument('--launcher', choices=LAUNCHERS, default='none')
    # Passed by torch.distributed.launch of PyTorch before 2.0
    parser.add_argument('--local_rank', '--local-rank', type=int, default=0)


def load_config(args: argparse.Namespace) -> Config:
    """Read the config of a run that parsed arguments ask for.

    Raises:
        FileNotFoundError: If the config does not exist.
        ModuleNotFoundError: If it inherits from a package that is not there.
        ValueError: If an override names an entry that no Runner reads, or an
            epoch would never end.
    """
    os.environ.setdefault('LOCAL_RANK', str(args.local_rank))
    cfg = read_config(args.config, args.cfg_options)
    check_epochs_end(cfg)
    cfg.launcher = args.launcher
    cfg.work_dir = args.work_dir or cfg.get('work_dir') or str(
        Path('work_dirs') / Path(args.config).stem)
    prepare_cpu_launcher(cfg)
    return cfg


def prepare_process() -> None:
    """What this process needs beyond what an import of the package may do.

    MMEngine's checkpoints are read under any PyTorch, and mmsegmentation
    beside mmcv-lite, whatever a config has under ``custom_imports``.
    """
    register_checkpoint_loader()
    install_stand_in()


def read_config(path: str, overrides: dict[str, Any]) -> Config:
    """Read a config and override entries of it.

    Args:
        path (str): Config file.
        overrides (dict[str, Any]): Values by dotted key.

    Raises:
        FileNotFoundError: If the config does not exist.
        ModuleNotFoundError: If it inherits from a package that is not there.
        ValueError: If an override names an entry that no Runner reads.
    """
    prepare_process()
    # MMEngine imports it anew for each inherited config.
    warnings.filterwarnings('ignore', message='pkg_resources is deprecated')
    try:
        cfg = Config.fromfile(path)
    except ModuleNotFoundError as error:
        if 'mmsegmentation' not in str(error):
            raise
        raise ModuleNotFoundError(
            f'{path} inherits from mmsegmentation, which is not installed: '
            "pip install 'mmdepth-gradloss[mmseg]'") from error
    check_override_keys(cfg, overrides)
    cfg.merge_from_dict(overrides)
    return cfg


def check_override_keys(cfg: Config, overrides: dict[str, Any]) -> None:
    """Refuse an override that would silently do nothing.

    Below the top level a misspelt key fails when its object is built. At the
    top level nobody would ever read it; nor a variable of the config, which
    has already been used by the time that overrides are merged.

    Args:
        cfg (Config): The config.
        overrides (dict[str, Any]): Values by dotted key.

    Raises:
        ValueError: If no Runner reads the entry; names the nearest that it
            does.
    """
    known = {*inspect.signature(Runner).parameters, *RUNNER_ENTRIES}
    by_iteration = 'max_iters' in cfg.get('train_cfg', {})
    for key in overrides:
        if key == 'train_cfg.max_epochs' and by_iteration:
            raise ValueError(f'--cfg-options {key}: {cfg.filename} counts '
                             'iterations; use train_cfg.max_iters')
        top = key.split('.')[0]
        if top not in known:
            near = difflib.get_close_matches(top, known) or sorted(known)
            raise ValueError(f'--cfg-options {key}: {top!r} is no entry that '
                             'a Runner reads; did you mean one of '
                             f'{", ".join(near)}?')


def check_epochs_end(cfg: Config) -> None:
    """Refuse to count epochs of a sampler that never ends one.

    MMEngine would train for ever, without validation or checkpoint.

    Args:
        cfg (Config): The config.

    Raises:
        ValueError: If the loop counts epochs and the sampler is infinite.
    """
    loop = cfg.get('train_cfg') or {}
    sampler = (cfg.get('train_dataloader') or {}).get('sampler', {})
    by_epoch = loop.get('by_epoch') or 'Epoch' in str(loop.get('type'))
    if by_epoch and 'InfiniteSampler' in str(sampler.get('type')):
        raise ValueError(
            f'{cfg.filename} counts epochs, and its InfiniteSampler never '
            "ends one; use train_dataloader.sampler.type='DefaultSampler', "
            'or count iterations')

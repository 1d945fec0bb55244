"""Reading of configs for the command line."""
from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

from mmengine.config import Config

from ..config.config_scope import find_config
from ..config.find_packages import find_packages_by_module
from ..installed_mmengine import install_command
from .config_checks import (check_entries, check_epochs_end, check_loaders,
                            check_override_keys)
from .data_root import set_data_root
from .missing_backends import drop_missing_tensorboard
from .process import prepare_cpu_launcher, prepare_process

MMENGINE_HOOKS = ('runtime_info', 'timer', 'sampler_seed', 'logger',
                  'param_scheduler', 'checkpoint')
"""Default hooks that every Runner has."""


def load_config(args: argparse.Namespace) -> Config:
    """Config of a run, from the arguments of ``add_runner_arguments``. Raises
    the errors of :func:`read_config`, and a ValueError if an epoch would never
    end."""
    os.environ.setdefault('LOCAL_RANK', str(args.local_rank))
    cfg = read_config(args.config, args.cfg_options, args.data_root)
    check_epochs_end(cfg)
    cfg.launcher = args.launcher
    cfg.work_dir = args.work_dir or cfg.get('work_dir') or str(
        Path('work_dirs') / Path(args.config).stem)
    prepare_cpu_launcher(cfg)
    drop_missing_tensorboard(cfg)
    return cfg


def read_config(path: str, overrides: dict[str, Any],
                data_root: str | None = None) -> Config:
    """Read a config, check its entries and apply overrides.

    ``path`` is a file, or the name of a config of this package; ``overrides``
    are values by dotted key; ``data_root`` is for all loaders. A
    ModuleNotFoundError if it inherits from a package that is not installed;
    also the errors of all checks, ``find_config`` and ``set_data_root``.
    """
    prepare_process()
    cfg = _read_file(find_config(path))
    check_entries(cfg)
    check_override_keys(cfg, overrides)
    cfg.merge_from_dict(overrides)
    check_loaders(cfg)
    # MMEngine removes its own hooks that are None, but fails for others.
    hooks = cfg.get('default_hooks') or {}
    for name in [x for x, hook in hooks.items() if hook is None]:
        if name not in MMENGINE_HOOKS:
            del hooks[name]
    if data_root is not None:
        set_data_root(cfg, data_root)
    return cfg


def _read_file(path: str) -> Config:
    try:
        with find_packages_by_module():
            return Config.fromfile(path)
    except KeyError as error:
        if 'Duplicate key' not in str(error) or 'gradient_' not in str(error):
            raise
        raise ValueError(
            f'{path}: two of its bases contain a recipe; inherit the recipe '
            'and a config without one, such as the baseline of the same name'
        ) from error
    except ModuleNotFoundError as error:
        if 'mmsegmentation' not in str(error):
            raise
        raise ModuleNotFoundError(
            f'{path} inherits from mmsegmentation, which is not installed: '
            f'{install_command("mmseg")}') from error

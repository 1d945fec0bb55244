"""Setup of a tool's process."""
from __future__ import annotations

import os
import warnings
from typing import Any

import torch.distributed as dist
import yaml
from mmengine.config import Config
from mmengine.device import get_device
from mmengine.fileio import YamlHandler, register_handler

from ..installed_mmengine import mixed_installation
from .checkpoint import register_checkpoint_loader

RANK_VARIABLES = {
    'pytorch': 'RANK',
    'slurm': 'SLURM_PROCID',
    'mpi': 'OMPI_COMM_WORLD_RANK'
}
"""Environment variable with the rank, by launcher."""


class _PlainYamlHandler(YamlHandler):
    """Reads the tuples that MMEngine writes, but runs no code."""

    def load_from_fileobj(self, file: Any, **kwargs: Any) -> Any:
        return super().load_from_fileobj(
            file, **dict(kwargs, Loader=yaml.FullLoader))


def prepare_process() -> None:
    """Settings of the process that importing the package must not change.

    MMEngine's checkpoints and YAML files are read without running code in
    them, and mmsegmentation works with mmcv-lite, whatever ``custom_imports``
    a config has.
    """
    # Imported here because it affects other imports.
    from ..config.mmcv_ops_stand_in import install_stand_in
    warning = mixed_installation()
    if warning:
        warnings.warn(warning, stacklevel=2)
    register_checkpoint_loader()
    register_handler(['yaml', 'yml'])(_PlainYamlHandler)
    install_stand_in()


def prepare_cpu_launcher(cfg: Config) -> None:
    """Make ``--launcher pytorch`` work without an accelerator. MMEngine's
    launcher assumes CUDA devices, but its Runner works with a gloo process
    group and a wrapper without device ids."""
    if cfg.get('launcher') != 'pytorch' or get_device() != 'cpu':
        return
    dist.init_process_group('gloo')
    # MMEngine reads find_unused_parameters only if no wrapper is set.
    cfg.setdefault('model_wrapper_cfg', dict(
        type='MMDistributedDataParallel', device_ids=None,
        broadcast_buffers=False,
        find_unused_parameters=cfg.get('find_unused_parameters', False)))


def print_once(cfg: Config, message: str) -> None:
    """Print in the first process of a run, before its Runner exists."""
    variable = RANK_VARIABLES.get(cfg.get('launcher', 'none'), '')
    if os.environ.get(variable, '0') == '0':
        print(message)

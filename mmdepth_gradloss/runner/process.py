"""The process that a tool runs in."""
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
"""Where each launcher says which of its processes this is."""


class _PlainYamlHandler(YamlHandler):
    """Reads the tuples that MMEngine writes, and calls nothing."""

    def load_from_fileobj(self, file: Any, **kwargs: Any) -> Any:
        return super().load_from_fileobj(
            file, **dict(kwargs, Loader=yaml.FullLoader))


def prepare_process() -> None:
    """What this process needs beyond what an import of the package may do.

    Checkpoints of MMEngine and YAML files are read without running code of
    theirs, and mmsegmentation beside mmcv-lite, whatever a config has under
    ``custom_imports``.
    """
    # Not above: this import changes what others import.
    from ..config.mmcv_ops_stand_in import install_stand_in
    warning = mixed_installation()
    if warning:
        warnings.warn(warning, stacklevel=2)
    register_checkpoint_loader()
    register_handler(['yaml', 'yml'])(_PlainYamlHandler)
    install_stand_in()


def prepare_cpu_launcher(cfg: Config) -> None:
    """Make ``--launcher pytorch`` work where there is no accelerator.

    MMEngine's launcher assumes CUDA devices. With a gloo process group
    present and a wrapper that binds no device, its Runner is content with
    CPU processes.
    """
    if cfg.get('launcher') != 'pytorch' or get_device() != 'cpu':
        return
    dist.init_process_group('gloo')
    # MMEngine reads find_unused_parameters only where no wrapper is given.
    cfg.setdefault('model_wrapper_cfg', dict(
        type='MMDistributedDataParallel', device_ids=None,
        broadcast_buffers=False,
        find_unused_parameters=cfg.get('find_unused_parameters', False)))


def print_once(cfg: Config, message: str) -> None:
    """Print in the first process of a run, before its Runner is built."""
    variable = RANK_VARIABLES.get(cfg.get('launcher', 'none'), '')
    if os.environ.get(variable, '0') == '0':
        print(message)

"""The process that a tool runs in."""
from __future__ import annotations

import os
import warnings
from typing import Any

import yaml
from mmengine.config import Config
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


def print_once(cfg: Config, message: str) -> None:
    """Print in the first process of a run, before its Runner is built.

    Args:
        cfg (Config): With the run's launcher.
        message (str): What to print.
    """
    variable = RANK_VARIABLES.get(cfg.get('launcher', 'none'), '')
    if os.environ.get(variable, '0') == '0':
        print(message)

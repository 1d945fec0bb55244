"""Distributed training without an accelerator."""
from __future__ import annotations

import torch.distributed as dist
from mmengine.config import Config
from mmengine.device import get_device


def prepare_cpu_launcher(cfg: Config) -> None:
    """Make ``--launcher pytorch`` work on a machine without an accelerator.

    MMEngine's launcher assumes CUDA devices. With a gloo process group
    present and a wrapper that binds no device, its Runner is content with
    CPU processes. Does nothing elsewhere.

    Args:
        cfg (Config): The run's config, changed in place.
    """
    if cfg.get('launcher') != 'pytorch' or get_device() != 'cpu':
        return
    dist.init_process_group('gloo')
    cfg.setdefault(
        'model_wrapper_cfg',
        dict(
            type='MMDistributedDataParallel',
            device_ids=None,
            broadcast_buffers=False,
            # read by MMEngine only where no wrapper is given
            find_unused_parameters=cfg.get('find_unused_parameters', False)))

from __future__ import annotations

import copy
import math
from typing import Any

import torch
from mmengine.logging import MMLogger
from mmengine.optim.scheduler import _ParamScheduler
from mmengine.optim.scheduler.lr_scheduler import LRSchedulerMixin
from mmengine.optim.scheduler.momentum_scheduler import MomentumSchedulerMixin
from mmengine.registry import PARAM_SCHEDULERS

# MMEngine's lr schedulers require this name, so that both LinearLR and
# LinearParamScheduler can drive a weight.
PARAM_NAME = 'lr'


def schedule_configs(schedule: dict | list[dict] | None) -> list[dict]:
    """A schedule as a list of configs, empty for None; TypeError for other
    types."""
    cfgs = [schedule] if isinstance(schedule, dict) else schedule or []
    if not isinstance(cfgs, (list, tuple)) or not all(
            isinstance(x, dict) for x in cfgs):
        raise TypeError('schedule must be a dict or a list of dicts, such as '
                        f'param_scheduler takes, got {schedule!r}')
    return list(cfgs)


class WeightSchedule:
    """Weights driven by MMEngine's parameter schedulers.

    The schedulers act on the parameter groups of a dummy optimizer, one group
    for each weight.

    Args:
        base_weights: Weights before any schedule.
        schedulers: Configs as for ``param_scheduler``. ``param_name`` may be
            omitted.
        max_epochs, max_iters: Default ``end`` of schedulers by epoch and by
            iteration.
        epoch_length: Iterations in an epoch, for ``convert_to_iter_based``.
        counts_epochs: Whether the run has epochs.

    Raises:
        ValueError: If a scheduler has no known type, cannot drive a weight,
            counts epochs where there are none, or begins after the end of the
            run.
    """

    def __init__(self, base_weights: list[float],
                 schedulers: list[dict[str, Any]], max_epochs: int,
                 max_iters: int, epoch_length: int,
                 counts_epochs: bool) -> None:
        self._optimizer = torch.optim.SGD([
            dict(params=[torch.zeros(0, requires_grad=True)], lr=float(weight))
            for weight in base_weights
        ])
        self._counts_epochs = counts_epochs
        self._run_end = {True: max_epochs, False: max_iters}
        self._schedulers = [
            self._build(cfg, epoch_length) for cfg in schedulers
        ]

    def _build(self, cfg: dict[str, Any],
               epoch_length: int) -> _ParamScheduler:
        cfg = copy.deepcopy(cfg)
        scheduler_type = cfg.get('type')
        if isinstance(scheduler_type, str):
            scheduler_type = PARAM_SCHEDULERS.get(scheduler_type)
        if scheduler_type is None:
            raise ValueError(
                'a schedule of the gradient weight needs the type of one of '
                "MMEngine's parameter schedulers, such as "
                f"'LinearParamScheduler', got {cfg}")
        if issubclass(scheduler_type, MomentumSchedulerMixin):
            raise ValueError(f'{cfg["type"]} schedules momentum, not the '
                             'gradient weight; use its ParamScheduler')
        if not issubclass(scheduler_type, LRSchedulerMixin):
            cfg.setdefault('param_name', PARAM_NAME)
            if cfg['param_name'] != PARAM_NAME:
                raise ValueError(
                    f'{cfg["type"]} schedules the gradient weight and takes '
                    f'no param_name, got {cfg["param_name"]!r}: leave it out')
        by_epoch = cfg.get('by_epoch', True)
        run_end = self._run_end[by_epoch]
        if (cfg.get('begin', 0) >= run_end
                and (self._counts_epochs or not by_epoch)):
            raise ValueError(f'{cfg["type"]} begins at {cfg["begin"]}, but '
                             f'the run ends at {run_end}: it would do '
                             'nothing; leave it out, or begin earlier')
        if run_end < cfg.get('end', run_end) < math.inf and (
                self._counts_epochs or not by_epoch):
            MMLogger.get_current_instance().warning(
                f'{cfg["type"]} of the gradient weight ends at {cfg["end"]}, '
                f'but the run at {run_end}: the weight will not reach its '
                'final value; let it end earlier (warmup_iters of a warm-up)')
        cfg.setdefault('end', run_end)
        scheduler = PARAM_SCHEDULERS.build(
            cfg, default_args=dict(optimizer=self._optimizer,
                                   epoch_length=epoch_length))
        if getattr(scheduler, 'need_val_args', False):
            raise ValueError(f'{cfg["type"]} is driven by validation results '
                             'and cannot schedule the gradient weight')
        if scheduler.by_epoch and not self._counts_epochs:
            raise ValueError(
                f'{cfg["type"]} counts epochs, but this run counts '
                'iterations: set by_epoch=False')
        return scheduler

    @property
    def weights(self) -> list[float]:
        """Current weights."""
        return [g[PARAM_NAME] for g in self._optimizer.param_groups]

    def step(self, by_epoch: bool) -> None:
        """Advance the schedulers that count epochs, or those that count
        iterations."""
        self._optimizer.step()  # schedulers warn if they step before it
        for scheduler in self._schedulers:
            if scheduler.by_epoch == by_epoch:
                scheduler.step()

    def fast_forward(self, epochs: int, iters: int) -> None:
        """Advance from the start to the position of a resumed run. Repeating
        the same steps gives bit-identical weights, and needs nothing from the
        checkpoint."""
        epoch_length = iters // epochs if epochs else iters + 1
        for i in range(1, iters + 1):
            self.step(by_epoch=False)
            if i % epoch_length == 0:
                self.step(by_epoch=True)

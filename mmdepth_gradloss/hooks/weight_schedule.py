"""A value that follows MMEngine's parameter schedulers."""
from __future__ import annotations

import copy
from typing import Any

import torch
from mmengine.optim.scheduler import _ParamScheduler
from mmengine.optim.scheduler.lr_scheduler import LRSchedulerMixin
from mmengine.optim.scheduler.momentum_scheduler import MomentumSchedulerMixin
from mmengine.registry import PARAM_SCHEDULERS

# The name that MMEngine's lr schedulers are bound to, so that LinearLR and
# LinearParamScheduler drive a weight alike.
PARAM_NAME = 'lr'


class WeightSchedule:
    """Factors on weights, driven by MMEngine's own parameter schedulers.

    The schedulers act on the parameter groups of an optimizer that holds
    nothing, one group for each weight.

    Args:
        base_weights (list[float]): Weights before any schedule.
        schedulers (list[dict]): Configs as ``param_scheduler`` takes them.
            ``param_name`` may be left out.
        max_epochs (int): Default ``end`` of schedulers by epoch.
        max_iters (int): Default ``end`` of schedulers by iteration.
        epoch_length (int): Iterations in an epoch, for
            ``convert_to_iter_based``.
        counts_epochs (bool): Whether the run has epochs.

    Raises:
        ValueError: If a scheduler has no known type, cannot drive a weight,
            or counts epochs where there are none.
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
        default_end = {True: max_epochs, False: max_iters}
        self._schedulers = [
            self._build(cfg, default_end[cfg.get('by_epoch', True)],
                        epoch_length) for cfg in schedulers
        ]

    def _build(self, cfg: dict[str, Any], default_end: int,
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
        cfg.setdefault('end', default_end)
        scheduler = PARAM_SCHEDULERS.build(
            cfg,
            default_args=dict(
                optimizer=self._optimizer, epoch_length=epoch_length))
        if getattr(scheduler, 'need_val_args', False):
            raise ValueError(f'{cfg["type"]} is driven by validation results '
                             'and cannot schedule the gradient weight')
        if scheduler.by_epoch and not self._counts_epochs:
            raise ValueError(
                f'{cfg["type"]} counts epochs, but this run counts '
                'iterations: give the schedule by_epoch=False')
        return scheduler

    @property
    def weights(self) -> list[float]:
        """Current weights."""
        return [g[PARAM_NAME] for g in self._optimizer.param_groups]

    def step(self, by_epoch: bool) -> None:
        """Advance the schedulers that count epochs, or those that count
        iterations."""
        self._optimizer.step()  # schedulers warn if they run ahead of it
        for scheduler in self._schedulers:
            if scheduler.by_epoch == by_epoch:
                scheduler.step()

    def fast_forward(self, epochs: int, iters: int) -> None:
        """Advance from the start to where a resumed run stands.

        The same steps in the same order give the same last digit, and ask
        nothing of the checkpoint.
        """
        epoch_length = iters // epochs if epochs else iters + 1
        for i in range(1, iters + 1):
            self.step(by_epoch=False)
            if i % epoch_length == 0:
                self.step(by_epoch=True)

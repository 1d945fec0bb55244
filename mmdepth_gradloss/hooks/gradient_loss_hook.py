"""Logs a gradient loss and schedules its weight."""
from __future__ import annotations

import math
from typing import Any

import torch
from mmengine.dist import all_reduce
from mmengine.hooks import Hook
from mmengine.logging import MMLogger
from mmengine.registry import HOOKS
from mmengine.runner import IterBasedTrainLoop, Runner
from torch import Tensor

from ..functional.checks import check_number
from ..functional.lookup import lookup
from ..losses.protocol import (check_input_domains, find_gradient_losses,
                               find_terms)
from .weight_schedule import WeightSchedule

WARMUPS: dict[str, dict[str, Any]] = {
    'linear': dict(type='LinearParamScheduler', start_factor=0.01),
    'constant': dict(type='ConstantParamScheduler', factor=0.01),
}
"""Short forms of a warm-up; ``end`` and ``by_epoch`` are filled in."""


@HOOKS.register_module()
class GradientLossHook(Hook):
    """Log the components of a depth loss and schedule its gradient weight.

    Finds every loss in the model that can have gradient terms, such as
    :class:`MultiScaleGradientLoss` and :class:`SSISilogLoss`. Each iteration
    it logs ``gradient_component``,
    ``ssi_component``, ``silog_component`` (unweighted), ``gradient_weight``
    (as used in this iteration) and ``gradient_share`` (weighted gradient
    terms / total loss), under ``train/``. Of several losses the first has
    the bare names; the others' end in ``/module.path``. A loss that is called
    several times in an iteration is logged by its last call.

    The weight in the config is the base that a schedule starts from (its
    factors multiply it; an ``eta_min`` is absolute, ``eta_min_ratio`` is
    not). After ``--resume`` the weight goes on to the last digit. With a
    schedule or ``target_share`` the hook owns the weight, and sets it anew in
    each iteration; without, it logs the weight that the loss has.

    Args:
        schedule (dict or list[dict], optional): Configs as
            ``param_scheduler`` takes them.
        warmup (str, optional): Short form of a schedule: 'linear' rises
            from 1 % to the full weight, 'constant' jumps from 1 %.
        warmup_iters (int, optional): Length of the warm-up in iterations, at
            least 2. Defaults to a tenth of the run, at most 500.
        target_share (float, optional): Instead of a schedule, scale the
            weights so that the gradient terms make up this share of the
            total loss, in (0, 1).
        momentum (float): Of the moving averages behind ``target_share``, in
            (0, 1]; small is slow.

    Raises:
        ValueError: If arguments exclude each other or are out of range.
        FloatingPointError: In training, if a component is not finite.

    Examples:
        In a config, where the dict of hooks adds to the inherited ones:

        >>> default_hooks = dict(gradient_loss=dict(
        ...     type='mmdepth_gradloss.GradientLossHook', warmup='linear'))
        >>> default_hooks = dict(gradient_loss=dict(
        ...     type='mmdepth_gradloss.GradientLossHook', schedule=[
        ...         dict(type='LinearParamScheduler', start_factor=0.01,
        ...              begin=0, end=500, by_epoch=False),
        ...         dict(type='CosineAnnealingParamScheduler', eta_min=0.05,
        ...              begin=500, by_epoch=False)]))
    """

    priority = 'NORMAL'
    # Where the averages of target_share lie in a checkpoint's message hub.
    _STATE_KEY = 'gradient_loss_averages'

    def __init__(self,
                 schedule: dict | list[dict] | None = None,
                 warmup: str | None = None,
                 warmup_iters: int | None = None,
                 target_share: float | None = None,
                 momentum: float = 0.02) -> None:
        check_number('momentum', momentum)
        if target_share is not None:
            check_number('target_share', target_share)
        ways = dict(
            schedule=schedule, warmup=warmup, target_share=target_share)
        chosen = [name for name, value in ways.items() if value is not None]
        if len(chosen) > 1:
            raise ValueError('only one of schedule, warmup and target_share '
                             f'can drive the weight, got {chosen}; set the '
                             'one that a config inherits to None')
        if target_share is not None and not 0 < target_share < 1:
            raise ValueError(
                f'target_share must be in (0, 1), got {target_share}')
        if not 0 < momentum <= 1:
            raise ValueError(f'momentum must be in (0, 1], got {momentum}')
        if warmup_iters is not None:
            _check_warmup_iters(warmup_iters, warmup)
        self.warmup = None if warmup is None else lookup(
            'warmup', warmup, WARMUPS)
        self.warmup_iters = warmup_iters
        self.scheduler_cfgs = _as_list(schedule)
        self.target_share = target_share
        self.momentum = momentum

    def before_train(self, runner: Runner) -> None:
        """Find the losses and set the weights of the first iteration."""
        self._losses, self._terms = find_gradient_losses(runner.model)
        if not self._losses:
            raise RuntimeError(
                'GradientLossHook found no gradient loss in '
                f'{type(runner.model).__name__}: add '
                "dict(type='mmdepth_gradloss.MultiScaleGradientLoss', "
                "preset='valid_mean', loss_weight=2.0) to the losses of the "
                "model's head, or use SSISilogLoss with gradient_weight > 0; "
                'or remove the hook')
        self._check_alone(runner)
        check_input_domains(runner.model)
        if not self._terms:
            _forget_scalars(runner)
        self._base_weights = [term.weight for term in self._terms.values()]
        self._schedule: WeightSchedule | None = None
        if self.target_share is not None:
            self._start_target_share(runner, self.target_share)
        elif self._terms and (self.warmup or self.scheduler_cfgs):
            self._schedule = WeightSchedule(
                self._base_weights,
                self._scheduler_cfgs(runner.max_iters),
                max_epochs=runner.max_epochs,
                max_iters=runner.max_iters,
                epoch_length=len(runner.train_dataloader),
                counts_epochs=not isinstance(runner.train_loop,
                                             IterBasedTrainLoop))
            self._schedule.fast_forward(runner.epoch, runner.iter)
            self._set_weights(self._schedule.weights)

    def _check_alone(self, runner: Runner) -> None:
        """Refuse another hook of this kind: each would scale the weight."""
        hooks = [x for x in runner.hooks if isinstance(x, GradientLossHook)]
        if len(hooks) > 1:
            raise RuntimeError(
                f'{len(hooks)} GradientLossHooks would drive one weight: keep '
                'one. To change an inherited one, set its options in '
                'default_hooks=dict(gradient_loss=dict(...)), rather than add '
                'another in custom_hooks')

    @property
    def _owns_weights(self) -> bool:
        return self.target_share is not None or self._schedule is not None

    def _scheduler_cfgs(self, max_iters: int) -> list[dict[str, Any]]:
        """The schedule, or what the short form of a warm-up stands for."""
        if self.warmup is None:
            return self.scheduler_cfgs
        end = self.warmup_iters
        if end is None:
            end = max(2, min(500, max_iters // 10))
        if end > max_iters:
            MMLogger.get_current_instance().warning(
                f'the gradient weight warms up for {end} iterations, but the '
                f'run has {max_iters}: it will not reach its value; set '
                'warmup_iters of GradientLossHook')
        return [dict(self.warmup, begin=0, end=end, by_epoch=False)]

    def _start_target_share(self, runner: Runner, share: float) -> None:
        if not any(self._base_weights):
            raise RuntimeError(f'target_share={share} needs a gradient loss '
                               'with a weight > 0 in the model')
        # A fresh run may share its message hub with an earlier one.
        self._averages: list[float] | None = (
            runner.message_hub.get_info(self._STATE_KEY)
            if runner.iter > 0 else None)
        self._scale_to_target(share)

    def before_train_iter(self,
                          runner: Runner,
                          batch_idx: int,
                          data_batch: Any = None) -> None:
        """Forget the last iteration: a loss may not be called in this one."""
        if not self._owns_weights:
            # the weights are others' to set, also to and from 0
            self._terms = find_terms(self._losses)
        for loss in (*self._losses.values(),
                     *(term.module for term in self._terms.values())):
            loss.components.clear()

    def after_train_iter(self,
                         runner: Runner,
                         batch_idx: int,
                         data_batch: Any = None,
                         outputs: dict | None = None) -> None:
        """Log this iteration, then set the weights of the next."""
        scalars = self._scalars(runner)
        total = (outputs or {}).get('loss')
        if total is not None and self._terms:
            value = total.item()
            share = self._contribution(total).item() / value if value else 0.0
            scalars['gradient_share'] = share
        for name, value in scalars.items():
            runner.message_hub.update_scalar(f'train/{name}', value)

        if self.target_share is not None:
            self._follow_target_share(runner, total, self.target_share)
        elif self._schedule is not None:
            self._schedule.step(by_epoch=False)
            self._set_weights(self._schedule.weights)

    def after_train_epoch(self, runner: Runner) -> None:
        """Advance schedulers that count epochs."""
        if self._schedule is not None:
            self._schedule.step(by_epoch=True)
            self._set_weights(self._schedule.weights)

    def after_train(self, runner: Runner) -> None:
        """Give the model back with the weights of its config."""
        if self._owns_weights:
            self._set_weights(self._base_weights)

    def _scalars(self, runner: Runner) -> dict[str, float]:
        scalars: dict[str, float] = {}

        def add(key: str, value: float, name: str) -> None:
            scalars[f'{key}/{name}' if key in scalars else key] = value

        for name, loss in self._losses.items():
            for key, component in loss.components.items():
                value = float(component)
                if not math.isfinite(value):
                    raise FloatingPointError(
                        f'{key} of {name} is {value} in iteration '
                        f'{runner.iter}: the prediction is not finite at a '
                        'pixel with valid ground truth, or overflowed; check '
                        'the learning rate, clip_grad and the depth range')
                add(key, value, name)
        for name, term in self._terms.items():
            add('gradient_weight', term.weight, name)
        return scalars

    def _contribution(self,
                      total: Tensor,
                      weights: list[float] | None = None) -> Tensor:
        """Sum of the gradient terms in a total loss, now or under weights."""
        result = torch.zeros_like(total)
        for i, term in enumerate(self._terms.values()):
            weight = None if weights is None else weights[i]
            result += term.contribution(weight)
        return result

    def _set_weights(self, weights: list[float]) -> None:
        for term, weight in zip(self._terms.values(), weights):
            term.weight = weight

    def _follow_target_share(self, runner: Runner,
                             total: Tensor | None, share: float) -> None:
        if total is None:
            raise RuntimeError(
                "target_share needs the total loss, but train_step of "
                f"{type(runner.model).__name__} returns no 'loss'")
        # Losses are rank-local; the weight must be the same on every rank.
        values = torch.stack([
            self._contribution(total, self._base_weights),
            total.detach() - self._contribution(total)
        ])
        all_reduce(values, op='mean')
        gradient_and_rest = values.tolist()
        if not all(map(math.isfinite, gradient_and_rest)):
            return  # a step that a gradient scaler skips leaves no trace
        if self._averages is None:
            self._averages = gradient_and_rest
        else:
            self._averages = [
                (1 - self.momentum) * average + self.momentum * value
                for average, value in zip(self._averages, gradient_and_rest)
            ]
        runner.message_hub.update_info(self._STATE_KEY, self._averages)
        self._scale_to_target(share)

    def _scale_to_target(self, share: float) -> None:
        """Weights under which the averages have the target's share."""
        if self._averages is None:
            return
        gradient, rest = self._averages
        if gradient <= 0 or rest <= 0:
            return  # nothing to balance yet, such as batches without depth
        factor = share / (1 - share) * rest / gradient
        self._set_weights([factor * base for base in self._base_weights])


def _forget_scalars(runner: Runner) -> None:
    """Of a run with a gradient term, which this one goes on without: MMEngine
    would log their last values for ever."""
    scalars = runner.message_hub.log_scalars
    for name in [x for x in scalars if x.startswith('train/gradient_')]:
        del scalars[name]


def _check_warmup_iters(warmup_iters: int, warmup: str | None) -> None:
    if warmup is None:
        raise ValueError(f'warmup_iters={warmup_iters!r} does nothing without '
                         "warmup, such as warmup='linear'")
    if not isinstance(warmup_iters, int):
        raise TypeError(f'warmup_iters must be an int, got {warmup_iters!r}')
    if warmup_iters < 2:
        raise ValueError(f'warmup_iters must be >= 2, got {warmup_iters}')


def _as_list(schedule: dict | list[dict] | None) -> list[dict]:
    schedules = [schedule] if isinstance(schedule, dict) else schedule or []
    if (not isinstance(schedules, (list, tuple))
            or not all(isinstance(x, dict) for x in schedules)):
        raise TypeError('schedule must be a dict or a list of dicts, such as '
                        "param_scheduler takes, got "
                        f'{schedule!r}')
    return list(schedules)

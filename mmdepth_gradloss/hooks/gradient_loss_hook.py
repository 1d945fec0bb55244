from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import torch
from mmengine.hooks import Hook
from mmengine.logging import MMLogger
from mmengine.registry import HOOKS
from mmengine.runner import IterBasedTrainLoop, Runner
from torch import Tensor

from ..losses.protocol import (GradientTerm, check_input_domains,
                               find_gradient_losses, find_terms)
from .component_sums import ComponentSums
from .read_scalars import read_scalars
from .target_share import (MIN_REST, TargetShare, check_target_share,
                           mean_over_ranks)
from .warmup import check_warmup, warmup_schedule
from .weight_schedule import WeightSchedule, schedule_configs


@HOOKS.register_module()
class GradientLossHook(Hook):
    """Log the components of a depth loss and schedule its gradient weight.

    Finds every loss in the model that can have gradient terms, such as
    :class:`MultiScaleGradientLoss` and :class:`SSISilogLoss`. Each iteration
    it logs ``gradient_component``, ``ssi_component``, ``silog_component``
    (unweighted), ``clamped_predictions`` (which have no gradient),
    ``gradient_weight`` (as used in this iteration) and ``gradient_share``
    (weighted gradient terms / total loss), under ``train/``. If there are
    several losses, the names of all but the first end in ``/module.path``,
    without parts that contain 'loss', as MMEngine averages such values.
    Components are summed over the calls of an iteration, each times its factor
    in the model's total, so that weight times component is the contribution to
    the total.

    The weight in the config is the base of a schedule (its factors multiply
    it; an ``eta_min`` is absolute, ``eta_min_ratio`` is not). After
    ``--resume`` the weight continues exactly. With a schedule or
    ``target_share`` the hook owns the weight, and raises if something else
    changes it; without, it logs the current weight of the loss.

    Args:
        schedule: Configs as for ``param_scheduler``. An empty list means none,
            also for :func:`~mmdepth_gradloss.add_gradient_loss`.
        warmup: Short form of a schedule: 'linear' rises from 1 % to the full
            weight, 'constant' jumps from 1 %.
        warmup_iters: Length of the warm-up in iterations, at least 2. Defaults
            to a tenth of the run, at most 500.
        target_share: Instead of a schedule, scale the weights so that the
            gradient terms make up this share of the total loss, in (0, 1).
        momentum: Of the moving averages used for ``target_share``, in (0, 1];
            small is slow. Defaults to 0.02.

    Raises:
        ValueError: If arguments exclude each other, have no effect or are out
            of range.
        RuntimeError: In training, if a loss is not part of the total, or
            something else sets its weight.
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
    # Key of the averages of target_share in a checkpoint's message hub.
    _STATE_KEY = 'gradient_loss_averages'
    _LENGTH_KEY = 'gradient_loss_run_length'

    def __init__(self, schedule: dict | list[dict] | None = None,
                 warmup: str | None = None, warmup_iters: int | None = None,
                 target_share: float | None = None,
                 momentum: float | None = None) -> None:
        ways = dict(schedule=schedule, warmup=warmup,
                    target_share=target_share)
        chosen = [name for name, value in ways.items() if value is not None]
        if len(chosen) > 1:
            raise ValueError('only one of schedule, warmup and target_share '
                             f'can drive the weight, got {chosen}; set an '
                             'inherited one to None')
        for option, value, way in (('warmup_iters', warmup_iters, 'warmup'),
                                   ('momentum', momentum, 'target_share')):
            if value is not None and way not in chosen:
                raise ValueError(f'{option}={value!r} does nothing without '
                                 f'{way}: set that too, or {option}=None')
        if warmup is not None:
            check_warmup(warmup, warmup_iters)
        self.warmup = warmup
        self.warmup_iters = warmup_iters
        self.scheduler_cfgs = schedule_configs(schedule)
        self.target_share = target_share
        self.momentum = 0.02 if momentum is None else momentum
        if target_share is not None:
            check_target_share(target_share, self.momentum)
        self._losses: dict[str, Any] = {}
        self._terms: dict[str, GradientTerm] = {}
        self._sums = ComponentSums()
        self._driver: WeightSchedule | TargetShare | None = None
        self._warned: set[str] = set()

    def before_train(self, runner: Runner) -> None:
        """Find the losses and set the weights of the first iteration."""
        self.after_train(runner)  # of a run that was interrupted
        self._losses, self._terms = find_gradient_losses(runner.model)
        if not self._losses:
            raise RuntimeError(
                'GradientLossHook found no gradient loss in '
                f'{type(runner.model).__name__}: add '
                "dict(type='mmdepth_gradloss.MultiScaleGradientLoss', "
                "preset='valid_mean', loss_weight=20.0) to the losses of the "
                "model's head, or use SSISilogLoss with gradient_weight > 0; "
                'or remove the hook')
        self._check_alone(runner)
        check_input_domains(runner.model)
        if not self._terms:
            _forget_scalars(runner)
        self._base_weights = [term.weight for term in self._terms.values()]
        self._driver = self._build_driver(runner)
        if self._driver is not None:
            self._set_weights(self._driver.weights)
        self._sums.watch(runner.model, self._losses)

    def _build_driver(self,
                      runner: Runner) -> WeightSchedule | TargetShare | None:
        has_weight = any(self._base_weights)
        if self.target_share is not None:
            if not has_weight:
                raise RuntimeError(
                    f'target_share={self.target_share} needs a gradient loss '
                    'with a weight > 0 in the model')
            # A fresh run may share its message hub with an earlier one.
            averages = (
                runner.message_hub.get_info(self._STATE_KEY)
                if runner.iter > 0 else None)
            return TargetShare(self._base_weights, self.target_share,
                               self.momentum, averages)
        cfgs = self.scheduler_cfgs
        if self.warmup is not None:
            cfgs = warmup_schedule(self.warmup, self.warmup_iters,
                                   self._first_length(runner))
        if not cfgs:
            return None
        if not has_weight:
            self._warn_once(
                'weight', 'no gradient loss has a weight > 0, so '
                'GradientLossHook has nothing to schedule and only logs')
            return None
        schedule = WeightSchedule(
            self._base_weights, cfgs, max_epochs=runner.max_epochs,
            max_iters=runner.max_iters,
            epoch_length=len(runner.train_dataloader),
            counts_epochs=not isinstance(runner.train_loop,
                                         IterBasedTrainLoop))
        schedule.fast_forward(runner.epoch, runner.iter)
        return schedule

    def _first_length(self, runner: Runner) -> int:
        """Length in iterations of the original run, before it was resumed.
        Otherwise a run that is extended later would warm up for longer, and
        its weight would drop when it resumes."""
        hub, length = runner.message_hub, runner.max_iters
        if runner.iter > 0:
            length = hub.get_info(self._LENGTH_KEY, length)
        hub.update_info(self._LENGTH_KEY, length)
        return length

    def _check_alone(self, runner: Runner) -> None:
        hooks = [x for x in runner.hooks if isinstance(x, GradientLossHook)]
        if len(hooks) > 1:
            raise RuntimeError(
                f'{len(hooks)} GradientLossHooks would drive one weight: keep '
                'one. To change an inherited one, set its options in '
                'default_hooks=dict(gradient_loss=dict(...)) instead of '
                'adding another in custom_hooks')

    def before_train_iter(self, runner: Runner, batch_idx: int,
                          data_batch: Any = None) -> None:
        """Forget the last iteration: a loss may not be called in this one."""
        if not self._losses:
            raise RuntimeError('GradientLossHook was registered during '
                               'training: register it once, before training')
        if self._driver is None:
            # others may set the weights, also to and from 0
            self._terms = find_terms(self._losses)
        self._sums.clear()

    def after_train_iter(self, runner: Runner, batch_idx: int,
                         data_batch: Any = None,
                         outputs: dict | None = None) -> None:
        """Log this iteration, then set the weights of the next."""
        self._check_weights()
        components = {(key, name): component
                      for name, loss in self._losses.items()
                      for key, component in self._sums.of(loss).items()}
        totals = self._totals(runner, (outputs or {}).get('loss'))
        values = read_scalars({**components, **totals})
        for name, value in self._scalars(runner, components, values).items():
            runner.message_hub.update_scalar(f'train/{name}', value)

        if isinstance(self._driver, TargetShare):
            self._driver.update(values['gradient'], values['rest'])
            runner.message_hub.update_info(self._STATE_KEY,
                                           self._driver.averages)
        elif self._driver is not None:
            self._driver.step(by_epoch=False)
        if self._driver is not None:
            self._set_weights(self._driver.weights)

    def after_train_epoch(self, runner: Runner) -> None:
        """Advance schedulers that count epochs."""
        if isinstance(self._driver, WeightSchedule):
            self._driver.step(by_epoch=True)
            self._set_weights(self._driver.weights)

    def after_train(self, runner: Runner) -> None:
        """Restore the weights of the config."""
        self._sums.close()
        if self._driver is not None:
            self._set_weights(self._base_weights)
            self._driver = None

    def _check_weights(self) -> None:
        """Raise if something else changed the weights."""
        if self._driver is None:
            return
        weights = [term.weight for term in find_terms(self._losses).values()]
        if weights != self._driver.weights:
            raise RuntimeError(
                f'GradientLossHook set the gradient weights of '
                f'{list(self._terms)} to {self._driver.weights}, but they are '
                f'{weights}: something else sets them too. Remove that, or '
                "the hook's schedule, warmup or target_share")

    def _check_share(self, share: float) -> None:
        highest = 1 - MIN_REST if self.target_share else 1 + MIN_REST
        if not -MIN_REST <= share <= highest:
            self._warn_once(
                'share', f'gradient_share is {share:.4g}: the other losses '
                'add up to 0 or less, or the term is not part of the total '
                '(for example in a compiled model); a target_share cannot be '
                'held')

    def _warn_once(self, subject: str, message: str) -> None:
        if subject not in self._warned:
            self._warned.add(subject)
            MMLogger.get_current_instance().warning(message)

    def _totals(self, runner: Runner,
                total: Tensor | None) -> dict[Any, Tensor]:
        """Scalars of the total loss to be read from the device."""
        totals: dict[Any, Tensor] = {}
        if total is not None and self._terms:
            totals.update(total=total, share=self._contribution(total))
        if isinstance(self._driver, TargetShare):
            if total is None:
                raise RuntimeError(
                    'target_share needs the total loss, but train_step of '
                    f"{type(runner.model).__name__} returns no 'loss'")
            totals['gradient'], totals['rest'] = mean_over_ranks(
                self._contribution(total, self._base_weights),
                total.detach() - totals['share'])
        return totals

    def _scalars(self, runner: Runner, components: Iterable[tuple[str, str]],
                 values: dict[Any, float]) -> dict[str, float]:
        scalars: dict[str, float] = {}

        def add(key: str, value: float, name: str) -> None:
            # without what makes MMEngine average it like a loss
            path = [x for x in name.split('.') if 'loss' not in x]
            label = f'{key}/{".".join(path)}' if key in scalars else key
            while label in scalars:
                label += '_'
            scalars[label] = value

        for key, name in components:
            value = values[key, name]
            if not math.isfinite(value):
                raise FloatingPointError(
                    f'{key} of {name} is {value} in iteration {runner.iter}: '
                    'the prediction is not finite at a pixel with valid '
                    'ground truth, or overflowed; check the learning rate, '
                    'clip_grad and the depth range')
            if key == 'clamped_predictions' and value:
                self._warn_once(
                    key, f'{name} clamps {value:.0f} predictions at valid '
                    f'pixels in iteration {runner.iter}: they have no '
                    'gradient there; see train/clamped_predictions, and keep '
                    "the head's output inside the clamp")
            add(key, value, name)
        for name, term in self._terms.items():
            add('gradient_weight', term.weight, name)
        if 'total' in values:
            total = values['total']
            scalars['gradient_share'] = values['share'] / total if total else 0
            self._check_share(scalars['gradient_share'])
        return scalars

    def _contribution(self, total: Tensor,
                      weights: list[float] | None = None) -> Tensor:
        """Sum of the gradient terms in a total loss, now or with other
        weights."""
        result = torch.zeros_like(total)
        terms = self._terms.values()
        for term, weight in zip(terms, weights or [x.weight for x in terms]):
            components = self._sums.of(term.module)
            if self._sums.was_called(term.module) and (
                    'gradient_component' not in components):
                raise RuntimeError(
                    f'{type(term.module).__name__} is a gradient term, but '
                    "its call left no components['gradient_component']; see "
                    'mmdepth_gradloss.losses.protocol')
            result += term.factor(weight) * components.get(
                'gradient_component', 0.0)
        return result

    def _set_weights(self, weights: list[float]) -> None:
        for term, weight in zip(self._terms.values(), weights):
            term.weight = weight


def _forget_scalars(runner: Runner) -> None:
    """Drop scalars of a resumed run that had a gradient term: MMEngine would
    log their last values forever."""
    scalars = runner.message_hub.log_scalars
    for name in [x for x in scalars if x.startswith('train/gradient_')]:
        del scalars[name]

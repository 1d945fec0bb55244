import math

import pytest
import torch
from mmengine.hooks import Hook
from mmengine.optim.scheduler import (CosineAnnealingParamScheduler,
                                      LinearParamScheduler)
from mmengine.registry import MODELS
from torch import nn

from mmdepth_gradloss.hooks import GradientLossHook, target_share
from mmdepth_gradloss.losses import MultiScaleGradientLoss, SSISilogLoss
from mmdepth_gradloss.losses.protocol import GradientTerm
from mmdepth_gradloss.models.depth_losses import apply_losses

BASELINE = dict(
    type='SSISilogLoss', ssi_weight=0.4, silog_weight=0.4,
    input_domain='depth')
COMBINED = dict(BASELINE, gradient_weight=0.2)
GRADIENT = dict(type='MultiScaleGradientLoss', loss_weight=0.5)


def hook(**options):
    return dict(type='GradientLossHook', **options)


def share_hook():
    return hook(target_share=0.3, momentum=1.0)


WARMUP = hook(warmup='linear', warmup_iters=6)


class SetWeight(Hook):
    """Sets the weight, as a user's hook might."""
    priority = 'LOW'

    def __init__(self, weights):
        self.weights = weights

    def after_train_iter(self, runner, *args, **kwargs):
        loss = runner.model.decode_head.losses[0]
        if runner.iter in self.weights:
            loss.gradient_weight = self.weights[runner.iter]


class ChangeModel(Hook):
    """Changes the model before training, to simulate other models."""
    priority = 'VERY_HIGH'

    def __init__(self, change):
        self.change = change

    def before_train(self, runner):
        self.change(runner.model)


def replace_losses(give):
    """A hook that makes the head combine its losses in another way."""

    def change(model):
        head = model.decode_head
        head.loss = lambda features, target, **kwargs: give(
            head.losses, head(features), target)

    return ChangeModel(change)


def shares_by_key(toy_run, runner):
    """Share of the logged gradient loss in the logged total."""
    terms, totals = (
        toy_run.history(runner, key) for key in ('loss_gradient', 'loss'))
    return [term / total for term, total in zip(terms, totals)]


# Logging


def test_logs_every_iteration_to_hub_and_json(toy_run, warnings):
    runner = toy_run(hook(), COMBINED)
    log = toy_run.json_log(runner)
    assert len(log) == 8
    for line in log:
        weighted = line['gradient_weight'] * line['gradient_component']
        total = (0.4 * line['ssi_component'] + 0.4 * line['silog_component'] +
                 weighted)
        assert line['loss'] == pytest.approx(total, rel=1e-5)
        assert line['gradient_share'] == pytest.approx(
            weighted / total, rel=1e-5)
        assert line['gradient_weight'] == 0.2
    assert warnings == []


def test_several_losses_are_logged_by_their_path(toy_run, warnings):
    other = dict(GRADIENT, loss_weight=0.1, loss_name='loss_fine', scales=1)
    runner = toy_run(hook(), [GRADIENT, other])
    assert toy_run.history(runner, 'gradient_weight')[0] == 0.5
    # 'losses' is left out: MMEngine would average the weights
    assert toy_run.history(runner, 'gradient_weight/decode_head.1')[0] == 0.1
    assert toy_run.history(runner, 'gradient_share') == (
        pytest.approx([1.0] * 8))
    assert warnings == []  # shares from 0 to 1 are fine


def test_loss_that_is_not_called_counts_nothing(toy_run):

    def add_idle(model):
        model.idle = MultiScaleGradientLoss(0.7)

    runner = toy_run([ChangeModel(add_idle), hook()], COMBINED)
    assert toy_run.history(runner, 'gradient_weight/idle') == [0.7] * 8
    assert 'train/gradient_component/idle' not in (
        runner.message_hub.log_scalars)


def test_nan_in_training_is_reported_by_name(toy_run):

    class Break(Hook):

        def before_train_iter(self, runner, *args, **kwargs):
            if runner.iter == 2:
                with torch.no_grad():
                    runner.model.decode_head.predictor.weight.fill_(math.nan)

    with pytest.raises(
            FloatingPointError,
            match='ssi_component of decode_head.losses.0 is nan in '
            'iteration 2'):
        toy_run([Break(), WARMUP], COMBINED)


def test_predictions_at_a_clamp_are_reported(toy_run, warnings):
    runner = toy_run(hook(), dict(COMBINED, max_depth=1.0))
    clamped = toy_run.history(runner, 'clamped_predictions')
    assert len(clamped) == 8 and 0 < clamped[0] <= 4 * 16 * 24
    message, = warnings
    assert message.startswith(
        f'decode_head.losses.0 clamps {clamped[0]:.0f} predictions at valid '
        'pixels in iteration 0')


def test_share_under_accumulated_gradients(toy_run):
    """Like the total, the share is that of the micro-batch."""
    runner = toy_run(hook(), [GRADIENT, BASELINE], accumulative_counts=3)
    assert toy_run.history(runner, 'gradient_share') == pytest.approx(
        shares_by_key(toy_run, runner), rel=1e-4)


def test_share_with_negative_losses_is_warned_of_once(toy_run, warnings):
    """Likelihood losses may be negative; the share is still logged."""

    def give(losses, pred, target):
        gradient, other = (loss(pred, target) for loss in losses)
        return dict(
            loss_gradient=gradient, loss_nll=other - 3 * gradient.detach())

    runner = toy_run([replace_losses(give), hook(target_share=0.3)],
                     [GRADIENT, BASELINE])
    assert toy_run.history(runner, 'gradient_share') == pytest.approx(
        shares_by_key(toy_run, runner), rel=1e-4)
    message, = warnings
    assert message.startswith('gradient_share is ')
    assert 'target_share' in message


@pytest.mark.parametrize('options', [
    {}, dict(warmup='linear'), dict(target_share=0.2)])
def test_reads_the_device_once_an_iteration(toy_run, monkeypatch, options):
    reads = []

    def counted(method):
        return lambda *args: reads.append(1) or method(*args)

    after_train_iter = GradientLossHook.after_train_iter

    def count_reads(*args, **kwargs):
        with monkeypatch.context() as patch:
            for name in ('item', 'tolist', '__float__', '__bool__', 'numpy',
                         'cpu'):
                patch.setattr(torch.Tensor, name,
                              counted(getattr(torch.Tensor, name)))
            after_train_iter(*args, **kwargs)

    monkeypatch.setattr(GradientLossHook, 'after_train_iter', count_reads)
    toy_run(hook(**options), [COMBINED, GRADIENT], max_iters=3)
    assert len(reads) == 3


# Schedules

LINEAR = dict(start_factor=0.1, begin=0, end=4, by_epoch=False)
COSINE = dict(eta_min=0.05, begin=4, end=8, by_epoch=False)


@pytest.mark.parametrize('options,schedulers', [
    (WARMUP, [(LinearParamScheduler,
               dict(start_factor=0.01, begin=0, end=6, by_epoch=False))]),
    (hook(schedule=[dict(type='LinearParamScheduler', **LINEAR),
                    dict(type='CosineAnnealingLR', **COSINE)]),
     [(LinearParamScheduler, LINEAR),
      (CosineAnnealingParamScheduler, COSINE)]),
], ids=['warmup', 'chain'])
def test_schedule_is_mmengine_s_to_the_last_digit(
        toy_run, options, schedulers):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.5)
    schedulers = [kind(optimizer, 'lr', **x) for kind, x in schedulers]
    expected = []
    for _ in range(8):
        expected.append(optimizer.param_groups[0]['lr'])
        optimizer.step()
        for scheduler in schedulers:
            scheduler.step()
    runner = toy_run(options, GRADIENT)
    assert toy_run.history(runner, 'gradient_weight') == expected


def test_schedule_by_epoch(toy_run):
    schedule = dict(type='StepParamScheduler', step_size=1, gamma=0.5)
    runner = toy_run(
        hook(schedule=schedule), GRADIENT, max_iters=9, by_epoch=True)
    assert toy_run.history(runner, 'gradient_weight') == [
        0.5] * 3 + [0.25] * 3 + [0.125] * 3


@pytest.mark.parametrize('options,by_epoch', [
    (WARMUP, False),
    (hook(target_share=0.3, momentum=0.3), False),
    (hook(schedule=[
        dict(type='ExponentialParamScheduler', gamma=0.77, by_epoch=False),
        dict(type='ExponentialParamScheduler', gamma=0.6, by_epoch=True)
    ]), True),
], ids=['warmup', 'target_share', 'by_epoch'])
def test_resume_equals_the_unbroken_run_bit_for_bit(toy_run, options,
                                                    by_epoch):
    end, middle = (12, 6) if by_epoch else (8, 5)
    whole = toy_run(options, COMBINED, end, by_epoch, name='whole')
    broken = toy_run(options, COMBINED, middle, by_epoch, name='broken')
    assert broken.iter == middle
    resumed = toy_run(
        options, COMBINED, end, by_epoch, name='broken', resume=True)
    assert resumed.iter == end
    for key in ('gradient_weight', 'gradient_component', 'loss'):
        assert toy_run.history(resumed, key) == toy_run.history(whole, key)
    for a, b in zip(whole.model.state_dict().values(),
                    resumed.model.state_dict().values()):
        assert torch.equal(a, b)


def test_longer_run_does_not_fall_back_into_the_warm_up(toy_run):
    options = hook(warmup='linear')
    toy_run(options, COMBINED, max_iters=30, name='longer')  # warm-up: 3
    resumed = toy_run(
        options, COMBINED, max_iters=80, name='longer', resume=True)
    weights = toy_run.history(resumed, 'gradient_weight')
    assert weights[3:] == [weights[-1]] * 77
    assert weights[0] < weights[1] < weights[2] <= weights[3]


def test_load_from_starts_the_schedule_afresh(toy_run):
    first = toy_run(WARMUP, COMBINED, max_iters=5)
    runner = toy_run(
        WARMUP, COMBINED, load_from=f'{first.work_dir}/iter_5.pth')
    weights = toy_run.history(runner, 'gradient_weight')
    assert weights[0] == pytest.approx(0.002)


def test_model_comes_back_with_the_weight_of_its_config(toy_run):
    runner = toy_run(WARMUP, COMBINED, max_iters=2)
    assert runner.model.decode_head.losses[0].gradient_weight == 0.2


def test_run_that_broke_off_goes_on_with_the_weight_of_its_config(toy_run):
    """The same runner trains again, as in a notebook after an interrupt."""

    class Interrupt(Hook):
        runner = None

        def after_train_iter(self, runner, *args, **kwargs):
            if self.runner is None:
                self.runner = runner
                raise KeyboardInterrupt

    interrupt = Interrupt()
    with pytest.raises(KeyboardInterrupt):
        toy_run([interrupt, WARMUP], COMBINED)
    runner = interrupt.runner
    loss = runner.model.decode_head.losses[0]
    assert loss.gradient_weight == pytest.approx(0.002)
    runner.train()
    assert toy_run.history(runner, 'gradient_weight')[-1] == (
        pytest.approx(0.2))
    assert loss.gradient_weight == 0.2
    assert not loss._forward_hooks


# Target share


@pytest.mark.parametrize('prepare', [[], [replace_losses(
    lambda losses, pred, target: dict(
        loss_gradient=sum(losses[0](x, y) for x, y in zip(
            pred.chunk(4), target.chunk(4))) / 4,
        loss_other=losses[1](pred, target)))]], ids=['one_call', 'chunks'])
def test_target_share_is_held(toy_run, prepare):
    runner = toy_run(
        [*prepare, share_hook()], [GRADIENT, BASELINE], max_iters=40)
    shares = shares_by_key(toy_run, runner)
    assert toy_run.history(runner, 'gradient_share') == pytest.approx(
        shares, rel=1e-4)
    assert abs(shares[0] - 0.3) > 0.1  # the config's weight, not the target
    assert sum(shares[10:]) / 30 == pytest.approx(0.3, abs=0.05)


def test_target_share_uses_the_mean_over_ranks(toy_run, monkeypatch):

    def other_ranks(values, op):
        assert op == 'mean'
        values.copy_(torch.tensor([3.0, 8.0]))

    monkeypatch.setattr(target_share, 'all_reduce', other_ranks)
    runner = toy_run(hook(target_share=0.25), COMBINED, max_iters=3)
    # base 0.2 * share / (1 - share) * rest / gradient
    assert toy_run.history(runner, 'gradient_weight')[1:] == pytest.approx(
        [0.2 / 3 * 8 / 3] * 2)


def test_target_share_survives_a_total_that_is_not_finite(toy_run):

    class Overflow(Hook):
        priority = 'VERY_HIGH'

        def after_train_iter(self, runner, batch_idx, data_batch=None,
                             outputs=None):
            if runner.iter == 2:
                outputs['loss'] = outputs['loss'] * math.inf

    runner = toy_run([Overflow(), hook(target_share=0.3)], COMBINED)
    weights = toy_run.history(runner, 'gradient_weight')
    assert all(map(math.isfinite, weights))
    assert weights[3] == weights[2]


def test_target_share_without_a_weight_is_refused(toy_run):
    with pytest.raises(RuntimeError, match='weight > 0'):
        toy_run(hook(target_share=0.2), BASELINE)


def test_target_share_with_no_other_loss_keeps_the_weight(toy_run, warnings):
    runner = toy_run(share_hook(), GRADIENT)
    assert toy_run.history(runner, 'gradient_weight') == [0.5] * 8
    message, = warnings
    assert message.startswith('gradient_share is 1: ')


def test_default_share_follows_about_fifty_iterations():
    assert GradientLossHook(target_share=0.2).momentum == 0.02


# Losses and models


def test_baseline_trains_bit_identically_with_weight_zero(toy_run):
    plain = toy_run(None, BASELINE)
    zero = toy_run(
        WARMUP, dict(COMBINED, gradient_weight=0.0, gradient_scales=2))
    for a, b in zip(plain.model.state_dict().values(),
                    zero.model.state_dict().values()):
        assert torch.equal(a, b)
    keys = zero.message_hub.log_scalars
    assert 'train/ssi_component' in keys
    assert 'train/gradient_component' not in keys


def test_run_that_goes_on_without_the_term_does_not_log_it(toy_run):
    toy_run(WARMUP, COMBINED, max_iters=4, name='run')
    runner = toy_run(WARMUP, BASELINE, max_iters=6, name='run', resume=True)
    last = toy_run.json_log(runner)[-1]
    assert 'ssi_component' in last
    assert not [key for key in last if key.startswith('gradient_')]


def test_no_gradient_loss_says_what_to_add(toy_run):

    @MODELS.register_module(force=True)
    class SmoothL1Depth(nn.SmoothL1Loss):
        loss_name = 'loss_l1'

    with pytest.raises(RuntimeError, match='MultiScaleGradientLoss'):
        toy_run(WARMUP, dict(type='SmoothL1Depth'))


def test_loss_of_inverse_depth_under_a_known_head_is_refused(toy_run):
    """A head of another package that passes depth in metres to its losses."""

    class VPDDepthHead(nn.Module):

        def __init__(self, **options):
            super().__init__()
            self.loss_decode = SSISilogLoss(gradient_weight=0.2, **options)

    def add_head(**options):
        return ChangeModel(lambda model: model.add_module(
            'auxiliary_head', VPDDepthHead(**options)))

    toy_run([add_head(input_domain='depth'), WARMUP], COMBINED, max_iters=2)
    with pytest.raises(
            ValueError,
            match='VPDDepthHead predicts depth in metres, but SSISilogLoss '
            r"takes inverse depth in 1/m \(input_domain='inverse'\)"):
        toy_run([add_head(), WARMUP], COMBINED)


def test_loss_that_nobody_knew_of_joins(toy_run):
    """A user's loss works with the hook and the heads through the protocol."""

    @MODELS.register_module(force=True)
    class SquaredSteps(nn.Module):
        loss_name = 'loss_steps'

        def __init__(self, loss_weight, input_domain='depth'):
            super().__init__()
            self.loss_weight = loss_weight
            self.input_domain = input_domain
            self.components = {}

        def gradient_terms(self):
            return [GradientTerm(self)]

        def forward(self, pred, target, weight=None):
            self.seen_weight = weight
            mean = (pred - target).diff(dim=-1).square().mean()
            self.components = {'gradient_component': mean.detach()}
            return self.loss_weight * mean

    steps = dict(type='SquaredSteps', loss_weight=0.5)
    runner = toy_run(hook(warmup='linear', warmup_iters=4), [BASELINE, steps])
    weights = toy_run.history(runner, 'gradient_weight')
    assert weights[0] == 0.005 and weights[-1] == pytest.approx(0.5)
    assert all(0 < x < 1 for x in toy_run.history(runner, 'gradient_share'))
    assert toy_run.history(runner, 'gradient_component')[0] > 0
    # heads pass image weights to it
    losses = runner.model.decode_head.losses
    apply_losses(losses, *torch.rand(2, 2, 1, 16, 24), torch.ones(2))
    assert torch.equal(losses[1].seen_weight, torch.ones(2))
    # and reject it if the domain does not match
    with pytest.raises(ValueError, match='SquaredSteps takes inverse depth'):
        toy_run(None, dict(steps, input_domain='inverse'))


def test_term_without_its_component_is_an_error(toy_run):

    @MODELS.register_module(force=True)
    class Silent(MultiScaleGradientLoss):

        def compute(self, *args):
            loss = super().compute(*args)
            self.components = {}
            return loss

    with pytest.raises(RuntimeError, match="Silent is a gradient term, but "
                       r"its call left no components\['gradient_component"):
        toy_run(hook(), dict(type='Silent'))


# Who sets the weight


def test_hook_that_only_logs_leaves_the_weight_alone(toy_run):
    runner = toy_run([SetWeight({1: 1.0, 3: 0.0, 5: 3.0}), hook()], COMBINED)
    assert toy_run.history(runner, 'gradient_weight') == [
        0.2, 0.2, 1.0, 1.0, 3.0, 3.0]
    assert runner.model.decode_head.losses[0].gradient_weight == 3.0
    assert all(0 <= x < 1 for x in toy_run.history(runner, 'gradient_share'))


def test_term_that_joins_later_is_logged_not_scheduled(toy_run):
    """A schedule without a weight to drive, as in a baseline, owns nothing."""
    runner = toy_run([SetWeight({3: 1.0}), WARMUP], BASELINE)
    assert toy_run.history(runner, 'gradient_weight') == [1.0] * 4


def test_schedule_over_no_weight_is_warned_of(toy_run, warnings):
    toy_run(WARMUP, BASELINE)
    toy_run(WARMUP, dict(GRADIENT, loss_weight=0.0))
    toy_run(hook(), BASELINE)
    assert [x[:37] for x in warnings] == [
        'no gradient loss has a weight > 0, so'] * 2


@pytest.mark.parametrize('options', [WARMUP, hook(target_share=0.3)])
@pytest.mark.parametrize('weight', [1.0, 0.0])
def test_second_owner_of_the_weight_is_refused(toy_run, options, weight):
    with pytest.raises(
            RuntimeError,
            match=r"weights of \['decode_head.losses.0'\] to \[0\.\d+\], but "
            r'they are \[(1\.0)?\]: something else sets them too'):
        toy_run([SetWeight({3: weight}), options], COMBINED)


def test_two_hooks_are_refused(toy_run):
    """The second would mistake the scaled weight for its base weight."""
    with pytest.raises(RuntimeError, match='2 GradientLossHooks.*keep one'):
        toy_run([WARMUP, hook()], COMBINED)


@pytest.mark.parametrize('first', [[], [WARMUP]])
def test_hook_that_joins_a_running_training_is_refused(toy_run, first):

    class Join(Hook):

        def after_train_iter(self, runner, *args, **kwargs):
            runner.register_hook(dict(WARMUP))

    with pytest.raises(RuntimeError, match='registered during training'):
        toy_run([Join(), *first], COMBINED)


@pytest.mark.parametrize('schedule,message', [
    (dict(type='LinearParamScheduler'), 'set by_epoch=False'),
    (dict(type='LinearParamScheduler', begin=8, end=20, by_epoch=False),
     'LinearParamScheduler begins at 8, but the run ends at 8'),
])
def test_schedule_that_does_not_fit_the_run_is_named(
        toy_run, schedule, message):
    with pytest.raises(ValueError, match=message):
        toy_run(hook(schedule=schedule), COMBINED)


@pytest.mark.parametrize('arguments,error,message', [
    (dict(warmup='linear', target_share=0.2), ValueError,
     'only one of.*inherited one to None'),
    (dict(warmup='linear', schedule=[]), ValueError, 'only one of'),
    (dict(warmup='quadratic'), ValueError, "known: constant, linear"),
    (dict(warmup='linear', warmup_iters=1), ValueError, 'must be >= 2'),
    (dict(warmup_iters=100), ValueError, 'warmup_iters=100 does nothing'),
    (dict(warmup_iters=100, target_share=0.2), ValueError, 'does nothing'),
    (dict(schedule='linear'), TypeError, "list of dicts.*got 'linear'"),
    (dict(target_share=1.0), ValueError,
     r'target_share must be in \(0, 1\), got 1.0'),
    (dict(target_share='0.2'), TypeError, 'target_share must be a number'),
    (dict(target_share=0.2, momentum=0), ValueError, 'momentum must be in'),
    (dict(target_share=0.2, momentum='a'), TypeError,
     "momentum must be a number, got 'a'"),
    (dict(momentum=0.1), ValueError,
     'momentum=0.1 does nothing without target_share: set that too, or '
     'momentum=None'),
    (dict(warmup='linear', momentum=0.1), ValueError, 'does nothing'),
])
def test_options_that_cannot_be_followed(arguments, error, message):
    with pytest.raises(error, match=message):
        GradientLossHook(**arguments)

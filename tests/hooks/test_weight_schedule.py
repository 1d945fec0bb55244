"""Weights that follow MMEngine's schedulers, without a run."""
import pytest

from mmdepth_gradloss.hooks.weight_schedule import (WeightSchedule,
                                                    schedule_configs)


def schedule(*cfgs, counts_epochs=True):
    """Schedule of weights 2 and 10 in a run of 4 epochs of 3 iterations."""
    return WeightSchedule([2.0, 10.0], list(cfgs), 4, 12, 3, counts_epochs)


def linear(**options):
    return dict(type='LinearParamScheduler', start_factor=0.5, **options)


def test_weights_of_all_losses_follow():
    cfg = linear(end=3, by_epoch=False)
    weights = schedule(cfg)
    for factor in (0.5, 0.75, 1, 1):
        assert weights.weights == pytest.approx([2 * factor, 10 * factor])
        weights.step(by_epoch=False)
    assert cfg == linear(end=3, by_epoch=False)


def test_schedulers_count_epochs_unless_told_otherwise():
    weights = schedule(linear())
    weights.step(by_epoch=False)
    assert weights.weights == pytest.approx([1, 5])
    weights.step(by_epoch=True)  # the default end is 4 epochs
    assert weights.weights == pytest.approx([2 * 2 / 3, 10 * 2 / 3])


def test_epochs_are_converted_to_iterations():
    weights = schedule(linear(end=2, convert_to_iter_based=True))
    for _ in range(5):
        assert weights.weights[0] < 2
        weights.step(by_epoch=False)
    assert weights.weights == pytest.approx([2, 10])


def test_resumed_run_stands_where_the_unbroken_one_does():
    cfgs = [dict(type='StepParamScheduler', step_size=1, gamma=0.5),
            linear(end=10, by_epoch=False)]
    unbroken = schedule(*cfgs)
    for iteration in range(1, 9):
        unbroken.step(by_epoch=False)
        if iteration % 3 == 0:
            unbroken.step(by_epoch=True)
        resumed = schedule(*cfgs)
        resumed.fast_forward(iteration // 3, iteration)
        if iteration % 3 == 0 or iteration < 3:  # where checkpoints are saved
            assert resumed.weights == unbroken.weights


@pytest.mark.parametrize('cfg, counts_epochs, message', [
    (dict(start_factor=0.5), True, 'needs the type of one of'),
    (dict(type='LinearSchedule'), True, 'needs the type of one of'),
    (dict(type='LinearMomentum', by_epoch=False), True, 'schedules momentum'),
    (linear(param_name='wd'), True, "takes no param_name, got 'wd'"),
    (linear(begin=4, end=8), True, 'begins at 4, but'),
    (linear(begin=12, end=20, by_epoch=False), True,
     'begins at 12, but the run ends at 12'),
    (dict(type='ReduceOnPlateauParamScheduler', monitor='x'), True,
     'driven by validation'),
    (linear(), False, 'set by_epoch=False'),
])
def test_what_drives_no_weight(cfg, counts_epochs, message):
    with pytest.raises(ValueError, match=message):
        schedule(cfg, counts_epochs=counts_epochs)


@pytest.mark.parametrize('end, by_epoch, counts_epochs, warned', [
    (13, False, True, True), (12, False, False, False), (5, True, True, True),
    (4, True, True, False), (None, False, True, False)])
def test_schedule_longer_than_the_run(warnings, end, by_epoch, counts_epochs,
                                      warned):
    options = {} if end is None else dict(end=end)
    schedule(linear(by_epoch=by_epoch, **options), counts_epochs=counts_epochs)
    assert len(warnings) == warned
    if warned:
        assert (f'LinearParamScheduler of the gradient weight ends at {end}, '
                f'but the run at {end - 1}: ') in warnings[0]


@pytest.mark.parametrize('given', [None, [], ()])
def test_no_schedule(given):
    assert schedule_configs(given) == []


@pytest.mark.parametrize('given', ['linear', 3, ['linear']])
def test_what_is_no_schedule(given):
    with pytest.raises(TypeError, match='schedule must be a dict or a list'):
        schedule_configs(given)

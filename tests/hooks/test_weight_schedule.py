"""Weights that follow MMEngine's schedulers, without a run."""
from __future__ import annotations

import pytest

from mmdepth_gradloss.hooks.weight_schedule import (WeightSchedule,
                                                    schedule_configs)


def schedule(*cfgs: dict, counts_epochs: bool = True) -> WeightSchedule:
    """Of a run of 4 epochs of 3 iterations, over weights 2 and 10."""
    return WeightSchedule([2.0, 10.0], list(cfgs), 4, 12, 3, counts_epochs)


def test_weights_of_all_losses_follow():
    linear = schedule(
        dict(
            type='LinearParamScheduler',
            start_factor=0.5,
            end=3,
            by_epoch=False))
    seen = []
    for _ in range(4):
        seen.append(linear.weights)
        linear.step(by_epoch=False)
    assert seen == [
        pytest.approx([2 * factor, 10 * factor])
        for factor in (0.5, 0.75, 1, 1)
    ]


def test_schedulers_count_epochs_unless_told_otherwise():
    linear = schedule(dict(type='LinearParamScheduler', start_factor=0.5))
    linear.step(by_epoch=False)
    assert linear.weights == pytest.approx([1, 5])
    linear.step(by_epoch=True)  # of 4 epochs, the default end
    assert linear.weights == pytest.approx([2 * 2 / 3, 10 * 2 / 3])


def test_epochs_are_converted_to_iterations():
    linear = schedule(
        dict(
            type='LinearParamScheduler',
            start_factor=0.5,
            end=2,
            convert_to_iter_based=True))
    for _ in range(5):
        assert linear.weights[0] < 2
        linear.step(by_epoch=False)
    assert linear.weights == pytest.approx([2, 10])


def test_resumed_run_stands_where_the_unbroken_one_does():
    cfgs = [
        dict(type='StepParamScheduler', step_size=1, gamma=0.5),
        dict(
            type='LinearParamScheduler',
            start_factor=0.1,
            end=10,
            by_epoch=False)
    ]
    unbroken = schedule(*cfgs)
    for iteration in range(1, 9):
        unbroken.step(by_epoch=False)
        if iteration % 3 == 0:
            unbroken.step(by_epoch=True)
        resumed = schedule(*cfgs)
        resumed.fast_forward(iteration // 3, iteration)
        if iteration % 3 == 0 or iteration < 3:  # where runs are stored
            assert resumed.weights == unbroken.weights


def test_config_of_a_schedule_stays_as_it_is():
    cfg = dict(type='LinearParamScheduler', start_factor=0.5)
    schedule(cfg)
    assert cfg == dict(type='LinearParamScheduler', start_factor=0.5)


@pytest.mark.parametrize('cfg, message', [
    (dict(start_factor=0.5), 'needs the type of one of'),
    (dict(type='LinearMomentum', start_factor=0.5), 'schedules momentum'),
    (dict(type='LinearParamScheduler', param_name='wd'), "got 'wd'"),
    (dict(type='LinearParamScheduler', begin=4, end=8), 'begins at 4, but'),
    (dict(type='LinearParamScheduler', begin=12, end=20, by_epoch=False),
     'begins at 12, but the run ends at 12'),
    (dict(type='ReduceOnPlateauParamScheduler', monitor='x'),
     'driven by validation')])
def test_what_drives_no_weight(cfg, message):
    with pytest.raises(ValueError, match=message):
        schedule(cfg)


def test_schedule_by_epoch_in_a_run_of_iterations():
    with pytest.raises(ValueError, match='give the schedule by_epoch=False'):
        schedule(
            dict(type='LinearParamScheduler', start_factor=0.5),
            counts_epochs=False)


@pytest.mark.parametrize('given', [None, [], ()])
def test_no_schedule(given):
    assert schedule_configs(given) == []


@pytest.mark.parametrize('given', ['linear', 3, ['linear']])
def test_what_is_no_schedule(given):
    with pytest.raises(TypeError, match='schedule must be a dict or a list'):
        schedule_configs(given)

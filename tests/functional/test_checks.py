"""Checks of arguments."""
from __future__ import annotations

import pytest

from mmdepth_gradloss.functional.checks import (check_depth_range,
                                                check_loss_name,
                                                check_valid_range)


@pytest.mark.parametrize('limits', [
    (None, None), (0.0, None), (None, 0.5), (0.5, 0.6), (0, 1)])
def test_ranges_that_hold_depth(limits):
    check_valid_range(*limits)


@pytest.mark.parametrize('limits', [
    (0.6, 0.5), (0.5, 0.5), (-0.1, None), (None, 0.0),
    (float('inf'), None), (float('nan'), None)])
def test_ranges_that_hold_none(limits):
    with pytest.raises(ValueError, match='must be below max_depth, got'):
        check_valid_range(*limits)


@pytest.mark.parametrize('limits,name', [
    (('1', None), 'min_depth'), ((None, '1'), 'max_depth')])
def test_limits_that_are_no_numbers_are_named(limits, name):
    with pytest.raises(TypeError, match=name):
        check_valid_range(*limits)


def test_bounds_of_a_prediction():
    check_depth_range(0.3, 15.0)
    check_depth_range(1e-6, 1)
    for limits in ((0.0, 1.0), (1.0, 1.0), (2.0, 1.0), (-1.0, 1.0)):
        with pytest.raises(ValueError) as error:
            check_depth_range(*limits)
        assert str(error.value) == (
            f'0 < min_depth < max_depth must hold, got {limits[0]} and '
            f'{limits[1]}')
    for limits, name in (('1', 2.0), 'min_depth'), ((1.0, '2'), 'max_depth'):
        with pytest.raises(TypeError, match=f'^{name} must be a number'):
            check_depth_range(*limits)


def test_name_that_mmengine_adds_to_the_total():
    check_loss_name('my_loss_2')
    for name in ('gradient', '', None, 3):
        with pytest.raises(ValueError, match='loss'):
            check_loss_name(name)

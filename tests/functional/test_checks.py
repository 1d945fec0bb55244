import math

import pytest

from mmdepth_gradloss.functional.checks import (check_depth_range,
                                                check_loss_name,
                                                check_valid_range)


@pytest.mark.parametrize('check,limits', [
    (check_valid_range, (None, None)), (check_valid_range, (0.0, None)),
    (check_valid_range, (None, 0.5)), (check_valid_range, (0.5, 0.6)),
    (check_valid_range, (0, 1)), (check_depth_range, (0.3, 15.0)),
    (check_depth_range, (1e-6, 1))])
def test_ranges_that_hold_depth(check, limits):
    check(*limits)


@pytest.mark.parametrize('limits', [
    (0.6, 0.5), (0.5, 0.5), (-0.1, None), (None, 0.0), (math.inf, None),
    (math.nan, None)])
def test_valid_range_that_holds_none(limits):
    with pytest.raises(ValueError, match='must be below max_depth, got'):
        check_valid_range(*limits)


@pytest.mark.parametrize('limits', [
    (0.0, 1.0), (1.0, 1.0), (2.0, 1.0), (-1.0, 1.0)])
def test_bounds_of_a_prediction_that_hold_none(limits):
    with pytest.raises(ValueError) as error:
        check_depth_range(*limits)
    assert str(error.value) == (
        '0 < min_depth < max_depth must hold, got {} and {}'.format(*limits))


@pytest.mark.parametrize('check', [check_valid_range, check_depth_range])
@pytest.mark.parametrize('limits,name', [
    (('1', 2.0), 'min_depth'), ((1.0, '2'), 'max_depth')])
def test_limits_that_are_no_numbers_are_named(check, limits, name):
    with pytest.raises(TypeError, match=f'^{name} must be a number'):
        check(*limits)


@pytest.mark.parametrize('name', ['gradient', '', None, 3])
def test_name_that_mmengine_adds_to_the_total(name):
    check_loss_name('my_loss_2')
    with pytest.raises(ValueError, match='loss'):
        check_loss_name(name)

"""Checks of arguments."""
from __future__ import annotations

import pytest

from mmdepth_gradloss.functional.checks import (check_loss_name,
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


def test_name_that_mmengine_adds_to_the_total():
    check_loss_name('my_loss_2')
    for name in ('gradient', '', None, 3):
        with pytest.raises(ValueError, match='loss'):
            check_loss_name(name)

"""Weights that hold a target share, without a run."""
import math

import pytest

from mmdepth_gradloss.hooks.target_share import (MIN_REST, TargetShare,
                                                 check_target_share)


@pytest.mark.parametrize('share, momentum, name', [
    (0.0, 0.1, 'target_share'), (1.0, 0.1, 'target_share'),
    (-0.1, 0.1, 'target_share'), (0.5, 0.0, 'momentum'),
    (0.5, 1.01, 'momentum'), (0.5, -1.0, 'momentum')])
def test_what_is_no_share(share, momentum, name):
    with pytest.raises(ValueError, match=f'^{name} must be in .* got '):
        check_target_share(share, momentum)
    check_target_share(0.01, 1.0)
    check_target_share(0.99, 1e-3)


def test_moving_averages_stand_behind_the_weights():
    share = TargetShare([2.0, 1.0], 0.2, 0.25)
    gradient, rest = 1.0, 3.0
    for g, r in ((1.0, 3.0), (5.0, 1.0), (0.5, 0.25)):
        share.update(g, r)
        gradient = 0.75 * gradient + 0.25 * g
        rest = 0.75 * rest + 0.25 * r
        factor = 0.2 / 0.8 * rest / gradient
        assert share.averages == pytest.approx([gradient, rest])
        assert share.weights == pytest.approx([2 * factor, factor])


def test_an_earlier_run_is_continued():
    share = TargetShare([1.0], 0.5, 0.5, averages=[2.0, 6.0])
    assert share.weights == [3.0]
    for value in (math.nan, math.inf):  # are ignored
        share.update(value, 1.0)
        share.update(1.0, value)
    assert share.averages == [2.0, 6.0] and share.weights == [3.0]
    share.update(4.0, 6.0)
    assert share.averages == [3.0, 6.0] and share.weights == [2.0]


@pytest.mark.parametrize('averages', [
    [0.0, 1.0], [-1.0, 1.0], [4.0, 4.0 * MIN_REST], [4.0, 0.0]])
def test_nothing_to_balance(averages):
    assert TargetShare([7.0], 0.5, 0.5, averages).weights == [7.0]


def test_least_rest_that_is_balanced():
    share = TargetShare([1.0], 0.5, 0.5, [4.0, 4.1 * MIN_REST])
    assert share.weights == pytest.approx([1.025 * MIN_REST])

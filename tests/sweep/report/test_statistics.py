import math

import pytest

from mmdepth_gradloss.sweep.report.statistics import (estimate,
                                                      paired_difference)

# 97.5th percentiles of Student's t from printed tables.
T_TABLE = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 9: 2.262}


@pytest.mark.parametrize('freedom', T_TABLE)
def test_interval_in_plain_formulas(freedom):
    values = [(7 * i % 5) / 3 + i for i in range(freedom + 1)]
    n = len(values)
    mean = sum(values) / n
    variance = sum((v - mean)**2 for v in values) / (n - 1)
    result = estimate(values)
    assert result.mean == pytest.approx(mean)
    assert result.half_width == pytest.approx(
        T_TABLE[freedom] * math.sqrt(variance / n), rel=2e-4)
    assert result.count == n
    assert result.high - result.low == pytest.approx(2 * result.half_width)


def test_one_value_has_no_interval_and_is_never_clear():
    result = estimate([5.0])
    assert result.mean == 5 and math.isnan(result.half_width)
    assert not result.is_clear


def test_interval_of_the_best_of_five():
    # The 99.5th percentile of Student's t for 4 degrees of freedom.
    values = [1.0, 2.0, 4.0, 4.0, 6.0]
    single = estimate(values)
    assert single.corrected(5).half_width == pytest.approx(
        single.half_width * 4.604 / 2.776, rel=2e-4)
    assert single.corrected(1) == single
    assert math.isnan(estimate([1.0]).corrected(5).half_width)


def test_values_that_are_not_finite_are_left_out():
    assert estimate([1, math.nan, 3, math.inf]) == estimate([1, 3])
    nothing = estimate([math.nan])
    assert nothing.count == 0 and math.isnan(nothing.mean)


def test_pairing_takes_out_what_a_seed_does():
    baseline = {0: 1.0, 1: 2.0, 2: 6.0}
    values = {seed: value + 0.3 for seed, value in baseline.items()}
    difference = paired_difference(values, baseline)
    assert difference.absolute.mean == pytest.approx(0.3)
    assert difference.absolute.half_width == pytest.approx(0, abs=1e-9)
    assert difference.absolute.is_clear
    assert difference.percent.mean == pytest.approx(10)
    assert estimate(values.values()).half_width > 1


def test_paired_difference_in_plain_formulas():
    baseline, values = {3: 2.0, 4: 4.0}, {3: 2.5, 4: 4.1}
    difference = paired_difference(values, baseline)
    # Differences 0.5 and 0.1: mean 0.3, deviation 0.2 * sqrt 2.
    assert difference.absolute.mean == pytest.approx(0.3)
    assert difference.absolute.half_width == pytest.approx(
        12.706 * 0.2, rel=1e-4)
    assert difference.percent.mean == pytest.approx(10)
    assert difference.percent.half_width == pytest.approx(
        100 / 3 * 12.706 * 0.2, rel=1e-4)
    assert not difference.absolute.is_clear


def test_only_common_seeds_with_two_finite_values_count():
    difference = paired_difference({
        0: 2.0,
        1: math.nan,
        2: 3.0,
        5: 100.0
    }, {
        0: 1.0,
        1: 1.0,
        2: math.nan,
        6: -100.0
    })
    assert difference.absolute.count == 1
    assert difference.absolute.mean == 1 and difference.reference == 1


def test_no_percent_of_nothing():
    difference = paired_difference({0: 0.2, 1: 0.3}, {0: 0.0, 1: 0.0})
    assert difference.percent is None
    assert difference.absolute.mean == pytest.approx(0.25)

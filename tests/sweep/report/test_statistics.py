import math

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ttest_rel

from mmdepth_gradloss.sweep.report.statistics import (estimate,
                                                      paired_difference)


@pytest.mark.parametrize('number', [2, 3, 5, 12])
def test_interval_is_that_of_a_paired_t_test(number):
    rng = np.random.default_rng(number)
    baseline = pd.Series(rng.uniform(1, 3, number))
    values = baseline + rng.normal(0.2, 0.3, number)
    interval = ttest_rel(values, baseline).confidence_interval()
    percent = 100 / baseline.mean()
    difference = paired_difference(values, baseline)
    half_width = difference.half_width()
    assert difference.mean - half_width == pytest.approx(
        percent * interval.low, abs=1e-12)
    assert difference.mean + half_width == pytest.approx(
        percent * interval.high, abs=1e-12)
    assert difference.is_clear() == (interval.low > 0 or interval.high < 0)


# Percentiles of Student's t from tables.
@pytest.mark.parametrize('comparisons, t', [(1, 2.776), (5, 4.604)])
def test_interval_in_plain_formulas(comparisons, t):
    # Mean 3.4, sum of squared deviations 15.2.
    result = estimate(pd.Series([1.0, 2.0, 4.0, 4.0, 6.0]))
    assert result.mean == pytest.approx(3.4) and result.number == 5
    assert result.half_width(comparisons) == pytest.approx(
        t * math.sqrt(15.2 / 4 / 5), rel=2e-4)


def test_one_value_has_no_interval_and_is_never_clear():
    result = estimate(pd.Series([5.0, math.nan]))
    assert result.mean == 5 and result.number == 1
    assert math.isnan(result.half_width()) and not result.is_clear()
    nothing = estimate(pd.Series([math.nan]))
    assert nothing.number == 0 and math.isnan(nothing.mean)


def test_only_common_seeds_count():
    values = pd.Series({0: 2.0, 1: math.nan, 2: 3.0, 5: 100.0})
    baseline = pd.Series({0: 1.0, 1: 1.0, 2: math.nan, 6: -100.0})
    assert paired_difference(values, baseline)[::2] == (100, 1)


def test_no_percent_of_nothing():
    difference = paired_difference(pd.Series([.2, .3]), pd.Series([0., 0.]))
    assert not difference.is_percent
    assert difference.mean == pytest.approx(0.25)

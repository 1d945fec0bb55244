"""Means and differences of a few runs, with confidence intervals."""
from __future__ import annotations

from typing import NamedTuple

import pandas as pd
from scipy import stats

CONFIDENCE = 0.95


class Estimate(NamedTuple):
    """A mean, its standard error, and the number of values. The mean of no
    values is NaN, as is the error of fewer than two."""
    mean: float
    error: float
    number: int
    is_percent: bool = False

    def half_width(self, comparisons: int = 1) -> float:
        """Half the width of Student's confidence interval. With several
        comparisons, all intervals hold simultaneously at the given confidence
        (Bonferroni)."""
        tail = (1 - CONFIDENCE) / comparisons / 2
        return self.error * float(stats.t.isf(tail, self.number - 1))

    def is_clear(self, comparisons: int = 1) -> bool:
        """Whether there is an interval and 0 lies outside."""
        return abs(self.mean) > self.half_width(comparisons)


def estimate(values: pd.Series, is_percent: bool = False) -> Estimate:
    """Mean of the values that are not NaN."""
    return Estimate(float(values.mean()), float(values.sem()),
                    int(values.count()), is_percent)


def paired_difference(values: pd.Series, baseline: pd.Series) -> Estimate:
    """Difference of runs that share a seed.

    Effects of a seed on both runs, such as an easy order of images, cancel. If
    0 is outside the interval, a paired t-test is significant. In percent of
    the baseline's mean over these seeds, if that is positive.
    """
    difference = (values - baseline).dropna()
    reference = baseline[difference.index].mean()
    if not reference > 0:
        return estimate(difference)
    return estimate(100 * difference / reference, is_percent=True)

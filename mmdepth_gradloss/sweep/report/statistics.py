"""Means and differences of a few runs, with confidence intervals."""
from __future__ import annotations

from typing import NamedTuple

import pandas as pd
from scipy import stats

CONFIDENCE = 0.95


class Estimate(NamedTuple):
    """A mean, its standard error, and the number of values behind it.

    The mean of no value is NaN, and so is the error of less than two.
    """
    mean: float
    error: float
    number: int
    is_percent: bool = False

    def half_width(self, comparisons: int = 1) -> float:
        """Half the width of Student's confidence interval.

        With so many comparisons, all of their intervals together hold with
        the confidence that one has otherwise (Bonferroni).
        """
        tail = (1 - CONFIDENCE) / comparisons / 2
        return self.error * float(stats.t.isf(tail, self.number - 1))

    def is_clear(self, comparisons: int = 1) -> bool:
        """Whether there is an interval and 0 lies outside."""
        return abs(self.mean) > self.half_width(comparisons)


def estimate(values: pd.Series, is_percent: bool = False) -> Estimate:
    """Mean of those values that are not NaN."""
    return Estimate(float(values.mean()), float(values.sem()),
                    int(values.count()), is_percent)


def paired_difference(values: pd.Series, baseline: pd.Series) -> Estimate:
    """Difference of runs that share a seed.

    What a seed does to both runs, such as an easy order of images, cancels.
    That 0 lies outside the interval is what a paired t-test calls significant.
    In percent of the baseline's mean over these seeds, if that is positive.
    """
    difference = (values - baseline).dropna()
    reference = baseline[difference.index].mean()
    if not reference > 0:
        return estimate(difference)
    return estimate(100 * difference / reference, is_percent=True)

"""Means and differences of a few runs, with confidence intervals."""
from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..extra import import_extra

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Estimate:
    """A mean and how far it can be trusted.

    Args:
        mean (float): NaN without values.
        half_width (float): Half the width of the confidence interval; NaN
            with less than two values.
        count (int): Number of values.
    """
    mean: float
    half_width: float
    count: int

    @property
    def low(self) -> float:
        """Lower end of the interval."""
        return self.mean - self.half_width

    @property
    def high(self) -> float:
        """Upper end of the interval."""
        return self.mean + self.half_width

    @property
    def is_clear(self) -> bool:
        """Whether there is an interval and 0 lies outside."""
        return self.low > 0 or self.high < 0

    def scaled(self, factor: float) -> Estimate:
        """The estimate of all values times a factor."""
        return Estimate(self.mean * factor, self.half_width * abs(factor),
                        self.count)

    def corrected(self, comparisons: int) -> Estimate:
        """With an interval for the best of so many estimates (Bonferroni).

        All of that many intervals hold what they should with the confidence
        that one has otherwise.
        """
        if self.count < 2 or comparisons < 2:
            return self
        widening = (
            _student_t(self.count - 1, comparisons) /
            _student_t(self.count - 1))
        return Estimate(self.mean, widening * self.half_width, self.count)


@dataclass(frozen=True)
class Difference:
    """Paired difference to a baseline.

    Args:
        absolute (Estimate): Of value minus baseline's value.
        reference (float): The baseline's mean over the same pairs.
    """
    absolute: Estimate
    reference: float

    @property
    def percent(self) -> Estimate | None:
        """In percent of the reference; None if that is not positive."""
        if not self.reference > 0:
            return None
        return self.absolute.scaled(100 / self.reference)


def estimate(values: Iterable[float]) -> Estimate:
    """Mean with the confidence interval of Student's t.

    The half width is t * s / sqrt(n), with the sample standard deviation s
    and the 97.5th percentile t of Student's distribution with n - 1 degrees
    of freedom.

    Args:
        values (Iterable[float]): Values that are not finite are left out.
    """
    finite = [value for value in values if math.isfinite(value)]
    count = len(finite)
    if not count:
        return Estimate(math.nan, math.nan, 0)
    mean = math.fsum(finite) / count
    if count == 1:
        return Estimate(mean, math.nan, 1)
    squares = math.fsum((value - mean)**2 for value in finite)
    deviation = math.sqrt(squares / (count - 1))
    half_width = _student_t(count - 1) * deviation / math.sqrt(count)
    return Estimate(mean, half_width, count)


def paired_difference(values: Mapping[int, float],
                      baseline: Mapping[int, float]) -> Difference:
    """Difference of runs that share a seed.

    What a seed does to both runs, such as an easy order of images, cancels.
    That 0 lies outside the interval is what a paired t-test calls
    significant. In percent, too: there all differences are divided by the
    same number, the baseline's mean.

    Args:
        values (Mapping[int, float]): By seed.
        baseline (Mapping[int, float]): By seed. Seeds with two finite values
            count.
    """
    seeds = [
        seed for seed in values if math.isfinite(values[seed])
        and math.isfinite(baseline.get(seed, math.nan))
    ]
    differences = [values[seed] - baseline[seed] for seed in seeds]
    return Difference(
        estimate(differences),
        estimate(baseline[seed] for seed in seeds).mean)


def _student_t(freedom: int, comparisons: int = 1) -> float:
    error_rate = (1 - CONFIDENCE) / comparisons
    distribution = import_extra('scipy.stats').t
    return float(distribution.ppf(1 - error_rate / 2, freedom))

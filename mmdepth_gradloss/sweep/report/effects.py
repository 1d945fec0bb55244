"""Effect of each variant on edges and error."""
from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from .metrics import describe
from .results import Sweep
from .statistics import Estimate, paired_difference
from .wording import counted, difference_texts

_TOLERANCE = 1.0
"""Increase of an error in percent that still counts as no worse."""


class Effect(NamedTuple):
    """Changes of a score and an error by a variant. ``incomplete`` of its
    finished runs lack a finite value of either."""
    variant: str
    score: Estimate
    error: Estimate
    incomplete: int

    @property
    def seeds(self) -> int:
        """Number of seeds with both metrics."""
        return min(self.score.number, self.error.number)

    @property
    def keeps_error(self) -> bool:
        """Whether the error is no worse: neither by much nor clearly."""
        return self.error.mean <= 0 or (
            self.error.is_percent and self.error.mean <= _TOLERANCE
            and not self.error.is_clear())


def rank_effects(sweep: Sweep, score: str, error: str) -> list[Effect]:
    """Effects of all comparable variants, the best first.

    The best has the highest score among those that keep the error. Variants
    with non-finite runs, or with less than half as many seeds as others, come
    last: their remaining runs are biased.
    """
    effects = [_effect(sweep, variant, score, error)
               for variant in sweep.variants if variant != sweep.baseline]
    effects = [effect for effect in effects if effect.seeds]
    most = max((effect.seeds for effect in effects), default=0)
    return sorted(effects, key=lambda effect: (
        effect.incomplete > 0 or 2 * effect.seeds < most,
        not effect.keeps_error, -effect.score.mean))


def effect_lines(sweep: Sweep, effects: Sequence[Effect], score: str,
                 error: str) -> list[str]:
    """A line for each variant with a finished run; none without a baseline.
    """
    if not sweep.finished(sweep.baseline):
        return []
    compared = {effect.variant for effect in effects}
    return [_line(effect, score, error, len(effects)) for effect in effects
            ] + [
        f'{variant}: no seed has a finite {score} and {error}, here and in '
        f'{sweep.baseline}' for variant in sweep.variants
        if variant not in compared and variant != sweep.baseline
        and sweep.finished(variant)
    ]


def _line(effect: Effect, score: str, error: str, comparisons: int) -> str:
    """Describe a change, or that it may be chance among so many variants."""
    basis = counted(effect.seeds, 'seed')
    if effect.incomplete:
        basis += (f'; {counted(effect.incomplete, "run")} without finite '
                  'metrics left out')
    return (f'{effect.variant}: {_change(score, effect.score, comparisons)}, '
            f'{_change(error, effect.error, comparisons)} ({basis})')


def _effect(sweep: Sweep, variant: str, score: str, error: str) -> Effect:
    gain, loss = (
        paired_difference(sweep.values(variant, name),
                          sweep.values(sweep.baseline, name))
        for name in (score, error))
    known = sweep.values(variant, score) + sweep.values(variant, error)
    incomplete = len(sweep.finished(variant)) - int(known.count())
    return Effect(variant, gain, loss, incomplete)


def _change(name: str, difference: Estimate, comparisons: int) -> str:
    label = describe(name).label
    change, interval = difference_texts(difference)
    if not interval:
        return f'{label} {change}'
    if not difference.is_clear():
        return f'{label} within chance {interval}'
    perhaps = '' if difference.is_clear(comparisons) else ' perhaps by chance'
    return f'{label} {change} {interval}{perhaps}'

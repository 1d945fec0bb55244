"""What a sweep shows, in a sentence."""
from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from .metrics import describe
from .results import Sweep
from .statistics import Difference, paired_difference
from .wording import counted, difference_texts

_TOLERANCE = 1.0
"""Percent by which an error may rise and still count as no worse."""


@dataclass(frozen=True)
class Effect:
    """What an variant changes against the baseline.

    Args:
        variant (str): Its name.
        sharpness (Difference): Of the metric that should rise.
        accuracy (Difference): Of the error that should not.
        broken (int): Runs whose metrics are not finite.
    """
    variant: str
    sharpness: Difference
    accuracy: Difference
    broken: int

    @property
    def seeds(self) -> int:
        """Number of seeds that both metrics are compared on."""
        return min(self.sharpness.absolute.count, self.accuracy.absolute.count)

    @property
    def keeps_accuracy(self) -> bool:
        """Whether the error is no worse: not by much, and not clearly."""
        absolute = self.accuracy.absolute
        if absolute.mean <= 0:
            return True
        percent = self.accuracy.percent
        return (percent is not None and percent.mean <= _TOLERANCE
                and not absolute.is_clear)


@dataclass(frozen=True)
class Headline:
    """A sweep's outcome.

    Args:
        verdict (str): One sentence without figures.
        tone (str): 'good', 'bad' or 'neutral'.
        figures (Sequence[tuple[str, str, str]]): Label, difference and tone
            of the two metrics.
        line (str): Variant, figures and number of seeds in one line.
        compared (str): The same without the figures.
        notes (Sequence[str]): What to keep in mind.
    """
    verdict: str
    tone: str
    figures: Sequence[tuple[str, str, str]] = ()
    line: str = ''
    compared: str = ''
    notes: Sequence[str] = ()


def rank_effects(sweep: Sweep, sharpness: str, accuracy: str) -> list[Effect]:
    """Effects of all variants with something to compare, the best first.

    The best one gains most in sharpness among those that keep the accuracy.
    Variants with runs that are not finite, or with less than half as many seeds
    as others, come behind those in any case: what is left of them flatters.

    Args:
        sweep (Sweep): Finished runs.
        sharpness (str): Name of a metric of which more is better.
        accuracy (str): Name of an error.
    """
    effects = [
        _effect(sweep, variant, sharpness, accuracy) for variant in sweep.others
    ]
    effects = [effect for effect in effects if effect.seeds]
    most = max((effect.seeds for effect in effects), default=0)
    return sorted(
        effects,
        key=lambda effect:
        (effect.broken > 0 or 2 * effect.seeds < most, not effect.
         keeps_accuracy, -effect.sharpness.absolute.mean))


def make_headline(sweep: Sweep, sharpness: str, accuracy: str) -> Headline:
    """Say what the best variant does.

    Args:
        sweep (Sweep): Finished runs.
        sharpness (str): See :func:`rank_effects`.
        accuracy (str): See :func:`rank_effects`.
    """
    effects = rank_effects(sweep, sharpness, accuracy)
    if not effects:
        return Headline(_nothing_to_compare(sweep), 'neutral')
    best = effects[0]
    verdict, tone = _judge(best)
    luck = _may_be_luck(best, len(effects))
    if luck:
        verdict, tone = f'{verdict}, perhaps by chance', 'neutral'
    figures = tuple(
        (describe(name).label, ' '.join(difference_texts(difference)).strip(),
         'neutral' if luck else tone_of(difference,
                                        describe(name).higher_is_better))
        for name, difference in ((sharpness, best.sharpness),
                                 (accuracy, best.accuracy)))
    values = ', '.join(f'{label} {text}' for label, text, _ in figures)
    against = f'against {sweep.baseline}, {counted(best.seeds, "seed")}'
    return Headline(verdict, tone, figures, f'{best.variant}: {values} {against}',
                    f'{best.variant} {against}',
                    _notes(best, effects) +
                    _broken_notes(sweep, (sharpness, accuracy)))


def tone_of(difference: Difference, higher_is_better: bool | None) -> str:
    """'good' or 'bad' where the interval is clear of 0, else 'neutral'."""
    if higher_is_better is None or not difference.absolute.is_clear:
        return 'neutral'
    return 'good' if (difference.absolute.mean >
                      0) == higher_is_better else 'bad'


def _effect(sweep: Sweep, variant: str, sharpness: str, accuracy: str) -> Effect:
    compared = {
        name: paired_difference(
            sweep.values(variant, name), sweep.values(sweep.baseline, name))
        for name in (sharpness, accuracy)
    }
    return Effect(variant, compared[sharpness], compared[accuracy],
                  _count_broken(sweep, variant, (sharpness, accuracy)))


def _count_broken(sweep: Sweep, variant: str, names: Sequence[str]) -> int:
    return sum(not all(
        math.isfinite(run.metrics.get(name, math.nan)) for name in names)
               for run in sweep.runs_of(variant))


def _judge(effect: Effect) -> tuple[str, str]:
    sharper = tone_of(effect.sharpness, True)
    accurate = tone_of(effect.accuracy, False)
    gains = effect.sharpness.absolute.mean > 0
    if effect.seeds < 2:
        direction = ('better' if gains else 'no better')
        return (f'One seed: edges look {direction}, but one run says nothing '
                'about chance', 'neutral')
    if sharper == 'good':
        if accurate == 'bad':
            return 'Sharper edges, at the cost of a larger error', 'neutral'
        if accurate == 'good':
            return 'Sharper edges and a smaller error', 'good'
        if effect.keeps_accuracy:
            return 'Sharper edges; the error does not clearly change', 'good'
        return 'Sharper edges; the error may be larger', 'neutral'
    if sharper == 'bad':
        return 'Worse edges', 'bad'
    if accurate == 'good':
        return 'A smaller error; edges do not clearly change', 'good'
    if accurate == 'bad':
        return 'A larger error, and edges do not clearly change', 'bad'
    return 'No clear effect: the differences are within chance', 'neutral'


def _may_be_luck(best: Effect, number: int) -> bool:
    """Whether a gain is clear only as long as nobody asks who chose it."""
    gain = best.sharpness.absolute
    return (gain.is_clear and gain.mean > 0
            and not gain.corrected(number).is_clear)


def _nothing_to_compare(sweep: Sweep) -> str:
    if not sweep.runs:
        return 'No run has finished yet'
    if not sweep.runs_of(sweep.baseline):
        return f'Nothing to compare yet: {sweep.baseline} has not finished'
    if not sweep.others:
        return f'Nothing to compare yet: only {sweep.baseline} has finished'
    return ('Nothing to compare: no seed has both metrics in an variant and in '
            f'{sweep.baseline}')


def _notes(best: Effect, effects: Sequence[Effect]) -> list[str]:
    notes = []
    if len(effects) > 1:
        notes.append(f'The best of {len(effects)} variants, chosen by these very '
                     'runs: expect somewhat less from new ones.')
    if _may_be_luck(best, len(effects)):
        notes.append(f'With an interval for the best of {len(effects)} '
                     '(Bonferroni), the gain is not clear of 0.')
    if best.seeds == 1:
        notes.append('One seed gives no interval.')
    elif best.seeds < 4:
        notes.append(f'{best.seeds} seeds: intervals are wide, and more seeds '
                     'narrow them.')
    notes += [
        f'{effect.variant} gains more sharpness '
        f'({difference_texts(effect.sharpness)[0]}), at a larger error '
        f'({difference_texts(effect.accuracy)[0]}).' for effect in effects[1:]
        if not effect.keeps_accuracy and not effect.broken and
        effect.sharpness.absolute.mean > max(best.sharpness.absolute.mean, 0)
    ]
    return notes


def _broken_notes(sweep: Sweep, names: Sequence[str]) -> list[str]:
    broken = {variant: _count_broken(sweep, variant, names) for variant in sweep.variants}
    return [
        f'{counted(count, "run")} of {variant} without finite metrics: not in '
        'its means.' for variant, count in broken.items() if count
    ]

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
    """What a variant changes against the baseline.

    Args:
        variant (str): Its name.
        boundary_score (Difference): Of the metric that should rise.
        depth_error (Difference): Of the error that should not.
        nonfinite (int): Runs whose metrics are not finite.
    """
    variant: str
    boundary_score: Difference
    depth_error: Difference
    nonfinite: int

    @property
    def seeds(self) -> int:
        """Number of seeds that both metrics are compared on."""
        return min(self.boundary_score.absolute.count,
                   self.depth_error.absolute.count)

    @property
    def keeps_error(self) -> bool:
        """Whether the error is no worse: not by much, and not clearly."""
        absolute = self.depth_error.absolute
        if absolute.mean <= 0:
            return True
        percent = self.depth_error.percent
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


def rank_effects(sweep: Sweep, boundary_score: str,
                 depth_error: str) -> list[Effect]:
    """Effects of all variants with something to compare, the best first.

    The best one has the highest boundary score among those that keep the
    depth error. Variants with runs that are not finite, or with less than
    half as many seeds as others, come behind those in any case: what is left
    of them flatters.

    Args:
        sweep (Sweep): Finished runs.
        boundary_score (str): Name of a metric of which more is better.
        depth_error (str): Name of an error.
    """
    effects = [
        _effect(sweep, variant, boundary_score, depth_error)
        for variant in sweep.others
    ]
    effects = [effect for effect in effects if effect.seeds]
    most = max((effect.seeds for effect in effects), default=0)
    return sorted(
        effects,
        key=lambda effect: (
            effect.nonfinite > 0 or 2 * effect.seeds < most,
            not effect.keeps_error,
            -effect.boundary_score.absolute.mean))


def make_headline(sweep: Sweep, boundary_score: str,
                  depth_error: str) -> Headline:
    """Say what the best variant does.

    Args:
        sweep (Sweep): Finished runs.
        boundary_score (str): See :func:`rank_effects`.
        depth_error (str): See :func:`rank_effects`.
    """
    effects = rank_effects(sweep, boundary_score, depth_error)
    if not effects:
        return Headline(_nothing_to_compare(sweep), 'neutral')
    best = effects[0]
    verdict, tone = _judge(best)
    by_chance = _may_be_chance(best, len(effects))
    if by_chance:
        verdict, tone = f'{verdict}, perhaps by chance', 'neutral'
    names = (boundary_score, depth_error)
    figures = tuple(
        _figure(name, difference, by_chance) for name, difference in zip(
            names, (best.boundary_score, best.depth_error)))
    values = ', '.join(f'{label} {text}' for label, text, _ in figures)
    against = f'against {sweep.baseline}, {counted(best.seeds, "seed")}'
    return Headline(
        verdict,
        tone,
        figures,
        line=f'{best.variant}: {values} {against}',
        compared=f'{best.variant} {against}',
        notes=(_notes(best, effects) + _costly_notes(best, effects, names) +
               _nonfinite_notes(sweep, names)))


def tone_of(difference: Difference, higher_is_better: bool | None) -> str:
    """'good' or 'bad' where the interval is clear of 0, else 'neutral'."""
    if higher_is_better is None or not difference.absolute.is_clear:
        return 'neutral'
    return 'good' if (difference.absolute.mean >
                      0) == higher_is_better else 'bad'


def _figure(name: str, difference: Difference,
            by_chance: bool) -> tuple[str, str, str]:
    """Label, text and tone of a metric's difference."""
    metric = describe(name)
    text = ' '.join(difference_texts(difference)).strip()
    tone = 'neutral' if by_chance else tone_of(difference,
                                               metric.higher_is_better)
    return metric.label, text, tone


def _effect(sweep: Sweep, variant: str, boundary_score: str,
            depth_error: str) -> Effect:
    compared = {
        name: paired_difference(
            sweep.values(variant, name), sweep.values(sweep.baseline, name))
        for name in (boundary_score, depth_error)
    }
    return Effect(
        variant, compared[boundary_score], compared[depth_error],
        _count_nonfinite(sweep, variant, (boundary_score, depth_error)))


def _count_nonfinite(sweep: Sweep, variant: str, names: Sequence[str]) -> int:
    return sum(not all(
        math.isfinite(run.metrics.get(name, math.nan)) for name in names)
               for run in sweep.runs_of(variant))


def _judge(effect: Effect) -> tuple[str, str]:
    boundaries = tone_of(effect.boundary_score, True)
    error = tone_of(effect.depth_error, False)
    gains = effect.boundary_score.absolute.mean > 0
    if effect.seeds < 2:
        direction = ('better' if gains else 'no better')
        return (f'One seed: edges look {direction}, but one run says nothing '
                'about chance', 'neutral')
    if boundaries == 'good':
        if error == 'bad':
            return 'Sharper edges, at the cost of a larger error', 'neutral'
        if error == 'good':
            return 'Sharper edges and a smaller error', 'good'
        if effect.keeps_error:
            return 'Sharper edges; the error does not clearly change', 'good'
        return 'Sharper edges; the error may be larger', 'neutral'
    if boundaries == 'bad':
        return 'Worse edges', 'bad'
    if error == 'good':
        return 'A smaller error; edges do not clearly change', 'good'
    if error == 'bad':
        return 'A larger error, and edges do not clearly change', 'bad'
    return 'No clear effect: the differences are within chance', 'neutral'


def _may_be_chance(best: Effect, number: int) -> bool:
    """Whether a gain is clear only as long as nobody asks who chose it."""
    gain = best.boundary_score.absolute
    return (gain.is_clear and gain.mean > 0
            and not gain.corrected(number).is_clear)


def _nothing_to_compare(sweep: Sweep) -> str:
    if not sweep.runs:
        return 'No run has finished yet'
    if not sweep.runs_of(sweep.baseline):
        return f'Nothing to compare yet: {sweep.baseline} has not finished'
    if not sweep.others:
        return f'Nothing to compare yet: only {sweep.baseline} has finished'
    return ('Nothing to compare: no seed has both metrics in a variant and in '
            f'{sweep.baseline}')


def _notes(best: Effect, effects: Sequence[Effect]) -> list[str]:
    notes = []
    if len(effects) > 1:
        notes.append(f'The best of {len(effects)} variants, chosen by these '
                     'very runs: expect somewhat less from new ones.')
    if _may_be_chance(best, len(effects)):
        notes.append(f'With an interval for the best of {len(effects)} '
                     '(Bonferroni), the gain is not clear of 0.')
    if best.seeds == 1:
        notes.append('One seed gives no interval.')
    elif best.seeds < 4:
        notes.append(f'{best.seeds} seeds: intervals are wide, and more seeds '
                     'narrow them.')
    return notes


def _costly_notes(best: Effect, effects: Sequence[Effect],
                  names: Sequence[str]) -> list[str]:
    """Variants that clearly gain, more than the best one, but in error too."""
    score, error = (describe(name).label for name in names)
    gain = max(best.boundary_score.absolute.mean, 0)
    return [
        f'{effect.variant} gains more in {score} '
        f'({difference_texts(effect.boundary_score)[0]}), at a larger {error} '
        f'({difference_texts(effect.depth_error)[0]}).'
        for effect in effects[1:]
        if not effect.keeps_error and not effect.nonfinite
        and effect.boundary_score.absolute.is_clear
        and effect.boundary_score.absolute.mean > gain
    ]


def _nonfinite_notes(sweep: Sweep, names: Sequence[str]) -> list[str]:
    nonfinite = {
        variant: _count_nonfinite(sweep, variant, names)
        for variant in sweep.variants
    }
    return [
        f'{counted(count, "run")} of {variant} without finite metrics: not in '
        'its means.' for variant, count in nonfinite.items() if count
    ]

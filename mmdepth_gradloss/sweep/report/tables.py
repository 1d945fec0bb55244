"""Tables of a sweep, the same for every kind of output."""
from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .headline import tone_of
from .metrics import KEY_METRICS, describe, last_part
from .results import Sweep
from .statistics import estimate, paired_difference
from .wording import (NOTHING, counted, difference_texts, duration, mean_text,
                      number, without_folders)

_MARKS = {'good': ' better', 'bad': ' worse', 'neutral': ''}


@dataclass(frozen=True)
class Cell:
    """A table's cell.

    Args:
        text (str): First line.
        difference (str): Second line; may be empty.
        interval (str): Third line; may be empty.
        tone (str): 'good' or 'bad' where the difference is clear of 0, else
            'neutral'.
    """
    text: str
    difference: str = ''
    interval: str = ''
    tone: str = 'neutral'


@dataclass(frozen=True)
class Table:
    """Heads and rows; each row has a cell for each head."""
    heads: Sequence[str]
    rows: Sequence[Sequence[Cell]]


def comparison_table(sweep: Sweep, variants: Sequence[str]) -> Table:
    """Each variant's key metrics, and their difference to the baseline.

    Args:
        sweep (Sweep): Finished runs.
        variants (Sequence[str]): Rows.
    """
    names = key_metrics(sweep)
    heads = ['variant', 'seeds'] + [_heading(name) for name in names]
    rows = [[Cell(variant), Cell(str(len(sweep.runs_of(variant))))] +
            [_metric_cell(sweep, variant, name) for name in names]
            for variant in variants]
    return Table(heads, rows)


def key_metrics(sweep: Sweep) -> list[str]:
    """Names of those metrics that the main table shows."""
    names = sweep.metric_names
    return [
        name for key in KEY_METRICS for name in names if last_part(name) == key
    ]


def run_table(sweep: Sweep) -> Table:
    """All metrics of each run, and runs that are missing."""
    names = sweep.metric_names
    heads = ['variant', 'seed', *map(last_part, names), 'time']
    found = {(run.variant, run.seed): run for run in sweep.runs}
    rows = []
    for variant in sweep.variants:
        for seed in sweep.seeds:
            run = found.get((variant, seed))
            values = ['missing'] + [''] * len(names) if run is None else [
                *(number(run.metrics.get(name, math.nan), 4)
                  for name in names),
                duration(run.seconds)
            ]
            rows.append([Cell(text) for text in (variant, str(seed), *values)])
    return Table(heads, rows)


def override_table(sweep: Sweep) -> Table:
    """What each variant changes in the config."""
    return Table(['variant', 'changes'],
                 [[Cell(variant), Cell(_overrides_text(overrides))]
                  for variant, overrides in sweep.variants.items()])


def _overrides_text(overrides: Mapping[str, Any]) -> str:
    entries = (f'{key} = {json.dumps(value, ensure_ascii=False)}'
               for key, value in overrides.items())
    return without_folders(', '.join(entries)) or 'none'


def _heading(name: str) -> str:
    metric = describe(name)
    arrow = {True: ' ↑', False: ' ↓', None: ''}[metric.higher_is_better]
    return metric.heading + arrow


def _metric_cell(sweep: Sweep, variant: str, name: str) -> Cell:
    values = sweep.values(variant, name)
    mean = estimate(values.values())
    text = mean_text(mean)
    if 0 < mean.count < len(values):
        text += f' ({counted(mean.count, "run")})'
    if variant == sweep.baseline or text == NOTHING:
        return Cell(text)
    difference = paired_difference(values, sweep.values(sweep.baseline, name))
    tone = tone_of(difference, describe(name).higher_is_better)
    change, interval = difference_texts(difference)
    return Cell(text, change + _MARKS[tone], interval, tone)

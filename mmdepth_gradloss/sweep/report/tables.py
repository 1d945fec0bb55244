"""Tables of a sweep, for all output formats."""
from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from .metrics import KEY_METRICS, describe, last_part
from .results import Sweep
from .statistics import estimate, paired_difference
from .wording import (NOTHING, counted, difference_texts, mean_text,
                      without_folders)


class Cell(NamedTuple):
    """A mean, the number of runs if incomplete, and the change to the
    baseline."""
    mean: str
    runs: str = ''
    difference: str = ''
    interval: str = ''
    tone: str = ''


def comparison_table(sweep: Sweep, variants: Sequence[str]) -> pd.DataFrame:
    """Number of seeds and key metrics of each variant."""
    names = [name for key in KEY_METRICS for name in sweep.metrics
             if last_part(name) == key]
    return pd.DataFrame(
        [[variant, len(sweep.finished(variant)),
          *(_cell(sweep, variant, name) for name in names)]
         for variant in variants],
        columns=['variant', 'seeds',
                 *(describe(name).heading for name in names)])


def run_table(sweep: Sweep) -> pd.DataFrame:
    table = sweep.metrics.map('{:.4g}'.format).replace('nan', NOTHING)
    minutes = (sweep.runs.seconds / 60).reindex(table.index)
    table['minutes'] = minutes.map('{:.1f}'.format).replace('nan', 'missing')
    return table.rename(columns=last_part).reset_index()


def override_table(sweep: Sweep) -> pd.DataFrame:
    return pd.DataFrame(
        [(variant, _changes(overrides))
         for variant, overrides in sweep.variants.items()],
        columns=['variant', 'changes'])


def _changes(overrides: Mapping[str, Any]) -> str:
    entries = (f'{key} = {json.dumps(value, ensure_ascii=False)}'
               for key, value in overrides.items())
    return without_folders(', '.join(entries)) or 'none'


def _cell(sweep: Sweep, variant: str, name: str) -> Cell:
    values = sweep.values(variant, name)
    mean = estimate(values)
    some = 0 < mean.number < len(sweep.finished(variant))
    cell = Cell(mean_text(mean), counted(mean.number, 'run') if some else '')
    if variant == sweep.baseline or not mean.number:
        return cell
    difference = paired_difference(values, sweep.values(sweep.baseline, name))
    is_better = (difference.mean > 0) == describe(name).higher_is_better
    tone = ('worse', 'better')[is_better] if difference.is_clear() else ''
    change, interval = difference_texts(difference)
    return cell._replace(difference=f'{change} {tone}'.strip(),
                         interval=interval, tone=tone)

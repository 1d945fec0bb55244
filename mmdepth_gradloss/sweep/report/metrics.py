"""Labels and directions of the main metrics."""
from __future__ import annotations

from typing import NamedTuple


class Metric(NamedTuple):
    label: str
    higher_is_better: bool | None = None
    unit: str = ''

    @property
    def axis_label(self) -> str:
        """Label with unit, without a line break between them."""
        return f'{self.label}\u00a0({self.unit})' if self.unit else self.label

    @property
    def heading(self) -> str:
        """Label with unit, and an arrow in the better direction."""
        arrow = {True: '\u00a0↑', False: '\u00a0↓', None: ''}
        return self.axis_label + arrow[self.higher_is_better]


KEY_METRICS = dict(
    boundary_f1=Metric('boundary F1', True),
    boundary_precision=Metric('boundary precision', True),
    boundary_recall=Metric('boundary recall', True),
    rmse=Metric('RMSE', False, 'm'),
    edge_rmse=Metric('RMSE at edges', False, 'm'),
    flat_rmse=Metric('RMSE off edges', False, 'm'),
    abs_rel=Metric('AbsRel', False),
    delta1=Metric('δ1', True))
"""By name without prefix, in the order of the table."""


def describe(name: str) -> Metric:
    """Label and direction of a metric such as ``'depth/rmse'``."""
    return KEY_METRICS.get(last_part(name), Metric(last_part(name)))


def last_part(name: str) -> str:
    """``'rmse'`` of ``'depth/rmse'``."""
    return name.rpartition('/')[2]

"""Metrics of the main table, and what is known of them."""
from __future__ import annotations

from typing import NamedTuple


class Metric(NamedTuple):
    """How a metric is called and read."""
    label: str
    higher_is_better: bool | None = None
    unit: str = ''

    @property
    def axis_label(self) -> str:
        """Label with unit; no line breaks between them."""
        return f'{self.label}\u00a0({self.unit})' if self.unit else self.label

    @property
    def heading(self) -> str:
        """Label with unit, and an arrow to what is better."""
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
"""By the part of their name after the prefix, in the order of the table."""


def describe(name: str) -> Metric:
    """What is known of a metric such as ``'depth/rmse'``."""
    return KEY_METRICS.get(last_part(name), Metric(last_part(name)))


def last_part(name: str) -> str:
    """``'rmse'`` of ``'depth/rmse'``."""
    return name.rpartition('/')[2]

"""What is known of the metrics by name."""
from __future__ import annotations

from typing import NamedTuple


class Metric(NamedTuple):
    """How a metric is called and read.

    Of an unknown one nobody knows what is better.
    """
    label: str
    higher_is_better: bool | None = None
    unit: str = ''

    @property
    def heading(self) -> str:
        """Label with unit, and an arrow to what is better."""
        # With spaces at which no line breaks.
        unit = f'\u00a0({self.unit})' if self.unit else ''
        arrow = {True: '\u00a0↑', False: '\u00a0↓', None: ''}
        return self.label + unit + arrow[self.higher_is_better]


_SCORES = dict(
    boundary_f1='boundary F1', boundary_precision='boundary precision',
    boundary_recall='boundary recall', delta1='δ1', delta2='δ2', delta3='δ3',
    **{f'boundary_f1_radius{i}': f'boundary F1, {i} px' for i in (1, 2, 3)})
_ERRORS = {
    'm': dict(
        edge_rmse='RMSE at edges', edge_mae='MAE at edges',
        flat_rmse='RMSE off edges', flat_mae='MAE off edges',
        rmse='RMSE', mae='MAE', sq_rel='SqRel',
        **{f'gradient_mae_level{i}': f'MAE of gradients, level {i}'
           for i in range(8)}),
    'px': dict(dbe_acc='DBE accuracy', dbe_comp='DBE completeness'),
    '': dict(abs_rel='AbsRel', rmse_log='RMSElog', log10='log10',
             silog='SILog'),
}
_METRICS = {name: Metric(label, True) for name, label in _SCORES.items()}
_METRICS |= {name: Metric(label, False, unit)
             for unit, labels in _ERRORS.items()
             for name, label in labels.items()}

KEY_METRICS = ('boundary_f1', 'boundary_precision', 'boundary_recall', 'rmse',
               'edge_rmse', 'flat_rmse', 'abs_rel', 'delta1')
"""Those of the main table, in its order."""


def describe(name: str) -> Metric:
    """What is known of a metric such as ``'depth/rmse'``."""
    return _METRICS.get(last_part(name), Metric(last_part(name)))


def last_part(name: str) -> str:
    """``'rmse'`` of ``'depth/rmse'``."""
    return name.rpartition('/')[2]

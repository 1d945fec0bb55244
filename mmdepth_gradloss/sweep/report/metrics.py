"""What is known of the metrics by name."""
from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Metric:
    """How a metric is called and read.

    Args:
        label (str): Name in text.
        higher_is_better (bool, optional): None for one that is neither.
        unit (str): Empty for a pure number.
    """
    label: str
    higher_is_better: bool | None = None
    unit: str = ''

    @property
    def heading(self) -> str:
        """Label with unit."""
        return f'{self.label} ({self.unit})' if self.unit else self.label


_METRICS = {
    'boundary_f1': Metric('boundary F1', True),
    'boundary_precision': Metric('boundary precision', True),
    'boundary_recall': Metric('boundary recall', True),
    **{
        f'boundary_f1_radius{radius}': Metric(f'boundary F1, {radius} px',
                                              True)
        for radius in (1, 2, 3)
    },
    'dbe_acc': Metric('DBE accuracy', False, 'px'),
    'dbe_comp': Metric('DBE completeness', False, 'px'),
    'edge_rmse': Metric('RMSE at edges', False, 'm'),
    'edge_mae': Metric('MAE at edges', False, 'm'),
    'flat_rmse': Metric('RMSE off edges', False, 'm'),
    'flat_mae': Metric('MAE off edges', False, 'm'),
    **{
        f'gradient_mae_level{level}':
        Metric(f'MAE of gradients, level {level}', False, 'm')
        for level in range(8)
    },
    'rmse': Metric('RMSE', False, 'm'),
    'mae': Metric('MAE', False, 'm'),
    'abs_rel': Metric('AbsRel', False),
    'sq_rel': Metric('SqRel', False, 'm'),
    'rmse_log': Metric('RMSElog', False),
    'log10': Metric('log10', False),
    'silog': Metric('SILog', False),
    'delta1': Metric('δ1', True),
    'delta2': Metric('δ2', True),
    'delta3': Metric('δ3', True),
}

KEY_METRICS = ('boundary_f1', 'boundary_precision', 'boundary_recall', 'rmse',
               'edge_rmse', 'flat_rmse', 'abs_rel', 'delta1')
"""Those of the main table, in its order."""


def describe(name: str) -> Metric:
    """What a metric is, by the part of its name after the prefix.

    Args:
        name (str): Such as ``'depth/rmse'``. An unknown one keeps its name
            and is neither better nor worse.
    """
    return _METRICS.get(last_part(name), Metric(last_part(name)))


def last_part(name: str) -> str:
    """``'rmse'`` of ``'depth/rmse'``."""
    return name.rpartition('/')[2]

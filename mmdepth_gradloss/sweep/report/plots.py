"""Plots of metrics and training curves."""
from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, cycle
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ...visualization.figure import figure_to_rgb, new_figure
from ...visualization.loss_curves import CONTROLS, LOG_RANGE, select_losses
from .metrics import describe
from .wording import shorten

Styles = Mapping[str, dict[str, Any]]
"""Colour and marker of each variant, the same in all plots."""
Curves = Mapping[str, Sequence[Mapping[str, pd.Series]]]
"""Logged scalars of each run by variant, one value per iteration."""

_GREY, _GREEN = '#333333', '#00684b'
_COLORS = ('#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9',
           '#8c564b', '#9467bd')
"""The colour-blind safe palette of Okabe and Ito, and two more."""
_MARKERS = 'oDs^vPh'
_STYLE: Any = {
    'axes.grid': True, 'axes.labelsize': 12, 'axes.spines.right': False,
    'axes.spines.top': False, 'axes.titlelocation': 'left',
    'axes.titlesize': 12, 'axes.titleweight': 'bold', 'grid.alpha': 0.3,
    'legend.fontsize': 12, 'legend.frameon': False,
    'figure.constrained_layout.use': True,
    'figure.constrained_layout.h_pad': 0.08,
}
_COLUMNS = 3
_MAX_POINTS = 600


def variant_styles(variants: Sequence[str]) -> Styles:
    """Style of the baseline, which comes first, and of the others."""
    looks = chain([(_GREY, 'X')], zip(cycle(_COLORS), cycle(_MARKERS)))
    return {variant: dict(color=color, marker=marker, linestyle='')
            for variant, (color, marker) in zip(variants, looks)}


@matplotlib.rc_context(_STYLE)
def draw_trade_off(points: pd.DataFrame, styles: Styles) -> np.ndarray:
    """Plot a score against an error. ``points`` has error and score of each
    run, by variant and seed, the baseline first."""
    figure = new_figure(640)
    axes = figure.add_subplot()
    means = points.groupby('variant', sort=False).mean()
    for variant, mean in means.iterrows():
        axes.plot(*points.loc[variant].to_numpy().T, **styles[variant],
                  alpha=0.3, markeredgewidth=0)
        axes.plot(*mean, **styles[variant], markersize=15,
                  markeredgecolor='white', zorder=3)
    error, score = (describe(name).axis_label for name in points)
    axes.set(xlabel=error, ylabel=score, xmargin=0.12, ymargin=0.12)
    _mark_better(axes, *means.iloc[0])
    _add_legend(figure, means.index, styles, loc='outside right upper')
    return figure_to_rgb(figure)


@matplotlib.rc_context(_STYLE)
def draw_curves(runs: Curves, styles: Styles) -> np.ndarray | None:
    """Losses, components and weight over the iterations, in separate axes. A
    line is the smoothed mean over a variant's runs; its band is the range of
    the runs. None if there is nothing to draw."""
    names = _curve_names(runs)
    if not names:
        return None
    columns = min(_COLUMNS, len(names))
    lines = -(-len(names) // columns)
    figure = new_figure(60 + 30 * -(-len(runs) // _COLUMNS) + 290 * lines)
    for i, name in enumerate(names):
        axes = figure.add_subplot(lines, columns, i + 1)
        for variant, curves in runs.items():
            drawn = [run[name] for run in curves if name in run]
            if drawn:
                _draw_band(axes, _smooth(pd.concat(drawn, axis=1), name),
                           styles[variant]['color'])
        _finish(axes, name)
        if i + columns >= len(names):
            axes.set_xlabel('iteration')
    _add_legend(figure, runs, styles, loc='outside upper left', ncols=_COLUMNS)
    return figure_to_rgb(figure)


def _add_legend(figure: Figure, variants: Iterable[str], styles: Styles,
                **kwargs: Any) -> None:
    figure.legend([Line2D([], [], markersize=11, **styles[name])
                   for name in variants],
                  # Dollar signs in names do not start formulas.
                  [shorten(name, 34).replace('$', r'\$') for name in variants],
                  **kwargs)


def _mark_better(axes: Axes, x: float, y: float) -> None:
    """Shade where the score is higher and the error lower."""
    # Limits are computed when they are read.
    left, top = axes.get_xlim()[0], axes.get_ylim()[1]
    axes.autoscale(False)
    axes.fill_between((left, x), y, top, color=_GREEN, alpha=0.08, linewidth=0)
    for draw_line, place in ((axes.axvline, x), (axes.axhline, y)):
        draw_line(place, color=_GREY, linewidth=1, linestyle=':')
    axes.set_title('↖ better', color=_GREEN)


def _curve_names(runs: Curves) -> list[str]:
    """Losses, their components and controls, in a fixed order."""
    found = {name for curves in runs.values() for run in curves
             for name, values in run.items() if np.isfinite(values).any()
             and (name in CONTROLS or name in select_losses(run))}
    return sorted(found, key=lambda name: (
        name in CONTROLS, name != 'loss', 'component' not in name,
        'gradient' in name, name))


def _smooth(curves: pd.DataFrame, name: str) -> pd.DataFrame:
    """Moving average of each column, reduced to the visible points."""
    # A schedule has no noise, and its corners must be kept.
    window = 1 if name == 'gradient_weight' else max(1, len(curves) // 30)
    finite = curves.where(np.isfinite(curves))
    smoothed = finite.rolling(window, min_periods=1, center=True).mean()
    kept = np.linspace(0, len(curves) - 1, _MAX_POINTS).astype(int)
    return smoothed.iloc[np.unique(kept)]


def _draw_band(axes: Axes, curves: pd.DataFrame, color: str) -> None:
    steps = curves.index + 1
    axes.plot(steps, curves.mean(axis=1), color=color)
    axes.fill_between(steps, curves.min(axis=1), curves.max(axis=1),
                      color=color, alpha=0.18, linewidth=0)


def _finish(axes: Axes, name: str) -> None:
    axes.set_title(name, parse_math=False)
    values = np.concatenate([line.get_ydata() for line in axes.lines])
    if name in CONTROLS:
        axes.set_ylim(bottom=0)
    elif 0 < LOG_RANGE * np.nanmin(values) < np.nanmax(values):
        axes.set_yscale('log', nonpositive='mask')
    axes.locator_params('x', nbins=6, integer=True)

"""Plots of metrics and of curves over a training."""
from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import Bbox

from ...visualization.figure import figure_to_rgb, new_figure
from ...visualization.loss_curves import smooth
from .metrics import describe
from .wording import shorten

Curves = Mapping[str, np.ndarray]
"""Logged scalars of a run by name, one value an iteration."""

_BASELINE_COLOR = '#333333'
_BETTER_COLOR = '#00684b'
_COLORS = ('#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9',
           '#8c564b', '#9467bd')
"""Okabe and Ito's, told apart by the colour-blind too, and two more."""
_MARKERS = 'oDs^vP'

_CONTROLS = ('gradient_weight', 'gradient_share')
_ORDER = ('loss', 'silog_component', 'ssi_component', 'gradient_component',
          *_CONTROLS)
_COLUMNS = 3
_MAX_POINTS = 600
_LOG_RANGE = 20
"""Ratio of largest to smallest value from which an axis is logarithmic."""

# Pixels of a figure that is WIDTH wide.
_PLOT_HEIGHT, _MULTIPLE_HEIGHT = 640, 290
_LEGEND_ROW, _LEGEND_COLUMNS = 30, 3


@dataclass(frozen=True)
class Cloud:
    """Two metrics of a variant, a value a run.

    Args:
        x (np.ndarray): (N, ) finite.
        y (np.ndarray): (N, ) finite.
    """
    x: np.ndarray
    y: np.ndarray


def variant_styles(variants: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Colour and marker of each variant, the same in all plots.

    Args:
        variants (Sequence[str]): The first is the baseline.
    """
    styles = {}
    for i, variant in enumerate(variants):
        lap, color = divmod(i - 1, len(_COLORS))
        styles[variant] = ((_COLORS[color], _MARKERS[lap % len(_MARKERS)])
                           if i else (_BASELINE_COLOR, 'X'))
    return styles


def draw_trade_off(clouds: Mapping[str, Cloud],
                   styles: Mapping[str, tuple[str, str]],
                   x_name: str,
                   y_name: str,
                   labelled: int = 8) -> np.ndarray:
    """Plot one metric against another.

    Args:
        clouds (Mapping[str, Cloud]): By variant, the baseline first.
        styles (Mapping): See :func:`variant_styles`.
        x_name (str): Name of the metric to the right.
        y_name (str): Name of the metric upwards.
        labelled (int): How many variants beside the baseline are named.

    Returns:
        np.ndarray: (height, width, 3) uint8, RGB.
    """
    figure = new_figure(_PLOT_HEIGHT)
    axes = figure.add_axes((0.075, 0.115, 0.905, 0.82))
    for variant, cloud in clouds.items():
        color, marker = styles[variant]
        axes.plot(
            cloud.x, cloud.y, marker, color=color, alpha=0.3, markersize=6,
            markeredgewidth=0)
    means = {variant: _center(cloud) for variant, cloud in clouds.items()}
    for variant, mean in means.items():
        color, marker = styles[variant]
        axes.plot(
            *mean, marker, color=color, markersize=15, markeredgecolor='white')
    axes.margins(0.12)
    axes.set_xlabel(describe(x_name).heading, size=13)
    axes.set_ylabel(describe(y_name).heading, size=13)
    axes.tick_params(labelsize=12)
    axes.grid(True, alpha=0.3)
    axes.spines[['top', 'right']].set_visible(False)
    _mark_better(axes, next(iter(means.values())), x_name, y_name)
    _label_points(figure, axes,
                  dict(list(means.items())[:1 + labelled]), clouds, styles)
    return figure_to_rgb(figure)


def draw_curves(runs: Mapping[str, Sequence[Curves]],
                styles: Mapping[str, tuple[str, str]]) -> np.ndarray | None:
    """Losses, components and weight over the iterations, axes for each.

    A line is the mean over a variant's runs, smoothed; its band reaches from
    the lowest run to the highest.

    Args:
        runs (Mapping[str, Sequence[Curves]]): By variant, the baseline first.
        styles (Mapping): See :func:`variant_styles`.

    Returns:
        np.ndarray | None: (height, width, 3) uint8, RGB; None if there is
        nothing to draw.
    """
    names = _curve_names(runs)
    if not names:
        return None
    columns = min(_COLUMNS, len(names))
    lines = -(-len(names) // columns)
    legend = _LEGEND_ROW * -(-len(runs) // _LEGEND_COLUMNS)
    height = 50 + legend + lines * _MULTIPLE_HEIGHT
    figure = new_figure(height)
    grid = figure.subplots(
        lines,
        columns,
        squeeze=False,
        gridspec_kw=dict(
            left=0.05,
            right=0.985,
            top=1 - (legend + 40) / height,
            bottom=60 / height,
            hspace=0.42,
            wspace=0.2))
    for axes, name in zip(grid.flat, names):
        _draw_multiple(axes, name, runs, styles)
    for axes in list(grid.flat)[len(names):]:
        axes.set_visible(False)
    for column in range(columns):
        last = [axes for axes in grid[:, column] if axes.get_visible()][-1]
        last.set_xlabel('iteration', size=11)
    _add_legend(figure, runs, styles)
    return figure_to_rgb(figure)


def _mark_better(axes: Axes, baseline: tuple[float, float], x_name: str,
                 y_name: str) -> None:
    """Shade where both metrics are better than the baseline's."""
    signs = [describe(name).higher_is_better for name in (x_name, y_name)]
    if None in signs:
        return
    right, up = signs
    x, y = baseline
    # To ask for limits is what computes them.
    bounds = axes.get_xlim(), axes.get_ylim()
    axes.autoscale(False)
    edges = bounds[0][bool(right)], bounds[1][bool(up)]
    axes.fill_between((x, edges[0]),
                      y,
                      edges[1],
                      color=_BETTER_COLOR,
                      alpha=0.08,
                      linewidth=0,
                      zorder=0)
    dotted: dict[str, Any] = dict(
        color=_BASELINE_COLOR, linewidth=1, linestyle=':', zorder=0)
    axes.axvline(x, **dotted)
    axes.axhline(y, **dotted)
    # Above the axes, where no run lies.
    arrow = {(False, True): '↖', (True, True): '↗',
             (False, False): '↙', (True, False): '↘'}[bool(right), bool(up)]
    axes.set_title(
        f'{arrow} better',
        loc='right' if right else 'left',
        size=14,
        weight='bold',
        color=_BETTER_COLOR)


def _label_points(figure: Figure, axes: Axes,
                  means: Mapping[str, tuple[float, float]],
                  clouds: Mapping[str, Cloud],
                  styles: Mapping[str, tuple[str, str]]) -> None:
    """Name each mean where its text covers no other text or mean."""
    canvas = figure.canvas
    assert isinstance(canvas, FigureCanvasAgg)
    renderer = canvas.get_renderer()
    inside = axes.get_window_extent(renderer)
    taken = [_around(axes, *_center(cloud), 13) for cloud in clouds.values()]
    small = [
        _around(axes, x, y, 4) for cloud in clouds.values()
        for x, y in zip(cloud.x, cloud.y)
    ]
    for variant, (x, y) in means.items():
        best, least = None, math.inf
        for dx, dy in _offsets():
            label = axes.annotate(
                shorten(variant, 32), (x, y),
                xytext=(dx, dy),
                textcoords='offset points',
                ha='left' if dx > 0 else 'right' if dx < 0 else 'center',
                va='center',
                size=12,
                color=styles[variant][0],
                parse_math=False,
                arrowprops=dict(
                    arrowstyle='-', color=styles[variant][0], linewidth=0.8,
                    shrinkB=7) if math.hypot(dx, dy) > 25 else None)
            label.update_positions(renderer)
            # An annotation's own extent would hold its line, too.
            box = Text.get_window_extent(label, renderer).padded(2)
            cost = (100 * _covered(box, taken) + 3 * _covered(box, small) +
                    1000 * _outside(box, inside) + 0.01 * math.hypot(dx, dy))
            if cost < least:
                if best is not None:
                    best[0].remove()
                best, least = (label, box), cost
            else:
                label.remove()
        assert best is not None
        taken.append(best[1])


def _offsets() -> list[tuple[float, float]]:
    """Places of a label around its point, in points, the nearest first."""
    offsets: list[tuple[float, float]] = []
    for radius in (14, 30, 50, 75, 105):
        for degrees in (0, 180, 90, 270, 30, 330, 150, 210, 60, 300, 120, 240):
            angle = math.radians(degrees)
            offsets.append((round(radius * math.cos(angle), 3),
                            round(radius * math.sin(angle), 3)))
    return offsets


def _center(cloud: Cloud) -> tuple[float, float]:
    return float(cloud.x.mean()), float(cloud.y.mean())


def _around(axes: Axes, x: float, y: float, radius: float) -> Bbox:
    column, row = axes.transData.transform((x, y))
    return Bbox.from_extents(column - radius, row - radius, column + radius,
                             row + radius)


def _covered(box: Bbox, others: Sequence[Bbox]) -> int:
    return sum(box.overlaps(other) for other in others)


def _outside(box: Bbox, frame: Bbox) -> bool:
    return (box.x0 < frame.x0 or box.y0 < frame.y0 or box.x1 > frame.x1
            or box.y1 > frame.y1)


def _curve_names(runs: Mapping[str, Sequence[Curves]]) -> list[str]:
    """Losses, their components and what controls them, in a fixed order."""
    found = {
        name
        for curves in runs.values() for run in curves
        for name, values in run.items()
        if len(values) and np.isfinite(values).any()
    }
    others = sorted(
        name for name in found - set(_ORDER)
        if 'loss' in name or 'component' in name)
    return [name for name in _ORDER if name in found] + others


def _draw_multiple(axes: Axes, name: str, runs: Mapping[str, Sequence[Curves]],
                   styles: Mapping[str, tuple[str, str]]) -> None:
    middles = []
    for variant, curves in runs.items():
        drawn = [run[name] for run in curves if len(run.get(name, ()))]
        if not drawn:
            continue
        steps, middle, low, high = _band(drawn, name)
        color = styles[variant][0]
        axes.plot(steps, middle, color=color, linewidth=1.8)
        if len(drawn) > 1:
            axes.fill_between(steps, low, high, color=color, alpha=0.18,
                              linewidth=0)
        middles.append(middle)
    values = np.concatenate(middles)
    values = values[np.isfinite(values)]
    if name in _CONTROLS:
        axes.set_ylim(bottom=0)
    elif len(values) and 0 < _LOG_RANGE * values.min() < values.max():
        axes.set_yscale('log', nonpositive='mask')
    axes.set_title(name, loc='left', size=12, weight='bold', parse_math=False)
    axes.grid(True, alpha=0.3)
    axes.tick_params(labelsize=10)
    axes.spines[['top', 'right']].set_visible(False)
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))


def _band(drawn: Sequence[np.ndarray],
          name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Iterations, mean, lowest and highest of the smoothed curves."""
    length = max(map(len, drawn))
    # A schedule has no noise, and its corners should stay.
    window = 1 if name == 'gradient_weight' else max(1, length // 30)
    stacked = np.full((len(drawn), length), np.nan)
    for row, values in zip(stacked, drawn):
        finite = np.where(np.isfinite(values), values, np.nan)
        row[:len(values)] = smooth(finite.astype(float), window)
    count = np.isfinite(stacked).sum(0)
    total = np.where(count, np.nansum(stacked, 0), np.nan)
    mean = total / np.maximum(count, 1)
    low, high = np.fmin.reduce(stacked), np.fmax.reduce(stacked)
    kept = np.unique(np.linspace(0, length - 1, _MAX_POINTS).astype(int))
    return kept + 1, mean[kept], low[kept], high[kept]


def _add_legend(figure: Figure, runs: Mapping[str, Sequence[Curves]],
                styles: Mapping[str, tuple[str, str]]) -> None:
    lines = [
        figure.axes[0].plot([], [], color=styles[variant][0], linewidth=3)[0]
        for variant in runs
    ]
    legend = figure.legend(
        lines, [shorten(variant, 34) for variant in runs],
        loc='upper left',
        bbox_to_anchor=(0.04, 1),
        ncols=_LEGEND_COLUMNS,
        fontsize=12,
        frameon=False)
    for text in legend.get_texts():
        text.set_parse_math(False)

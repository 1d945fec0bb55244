"""Loss curves of a training."""
from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator

from .figure import WIDTH, figure_to_rgb, new_figure

CONTROLS = ('gradient_weight', 'gradient_share')
"""Scalars that describe the weighting of the gradient loss."""
LOG_RANGE = 20
"""Ratio of largest to smallest value above which an axis is logarithmic."""

_TOTAL = 'loss'
_MAX_BINS = 1000
"""Along the x axis, about one per pixel, so that long histories are fast."""

# Pixels of a figure that is WIDTH wide.
_FRAME, _LEGEND_ROW, _LEGEND_COLUMNS = 120, 30, 5
_LOSS_HEIGHT, _CONTROL_HEIGHT = 480, 150


def draw_loss_curves(histories: Mapping[str, np.ndarray],
                     last_step: int | None = None, title: str = '',
                     width: int = WIDTH) -> np.ndarray:
    """Draw the total loss and its components over the iterations.

    Each curve is smoothed, with the raw values faint behind it. The y axis of
    the losses is logarithmic if they are positive and far apart.

    Args:
        histories: Values of each scalar, one per iteration, the last one of
            ``last_step``. Scalars whose name contains 'loss' or 'component'
            share the upper axes; 'gradient_weight' and 'gradient_share' have
            their own axes below. Others, and values that are not finite, are
            left out.
        last_step: Iterations done. Defaults to the length of the longest
            history.
        title: Heading.
        width: Width of the figure in pixels.

    Returns:
        (height, width, 3) uint8, RGB.

    Raises:
        ValueError: If there is no loss to draw.
    """
    losses = select_losses(histories)
    if not losses:
        raise ValueError('no loss to draw among the scalars '
                         f'{sorted(histories)}')
    controls = [name for name in CONTROLS if len(histories.get(name, ()))]
    longest = max(map(len, losses.values()))
    last_step = longest if last_step is None else last_step

    legend_rows = -(-len(losses) // _LEGEND_COLUMNS)
    heights = [_LOSS_HEIGHT] + [_CONTROL_HEIGHT] * len(controls)
    figure = new_figure(_FRAME + legend_rows * _LEGEND_ROW + sum(heights),
                        width)
    figure.set_layout_engine('constrained', h_pad=0.08, w_pad=0.12)
    axes = figure.subplots(
        len(heights), squeeze=False, sharex=True,
        gridspec_kw=dict(height_ratios=heights))[:, 0]
    # The total is drawn last, on top of its parts, but listed first.
    smoothed = np.concatenate([
        _draw_curve(axes[0], name, losses[name], last_step)
        for name in sorted(losses, key=_TOTAL.__eq__)
    ])
    handles, labels = axes[0].get_legend_handles_labels()
    total = labels.index(_TOTAL) if _TOTAL in labels else 0
    legend = figure.legend(
        handles[total:] + handles[:total], labels[total:] + labels[:total],
        loc='outside upper left', ncols=_LEGEND_COLUMNS, fontsize=12,
        frameon=False, alignment='left', title=title,
        title_fontproperties=dict(size=14, weight='bold'))
    legend.get_title().set_parse_math(False)
    positive = smoothed[smoothed > 0]
    if not (smoothed < 0).any() and len(positive) and (
            positive.max() > LOG_RANGE * positive.min()):
        axes[0].set_yscale('log', nonpositive='mask')
        axes[0].yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes[0].yaxis.set_minor_locator(NullLocator())
        axes[0].yaxis.set_major_formatter('{x:g}')
    axes[0].set_ylabel('loss', size=12)
    for control_axes, name in zip(axes[1:], controls):
        _draw_curve(control_axes, name, histories[name], last_step)
        control_axes.set_ylabel(name.replace('_', '\n'), size=12)
        control_axes.set_ylim(bottom=0)
    axes[-1].set_xlim(last_step - longest + 1, max(last_step, 2))
    axes[-1].xaxis.set_major_locator(MaxNLocator(integer=True))
    axes[-1].xaxis.set_major_formatter('{x:,.0f}')
    axes[-1].set_xlabel('iteration', size=12)
    return figure_to_rgb(figure)


def select_losses(
        histories: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Non-empty scalars that are a loss or a component of one, except a single
    loss that equals the total."""
    total = histories.get(_TOTAL, ())
    return {
        name: values
        for name, values in histories.items()
        if ('loss' in name or 'component' in name) and len(values) and
        (name == _TOTAL or not np.array_equal(values, total, equal_nan=True))
    }


def smooth(values: np.ndarray, window: int) -> np.ndarray:
    """Centred moving average over the finite values, NaN if there are none."""
    finite = np.isfinite(values)
    # Running sums: their cost does not grow with the window.
    total, count = (
        np.concatenate(([0], np.cumsum(x)))
        for x in (np.where(finite, values, 0), finite))
    index = np.arange(len(values))
    start = np.maximum(index - (window - 1) // 2, 0)
    stop = np.minimum(index + window // 2 + 1, len(values))
    number = count[stop] - count[start]
    mean = (total[stop] - total[start]) / np.maximum(number, 1)
    return np.where(number > 0, mean, np.nan)


def _draw_curve(axes: Axes, name: str, values: np.ndarray,
                last_step: int) -> np.ndarray:
    values = np.asarray(values, float)
    values = np.where(np.isfinite(values), values, np.nan)
    # A schedule has no noise, and its corners must be kept.
    window = 1 if name == 'gradient_weight' else max(1, len(values) // 50)
    smoothed = smooth(values, window)
    step = last_step - len(values) + 1 + np.arange(len(values))
    starts = np.arange(0, len(values), -(-len(values) // _MAX_BINS))
    # From lowest to highest value of each bin, to keep all spikes.
    extremes = np.stack((np.fmin.reduceat(values, starts),
                         np.fmax.reduceat(values, starts)), 1)
    is_total = name == _TOTAL
    line, = axes.plot(
        step[starts], smoothed[starts], label=name,
        color='black' if is_total else None,
        linewidth=2.6 if is_total else 1.8)
    axes.plot(
        np.repeat(step[starts], 2), extremes.ravel(), color=line.get_color(),
        alpha=0.25, linewidth=0.8, zorder=1)
    axes.grid(True, alpha=0.3)
    axes.tick_params(labelsize=11)
    return smoothed

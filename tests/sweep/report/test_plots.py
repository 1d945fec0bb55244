import numpy as np
import pandas as pd
import pytest
from fake_sweep import F1, RMSE, curves_of

from mmdepth_gradloss.sweep.report import plots
from mmdepth_gradloss.sweep.report.plots import (draw_curves, draw_trade_off,
                                                 variant_styles)

# With dollar signs, which matplotlib would read as (broken) formulas.
NAMES = ['baseline', 'w=$x_1$', 'cost $\\bad']
STYLES = variant_styles(NAMES)


@pytest.fixture
def figures(monkeypatch):
    """Figures just before rendering."""
    seen = []

    def keep(figure):
        figure.canvas.draw()
        seen.append(figure)
        return np.zeros((1, 1, 3), np.uint8)

    monkeypatch.setattr(plots, 'figure_to_rgb', keep)
    return seen


def runs_of(*runs):
    return {'baseline': [
        {name: pd.Series(values) for name, values in run.items()}
        for run in runs
    ]}


def test_trade_off(figures):
    index = pd.MultiIndex.from_product([NAMES, [0, 1]],
                                       names=['variant', 'seed'])
    values = {RMSE: [2., 4, 1, 2, 5, 6], F1: [.1, .3, .5, .7, 0, 0]}
    draw_trade_off(pd.DataFrame(values, index), STYLES)
    axes, = figures[0].axes
    assert (axes.get_xlabel(), axes.get_ylabel()) == ('RMSE\u00a0(m)',
                                                      'boundary F1')
    means = [line.get_xydata()[0] for line in axes.lines[1:6:2]]
    np.testing.assert_allclose(means, [(3, .2), (1.5, .6), (5.5, 0)])
    # Better means to the left of and above the baseline.
    shaded = axes.collections[0].get_paths()[0].get_extents()
    assert (shaded.x1, shaded.y0) == pytest.approx((3, .2))
    low, high = axes.get_xlim()
    assert 0 < low < 1 and 6 < high < 7
    legend, = figures[0].legends
    assert len(legend.get_texts()) == 3
    assert all('$' in text.get_text() for text in legend.get_texts()[1:])


def test_styles_differ():
    styles = variant_styles([str(i) for i in range(30)])
    assert len({tuple(style.values()) for style in styles.values()}) == 30
    assert variant_styles([]) == {}


def test_axes_for_each_component(figures):
    runs = {
        variant: [{name: pd.Series(values)
                   for name, values in curves_of(variant, length).items()}
                  for length in (30, 20)] for variant in NAMES[:2]
    }
    draw_curves(runs, STYLES)
    axes = figures[0].axes
    assert [a.get_title('left') for a in axes] == [
        'loss', 'silog_component', 'gradient_component', 'gradient_weight'
    ]
    # The baseline has no gradient term.
    assert [len(a.lines) for a in axes] == [2, 2, 1, 1]
    assert axes[-1].get_ylim()[0] == 0


def test_curve_is_the_mean_over_runs(figures):
    draw_curves(runs_of(*(dict(loss=[v] * 9) for v in (1, 2, 6))), STYLES)
    axes = figures[0].axes[0]
    np.testing.assert_allclose(axes.lines[0].get_ydata(), 3.0)
    np.testing.assert_array_equal(axes.lines[0].get_xdata(), np.arange(1, 10))
    band = axes.collections[0].get_paths()[0].vertices[:, 1]
    assert band.min() == 1 and band.max() == 6


def test_curves_are_smoothed_and_thinned(figures):
    noise = np.random.default_rng(0).normal(5, 1, 9000)
    draw_curves(runs_of(dict(loss=noise, gradient_weight=noise)), STYLES)
    loss, weight = (axes.lines[0].get_ydata() for axes in figures[0].axes)
    assert len(loss) == 600 and loss.std() < 0.1 < 0.9 < weight.std()


@pytest.mark.parametrize('low, scale', [(.1, 'log'), (1, 'linear'),
                                        (-1, 'linear')])
def test_losses_that_fall_far_have_a_logarithmic_axis(figures, low, scale):
    draw_curves(runs_of(dict(loss=np.linspace(9, low, 29))), STYLES)
    assert figures[0].axes[0].get_yscale() == scale


@pytest.mark.filterwarnings('error')
def test_values_that_are_not_finite_leave_gaps():
    run = dict(loss=[1, np.nan, np.inf, 2.0])
    assert draw_curves(runs_of(run, run), STYLES).shape[1:] == (1400, 3)


@pytest.mark.parametrize('run', [{}, dict(lr=[1, 1]), dict(loss=[np.nan])])
def test_nothing_to_draw(run):
    assert draw_curves(runs_of(run), STYLES) is None

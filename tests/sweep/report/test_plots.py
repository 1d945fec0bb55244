import numpy as np
import pytest
from fake_sweep import F1, RMSE, curves_of
from matplotlib.text import Annotation, Text

from mmdepth_gradloss.sweep.report import plots
from mmdepth_gradloss.sweep.report.plots import (Cloud, draw_curves,
                                                 draw_trade_off,
                                                 variant_styles)


@pytest.fixture
def figures(monkeypatch):
    """Figures as they are just before they become pixels."""
    seen = []

    def keep(figure):
        figure.canvas.draw()
        seen.append(figure)
        return np.zeros((1, 1, 3), np.uint8)

    monkeypatch.setattr(plots, 'figure_to_rgb', keep)
    return seen


@pytest.mark.parametrize('count', [1, 6])
def test_labels_lie_apart_and_inside(figures, count):
    rng = np.random.default_rng(count)
    others = [f'gradient_weight=0.{i},s=4' for i in range(count)]
    variants = ['baseline', *others]
    # All means within a few pixels of each other, the runs far around.
    clouds = {
        variant: Cloud(np.array([.2, .8]) + rng.normal(0, .001),
                       np.array([.3, .7]) + rng.normal(0, .001))
        for variant in variants
    }
    draw_trade_off(clouds, variant_styles(variants), RMSE, F1)
    axes = figures[0].axes[0]
    renderer = figures[0].canvas.get_renderer()
    texts = [t for t in axes.texts if isinstance(t, Annotation)]
    assert {t.get_text() for t in texts} == set(variants)
    boxes = [Text.get_window_extent(t, renderer) for t in texts]
    frame = axes.get_window_extent(renderer)
    for i, box in enumerate(boxes):
        assert frame.x0 <= box.x0 and box.x1 <= frame.x1
        assert frame.y0 <= box.y0 and box.y1 <= frame.y1
        assert not any(box.overlaps(other) for other in boxes[:i])


def test_axes_hold_the_runs_and_little_else(figures):
    clouds = {'baseline': Cloud(np.array([.25, .27]), np.array([.1, .12]))}
    draw_trade_off(clouds, variant_styles(['baseline']), RMSE, F1)
    low, high = figures[0].axes[0].get_xlim()
    assert .24 < low < .25 and .27 < high < .28


def test_lower_error_is_better_to_the_left(figures):
    clouds = {'baseline': Cloud(np.array([.2, .3]), np.array([.1, .2]))}
    draw_trade_off(clouds, variant_styles(['baseline']), RMSE, F1)
    draw_trade_off(clouds, variant_styles(['baseline']), F1, F1)
    axes = [figure.axes[0] for figure in figures]
    assert axes[0].get_title('left') == '↖ better'
    assert axes[1].get_title('right') == '↗ better'


def test_styles_differ():
    styles = variant_styles([str(i) for i in range(30)])
    assert len(set(styles.values())) == 30


def test_axes_for_each_component(figures):
    variants = ['baseline', 'a']
    runs = {
        variant: [curves_of(variant), curves_of(variant, 20)]
        for variant in variants
    }
    draw_curves(runs, variant_styles(variants))
    drawn = [axes for axes in figures[0].axes if axes.get_visible()]
    assert [axes.get_title('left') for axes in drawn] == [
        'loss', 'silog_component', 'gradient_component', 'gradient_weight'
    ]
    # The baseline has no gradient term.
    lines = [[line for line in axes.lines if len(line.get_xdata())]
             for axes in drawn]
    assert list(map(len, lines)) == [2, 2, 1, 1]


def test_curve_is_the_mean_over_runs(figures):
    runs = {'baseline': [dict(loss=np.full(9, v)) for v in (1.0, 2.0, 6.0)]}
    draw_curves(runs, variant_styles(['baseline']))
    axes = figures[0].axes[0]
    np.testing.assert_allclose(axes.lines[0].get_ydata(), 3.0)
    np.testing.assert_array_equal(axes.lines[0].get_xdata(), np.arange(1, 10))
    band = axes.collections[0].get_paths()[0].vertices[:, 1]
    assert band.min() == 1 and band.max() == 6


@pytest.mark.filterwarnings('error')
def test_values_that_are_not_finite_leave_gaps():
    loss = np.array([1, np.nan, np.inf, 2.0])
    runs = {'baseline': [dict(loss=loss), dict(loss=loss)]}
    page = draw_curves(runs, variant_styles(['baseline']))
    assert page.shape[1:] == (1400, 3)


@pytest.mark.parametrize(
    'curves', [{}, dict(lr=np.ones(3)),
               dict(loss=np.full(3, np.nan))])
def test_nothing_to_draw(curves):
    styles = variant_styles(['baseline'])
    assert draw_curves({'baseline': [curves]}, styles) is None

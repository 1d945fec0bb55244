import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmdepth_gradloss.visualization import draw_loss_curves
from mmdepth_gradloss.visualization.loss_curves import select_losses, smooth


@given(st.lists(
    st.floats(-1e3, 1e3) | st.sampled_from([np.nan, np.inf, -np.inf]),
    min_size=1, max_size=30), st.integers(1, 12))
def test_smooth_in_plain_loops(values, window):
    smoothed = smooth(np.array(values), window)
    for i, mean in enumerate(smoothed):
        start = i - (window - 1) // 2
        around = [
            values[j] for j in range(start, start + window)
            if 0 <= j < len(values) and np.isfinite(values[j])
        ]
        if around:
            assert mean == pytest.approx(sum(around) / len(around), abs=1e-8)
        else:
            assert np.isnan(mean)


def falling(length):
    return np.exp(-np.linspace(0, 4, length))


def test_controls_get_axes_of_their_own():
    loss = dict(loss=falling(100), gradient_component=0.1 * falling(100))
    one = draw_loss_curves(loss)
    two = draw_loss_curves(dict(loss, gradient_weight=falling(100)))
    three = draw_loss_curves(
        dict(loss, gradient_weight=falling(100), gradient_share=falling(100)))
    assert one.dtype == np.uint8 and one.shape[1:] == (1400, 3)
    heights = [len(figure) for figure in (one, two, three)]
    assert heights[0] < heights[1] < heights[2]
    assert heights[2] - heights[1] == heights[1] - heights[0]


def test_each_component_has_its_color():
    """Black for the total; matplotlib's first two colours for its parts."""
    figure = draw_loss_curves(
        dict(loss=falling(500), ssi_component=0.5 * falling(500),
             silog_component=0.2 * falling(500)))
    for color in ((0, 0, 0), (31, 119, 180), (255, 127, 14)):
        columns = (figure == color).all(-1).any(0).nonzero()[0]
        assert columns.min() < 130 and columns.max() > 1300
    assert not (figure == (44, 160, 44)).all(-1).any()


def test_a_scalar_logged_later_ends_with_the_others():
    """A history of half the length fills the right half of the axes."""
    figure = draw_loss_curves(
        dict(loss=falling(400), loss_new=2 * np.ones(200)), last_step=400)
    # Below the legend.
    plot = figure[50:]
    columns = (plot == (31, 119, 180)).all(-1).any(0).nonzero()[0]
    assert columns.min() == pytest.approx(730, abs=10)
    assert columns.max() == pytest.approx(1366, abs=5)


def test_no_text_touches_the_rim():
    losses = {f'aux_{i}.loss_gradient': falling(20) for i in range(11)}
    figure = draw_loss_curves(
        dict(losses, loss=1e-4 * falling(20), gradient_weight=falling(20),
             gradient_share=falling(20)), 123456789, 'Ågj experiment')
    y, x = (figure != 255).any(-1).nonzero()
    assert x.min() >= 8 and x.max() < figure.shape[1] - 8
    assert y.min() >= 8 and y.max() < figure.shape[0] - 8


@pytest.mark.parametrize('values', [
    [1.0], [np.nan, np.nan], [0.0, 0.0, 0.0], [-1.0, 2.0, np.inf],
    np.random.default_rng(0).random(50_000)])
def test_odd_histories(values):
    figure = draw_loss_curves(dict(loss=np.array(values)), title='$\\bad{$')
    assert figure.shape[1] == 1400


def test_nothing_to_draw():
    with pytest.raises(ValueError, match="no loss .*'lr', 'time'"):
        draw_loss_curves(dict(time=np.ones(2), lr=np.ones(2)))


def test_which_losses_and_components_are_drawn():
    """A single loss, which is the total, not twice."""
    total = np.array([1.0, np.nan, 2.0])
    histories = dict(
        loss=total, loss_ssi_silog=total[:], loss_late=total[1:],
        loss_depth=total / 2, loss_empty=np.empty(0),
        ssi_component=total / 4, gradient_weight=total)
    assert list(select_losses(histories)) == [
        'loss', 'loss_late', 'loss_depth', 'ssi_component']

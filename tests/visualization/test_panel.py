import dataclasses

import numpy as np
import pytest
import torch

from mmdepth_gradloss.evaluation import DepthErrorMetric
from mmdepth_gradloss.visualization import (PanelOptions, draw_depth_panel,
                                            edge_detail, panel)
from mmdepth_gradloss.visualization.colors import INVALID_COLOR
from mmdepth_gradloss.visualization.depth_edges import boundary_f1


@pytest.fixture
def cells(monkeypatch):
    """Draw a panel and return the pictures in it, row by row."""

    def draw(target, pred, image=None, reference=None, **options):
        drawn = []

        def draw_grid(rows, title, subtitle, width):
            drawn.extend(rows)
            return np.zeros((1, 1, 3), np.uint8)

        monkeypatch.setattr(panel, 'draw_grid', draw_grid)
        if image is None:
            image = np.zeros((*target.shape, 3), np.uint8)
        draw_depth_panel(image, target, pred, target > 0,
                         options=PanelOptions(**options), reference=reference)
        return drawn

    return draw


@pytest.fixture
def details(monkeypatch):
    """Figures of the depths across an edge, before they become pixels."""
    figures = []
    monkeypatch.setattr(edge_detail, 'figure_to_rgb', lambda figure: (
        figures.append(figure) or np.zeros((4, 6, 3), np.uint8)))
    return figures


def slope(height=24, width=32):
    return np.linspace(1, 5, height * width).reshape(height, width)


def grey(cell):
    """Mask of pixels in the colour for invalid pixels."""
    return (cell.image == INVALID_COLOR).all(-1)


def test_equal_depth_has_equal_color(cells):
    target = slope()
    # Flipped vertically: the same depths in other places.
    _, truth, prediction, _ = cells(target, target[::-1])[0]
    np.testing.assert_array_equal(truth.image, prediction.image[::-1])
    assert truth.footer == prediction.footer
    assert truth.footer.low == '1.08 m' and truth.footer.high == '4.92 m'


def test_invalid_pixels_are_grey(cells):
    target = slope()
    target[5:10, 6:12] = 0
    rows = cells(target, slope() + 1)
    hole = target == 0
    for cell in (rows[0][1], rows[0][3]):
        np.testing.assert_array_equal(grey(cell), hole)
    assert not grey(rows[0][2]).any()  # the prediction is dense
    assert grey(rows[1][0])[hole].all() and grey(rows[1][1])[hole].all()


def test_an_exact_prediction(cells):
    # A smooth slope whose only edge is the step, one pixel per row.
    target = slope() + 5
    target[:, 16:] *= 2
    rows = cells(target, target.copy())
    error = rows[0][3].image
    assert (error == error[0, 0]).all()
    assert [text for _, text in rows[1][0].footer.entries
            ] == ['found 24', 'missed 0', 'false 0']
    np.testing.assert_array_equal(rows[1][1].image, rows[1][2].image)
    difference = rows[1][3].image[1:-1, 1:-1]
    assert (difference == difference[0, 0]).all()


def test_error_and_its_scale(cells):
    target = np.full((8, 8), 4.0)
    pred = np.full((8, 8), 5.0)
    relative = cells(target, pred, levels=())[0][3]
    metres = cells(target, pred, levels=(), error='abs')[0][3]
    fixed = cells(target, pred, levels=(), max_error=0.5)[0][3]
    assert relative.footer.high == '0.25'
    assert metres.footer.high == '1 m'
    assert fixed.footer.high == '0.5'
    assert (relative.image == metres.image).all()
    assert (relative.image != fixed.image).any()
    # by default up to the 95th percentile
    spread = pred + np.linspace(0, 1, 64).reshape(8, 8)
    cell = cells(pred, spread, levels=(), error='abs')[0][3]
    assert cell.footer.high == '0.95 m'


def test_gradient_of_log_and_linear_depth(cells):
    # The slope is log 1.05 in log depth and 0.3 m in depth everywhere.
    x = np.arange(40)[None, :].repeat(30, 0)
    exponential, linear = 1.05**x, 1 + 0.3 * x
    rows = cells(exponential, exponential, levels=(0, 1))
    assert rows[1][1].footer.high == '0.049 /px'
    # A pixel of level 1 is two pixels wide.
    assert rows[2][1].footer.high == '0.098 /px'
    rows = cells(linear, linear, levels=(0, 1), domain='linear')
    assert rows[1][1].footer.high == '0.3 m/px'
    assert rows[2][1].footer.high == '0.6 m/px'


def test_a_row_for_each_level(cells):
    rows = cells(slope(), slope(), levels=(0, 1, 3))
    assert [row[0].image.shape[:2] for row in rows] == [
        (24, 32), (24, 32), (12, 16), (3, 4), (8, 11)]
    assert len(cells(np.ones((8, 8)), np.ones((8, 8)), levels=())) == 1


def stepped(axis, place):
    """1 m, and 3 m from some row or column, on a slight slope."""
    target = np.linspace(1, 1.2, 40 * 60).reshape(40, 60)
    np.moveaxis(target, axis, 0)[place:] += 2
    return target


@pytest.mark.parametrize('axis, place, name, lines', [
    (0, 17, 'column', slice(12, 20)), (1, 2, 'row', slice(0, 12))])
def test_detail_is_around_the_strongest_edge(cells, details, axis, place,
                                             name, lines):
    target = stepped(axis, place)
    pred = target + 0.5
    pred[20, 5] = np.nan
    *_, last = cells(target, pred, levels=(0, ))
    image, truth, prediction, profile = last
    assert truth.title == 'ground truth at the strongest edge'
    assert image.image.shape == prediction.image.shape == (8, 12, 3)
    assert profile.title.startswith(f'depth in m along {name} ')
    index = int(profile.title.split(',')[0].split()[-1])
    true, predicted = details[-1].axes[0].lines
    np.testing.assert_array_equal(true.get_xdata(),
                                  np.arange(lines.start, lines.stop))
    np.testing.assert_array_equal(
        true.get_ydata(), np.take(target, index, 1 - axis)[lines])
    np.testing.assert_array_equal(
        predicted.get_ydata(), np.take(pred, index, 1 - axis)[lines])
    # White marks at both ends of the line.
    marks = (image.image == 255).all(-1)
    assert marks.sum() == 2 and np.ptp(marks.nonzero()[axis]) == (
        image.image.shape[axis] - 1)


@pytest.mark.parametrize('options', [{}, dict(min_depth=1.5, max_depth=9.0)])
def test_heading_has_the_errors_of_the_metric(monkeypatch, options):
    said = []
    monkeypatch.setattr(panel, 'draw_grid', lambda *args: said.append(args[2]))
    target, pred = stepped(1, 20), stepped(0, 3)
    pred[::2] *= -1
    valid = (target > options.get('min_depth', 0)) & (
        target < options.get('max_depth', 99))
    metric = DepthErrorMetric(**options)
    for value in -1.0, np.nan:
        pred[np.nonzero(valid)[0][0], np.nonzero(valid)[1][0]] = value
        draw_depth_panel(np.zeros((40, 60, 3), np.uint8), target, pred, valid,
                         options=PanelOptions(**options))
        errors = metric.score(torch.from_numpy(pred), torch.from_numpy(target))
        assert said[-1].startswith(f'AbsRel {errors["abs_rel"]:.3f}    '
                                   f'RMSE {errors["rmse"]:.3f} m')


def test_heading_has_the_boundary_f1(monkeypatch):
    said = []
    monkeypatch.setattr(panel, 'draw_grid', lambda *args: said.append(args[2]))
    target = stepped(1, 20)
    for pred in (target, np.ones_like(target)):
        draw_depth_panel(np.zeros((40, 60, 3), np.uint8), target, pred,
                         target > 0)
        f1 = boundary_f1(target, pred, target > 0)
        assert f'    boundary F1 {f1:.3f}    100.0% of pixels' in said[-1]
    assert f1 == 0
    draw_depth_panel(np.zeros((16, 16, 3), np.uint8), *np.ones((2, 16, 16)),
                     np.ones((16, 16), bool))
    assert 'boundary' not in said[-1]


def test_sparse_points_are_enlarged(cells):
    target = np.zeros((24, 32))
    target[12, 16] = 2.0
    rows = cells(target, slope())
    colored = ~grey(rows[0][1])
    assert colored[11:14, 15:18].all() and colored.sum() < 30
    assert rows[1][1].note == 'no 3x3 window is complete'
    assert rows[1][2].note == ''


def test_unusable_predictions_are_grey_and_counted(cells):
    pred = slope()
    pred[3, 4], pred[5, 6], pred[7, 8] = np.nan, np.inf, -1
    truth, prediction, error = cells(slope(), pred)[0][1:]
    for cell in (prediction, error):
        assert np.argwhere(grey(cell)).tolist() == [[3, 4], [5, 6], [7, 8]]
    assert '3 pixels' in prediction.title


@pytest.mark.filterwarnings('error')
def test_diverged_prediction_is_drawn_without_a_warning(cells):
    pred = np.full((24, 32), 1e30, np.float32)
    rows = cells(slope().astype(np.float32), pred)
    assert rows[0][2].title == 'prediction'
    assert (rows[0][2].image == rows[0][1].image[-1, -1]).all()


def test_image_is_shown_at_the_size_of_the_depth_map(cells):
    image = np.full((48, 64, 3), (10, 20, 30), np.uint8)
    shown = cells(slope(), slope(), image=image)[0][0].image
    assert shown.shape == (24, 32, 3)
    assert (shown == (10, 20, 30)).all()


@pytest.mark.parametrize('target', [slope(), np.zeros((24, 32))])
def test_whole_panel(target):
    """Also where nothing is known."""
    image, valid = np.zeros((24, 32, 3), np.uint8), target > 0
    drawn = draw_depth_panel(
        image, target, np.where(valid, target, np.nan), valid, 'name',
        PanelOptions(width=700, levels=(0, )))
    assert drawn.dtype == np.uint8
    assert drawn.shape[1] == 700 and drawn.shape[0] < 700


@pytest.mark.parametrize('argument, value', [
    ('levels', (0, -1)), ('levels', (0.5, )), ('error', 'rmse'),
    ('domain', 'inverse'), ('max_error', 0), ('edge_ratio', 1.0),
    ('edge_ratio', float('nan')), ('width', 10)])
def test_bad_options(argument, value):
    with pytest.raises(ValueError) as error:
        dataclasses.replace(PanelOptions(), **{argument: value})
    assert argument in str(error.value) and repr(value) in str(error.value)


def test_shapes_must_agree():
    image = np.zeros((8, 8, 3), np.uint8)
    with pytest.raises(ValueError, match=r'\(8, 8\), \(4, 4\)'):
        draw_depth_panel(image, np.ones((8, 8)), np.ones((4, 4)),
                         np.ones((8, 8), bool))


def test_row_of_a_reference(cells, details):
    target = stepped(1, 20)
    pred, reference = target + 0.2, target[::-1, ::-1].copy()
    pred[3, 4], reference[7, 8] = np.nan, -1
    first, row, *_ = cells(target, pred, reference=reference, error='abs',
                           max_error=0.5)
    alone, *levels = cells(target, reference, error='abs', max_error=0.5)
    edges, change, prediction, error = row
    np.testing.assert_array_equal(prediction.image, alone[2].image)
    np.testing.assert_array_equal(error.image, alone[3].image)
    np.testing.assert_array_equal(edges.image, levels[0][0].image)
    assert prediction.title == 'reference: prediction, 1 pixels unusable'
    unknown = grey(change)
    assert np.argwhere(unknown).tolist() == [[3, 4], [7, 8]]
    # Blue where the error is smaller than the reference's, red if larger.
    worse = 0.2 > np.abs(reference - target)
    red, _, blue = np.moveaxis(change.image.astype(int), -1, 0)
    np.testing.assert_array_equal((red > blue)[~unknown], worse[~unknown])
    assert change.footer.low == '-0.5 m, better'
    drawn = details[0].axes[0].lines[2].get_ydata()
    assert np.isin(drawn, reference).all() and len(drawn) == 12

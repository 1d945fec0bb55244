"""The boundary metric: options, ranges and missing images."""
import math
import sys

import pytest
import torch
from depth_maps import evaluate, sample

from mmdepth_gradloss.evaluation import DepthBoundaryMetric
from mmdepth_gradloss.visualization.depth_edges import boundary_f1

SCORES = {
    'depth_pro': ['boundary_f1', 'boundary_precision', 'boundary_recall'],
    'moge': [f'boundary_f1_radius{radius}' for radius in (1, 2, 3)],
    'ibims': ['dbe_acc', 'dbe_comp'], 'sharpdepth': ['dbe_acc', 'dbe_comp']}
each_protocol = pytest.mark.parametrize('protocol', SCORES)


def scores(*pairs, **options):
    return evaluate('DepthBoundaryMetric', *pairs, **options)


def box(depth=2.0, shape=(8, 9)):
    """A box at that depth in front of a wall at 4 m."""
    height, width = shape
    target = torch.full(shape, 4.0)
    target[height // 4:5 * height // 8, width // 3:2 * width // 3] = depth
    return target


def room():
    return box(shape=(32, 42))


def test_depth_range_drops_ground_truth_and_leaves_predictions():
    # The box or the wall is out of range, so no edge remains.
    for depth_range in (dict(min_depth=1.0), dict(max_depth=3.0)):
        metrics = scores((box(), box(0.5)), **depth_range)
        assert metrics['boundary_num_missing'] == 1
    # If it were clamped to the range, the prediction would be flat.
    assert scores((20 * box(), box()), max_depth=10.0)['boundary_f1'] == 1


@each_protocol
@pytest.mark.parametrize('masked', [False, True])
def test_mean_over_images_with_edges(protocol, masked):
    flat = torch.ones_like(room())
    perfect, worst = (1, 0) if 'f1' in SCORES[protocol][0] else (0, 10)
    metrics = scores((2 * room(), room()), (flat, room()), (room(), flat),
                     protocol=protocol, masked=masked)
    assert metrics.pop('boundary_num_missing') == 1
    assert metrics == {name: pytest.approx((perfect + worst) / 2)
                       for name in SCORES[protocol]}


@each_protocol
def test_holes_are_no_edges_unless_the_published_form_is_asked_for(protocol):
    holes = room()
    holes[2:5, 32:36] = 0
    exact = scores((room(), room()), protocol=protocol)
    assert scores((room(), holes), protocol=protocol) == exact
    assert scores((room(), holes), protocol=protocol, masked=False) != exact
    pred = room().where(holes > 0, math.nan)
    assert scores((pred, holes), protocol=protocol) == exact
    published = scores((pred, holes), protocol=protocol, masked=False)
    assert math.isnan(published[SCORES[protocol][0]])


def test_given_edges():
    drawn = torch.zeros_like(room())
    drawn[:, 20] = 1
    metric = DepthBoundaryMetric('ibims', edges_key='gt_edge_map')
    whole = sample(room(), room(), gt_edge_map=dict(data=drawn[None]))
    metric.process(None, [whole])
    assert metric.evaluate(1)['depth/dbe_comp'] > 1
    with pytest.raises(KeyError, match='image #0 has no .gt_edge_map'):
        metric.process(None, [sample(room(), room())])


def test_depth_range_of_the_published_form_serves_alignment_only():
    metrics = scores((1 / box(), box()), masked=False, max_depth=10.0,
                     alignment='least_squares')
    assert metrics['boundary_f1'] == pytest.approx(1)


@pytest.mark.parametrize('options, message', [
    *((dict(protocol=name, edges_key='edges'), f"{name}.*'edges'.*: ibims")
      for name in ('depth_pro', 'moge', 'sharpdepth')),
    (dict(masked=False, max_depth=10),
     'masked=False counts all pixels; leave out min_depth=None and '
     'max_depth=10'),
    (dict(protocol='sharpest'), "unknown boundary protocol 'sharpest'; "
     'known: depth_pro, ibims, moge, sharpdepth'),
])
def test_options_are_checked_at_once(options, message):
    with pytest.raises(ValueError, match=message):
        DepthBoundaryMetric(**options)


@pytest.mark.parametrize('protocol', ['ibims', 'sharpdepth'])
@pytest.mark.parametrize('package', ['skimage.feature', 'scipy.spatial'])
def test_absent_package_shows_at_once(protocol, package, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(
            ImportError,
            match='Canny edges need scikit-image and scipy: pip install '
            r"'mmdepth-gradloss\[boundary\]'"):
        DepthBoundaryMetric(protocol=protocol)


def test_pictures_have_the_number_of_the_table():
    target = room() + 0.3 * torch.rand(room().shape)
    target[3:6, 4:9] = 0
    pred = target * (1 + 0.2 * torch.rand(target.shape))
    known = (target > 0).numpy()
    for maps in ((pred, target), (-pred, target), (target / 0, target)):
        table = scores(maps)['boundary_f1']
        picture = boundary_f1(maps[1].numpy(), maps[0].numpy(), known)
        assert picture == pytest.approx(table, abs=0, nan_ok=True)
    assert 0.1 < scores((pred, target))['boundary_f1'] < 1

"""What the boundary metric adds to the scores."""
import math
import sys

import pytest
import torch
from mmengine.evaluator import Evaluator

from mmdepth_gradloss.evaluation import DepthBoundaryMetric

SCORES = {
    'depth_pro': ['boundary_f1', 'boundary_precision', 'boundary_recall'],
    'moge': [f'boundary_f1_radius{radius}' for radius in (1, 2, 3)],
    'ibims': ['dbe_acc', 'dbe_comp'],
    'sharpdepth': ['dbe_acc', 'dbe_comp'],
}


def evaluate(pairs, **settings):
    """Metrics of (pred, target) pairs of (H, W) maps."""
    evaluator = Evaluator(dict(type='DepthBoundaryMetric', **settings))
    evaluator.process([
        dict(
            pred_depth_map=dict(data=pred[None]),
            gt_depth_map=dict(data=target[None])) for pred, target in pairs
    ])
    return evaluator.evaluate(len(pairs))


def box(depth=2.0):
    """A box of that depth before a wall at 4 m."""
    target = torch.full((8, 9), 4.0)
    target[2:5, 3:6] = depth
    return target


def test_exact_and_flat_prediction():
    flat = torch.ones(8, 9)
    # Of the two images with edges one is met; the third has nothing to meet.
    assert evaluate([(box(), box()), (flat, box()), (box(), flat)]) == {
        'depth/boundary_f1': 0.5,
        'depth/boundary_precision': 0.5,
        'depth/boundary_recall': 0.5,
        'depth/boundary_num_missing': 1
    }


def test_surplus_edges_cost_precision_only():
    pred = box()
    pred[6:, :] = 8.0
    metrics = evaluate([(pred, box())])
    assert metrics['depth/boundary_recall'] == 1
    assert 0.5 < metrics['depth/boundary_precision'] < 1


def test_depth_range_drops_ground_truth_and_leaves_predictions():
    # The box or the wall lies outside the range, and with it all edges.
    for depth_range in (dict(min_depth=1.0), dict(max_depth=3.0)):
        metrics = evaluate([(box(), box(0.5))], **depth_range)
        assert metrics['depth/boundary_num_missing'] == 1
    # Clamped to the range, the prediction would be flat.
    metrics = evaluate([(20 * box(), box())], max_depth=10.0)
    assert metrics['depth/boundary_f1'] == 1


def room():
    """A wall at 4 m, a box before it, and no other depth."""
    target = torch.full((32, 40), 4.0)
    target[8:24, 10:30] = 2.0
    return target


@pytest.mark.parametrize('protocol', SCORES)
@pytest.mark.parametrize('masked', [False, True])
def test_every_protocol(protocol, masked):
    flat = torch.ones(32, 40)
    perfect, worst = (0, 10) if protocol in ('ibims',
                                             'sharpdepth') else (1, 0)
    metrics = evaluate([(2 * room(), room()), (flat, room()), (room(), flat)],
                       protocol=protocol,
                       masked=masked)
    assert metrics.pop('depth/boundary_num_missing') == 1
    assert metrics == {
        f'depth/{name}': pytest.approx((perfect + worst) / 2)
        for name in SCORES[protocol]
    }


@pytest.mark.parametrize('protocol', SCORES)
def test_holes_are_no_edges_unless_the_published_form_is_asked_for(protocol):
    holes = room()
    holes[2:5, 32:36] = 0
    exact = evaluate([(room(), room())], protocol=protocol)
    assert evaluate([(room(), holes)], protocol=protocol) == exact
    published = evaluate([(room(), holes)], protocol=protocol, masked=False)
    assert published != exact


def test_given_edges():
    drawn = torch.zeros(32, 40)
    drawn[:, 20] = 1
    sample = dict(
        pred_depth_map=dict(data=room()),
        gt_depth_map=dict(data=room()),
        gt_edge_map=dict(data=drawn[None]))
    evaluator = Evaluator(
        dict(
            type='DepthBoundaryMetric',
            protocol='ibims',
            edges_key='gt_edge_map'))
    evaluator.process([sample])
    assert evaluator.evaluate(1)['depth/dbe_comp'] > 1
    del sample['gt_edge_map']
    with pytest.raises(KeyError, match='image #0 has no .gt_edge_map'):
        evaluator.process([sample])


@pytest.mark.parametrize('protocol', sorted({*SCORES} - {'ibims'}))
def test_edges_for_a_protocol_that_takes_none(protocol):
    with pytest.raises(ValueError, match=f"{protocol}.*'edges'.*: ibims"):
        DepthBoundaryMetric(protocol=protocol, edges_key='edges')


def test_depth_range_of_the_published_form_serves_alignment_only():
    with pytest.raises(
            ValueError,
            match='masked=False counts all pixels; leave out min_depth=None '
            'and max_depth=10'):
        DepthBoundaryMetric(masked=False, max_depth=10)
    metrics = evaluate([(1 / box(), box())],
                       masked=False,
                       max_depth=10.0,
                       alignment='least_squares')
    assert metrics['depth/boundary_f1'] == pytest.approx(1)


@pytest.mark.parametrize('protocol', ['ibims', 'sharpdepth'])
def test_absent_package_shows_at_once(protocol, monkeypatch):
    monkeypatch.setitem(sys.modules, 'skimage.feature', None)
    with pytest.raises(ImportError, match=r'mmdepth-gradloss\[boundary\]'):
        DepthBoundaryMetric(protocol=protocol)


@pytest.mark.parametrize('protocol', SCORES)
def test_non_finite_prediction_is_nan(protocol):
    nonfinite = room()
    nonfinite[16, 16] = math.inf
    metrics = evaluate([(room(), room()), (nonfinite, room())],
                       protocol=protocol)
    assert metrics.pop('depth/boundary_num_missing') == 0
    assert all(map(math.isnan, metrics.values()))


def test_unknown_protocol_is_refused_at_once():
    known = 'depth_pro, ibims, moge, sharpdepth'
    with pytest.raises(
            ValueError,
            match=f"unknown boundary protocol 'sharpest'; known: {known}"):
        DepthBoundaryMetric(protocol='sharpest')

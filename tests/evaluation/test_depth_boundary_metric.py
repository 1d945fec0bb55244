"""What the boundary metric adds to the scores."""
import pytest
import torch
from mmengine.evaluator import Evaluator

from mmdepth_gradloss.evaluation import DepthBoundaryMetric


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
    # The box lies outside the range, and with it all edges.
    metrics = evaluate([(box(), box(0.5))], min_depth=1.0)
    assert metrics['depth/boundary_num_missing'] == 1
    # Clamped to the range, the prediction would be flat.
    metrics = evaluate([(20 * box(), box())], max_depth=10.0)
    assert metrics['depth/boundary_f1'] == 1


def test_unknown_protocol_is_refused_at_once():
    with pytest.raises(ValueError, match='sharpest.*depth_pro'):
        DepthBoundaryMetric(protocol='sharpest')

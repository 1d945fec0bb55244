"""What the metric of errors at edges adds to the errors."""
import math

import pytest
import torch
from mmengine.evaluator import Evaluator
from mmengine.registry import METRICS

from mmdepth_gradloss.evaluation import DepthEdgeErrorMetric
from mmdepth_gradloss.evaluation.depth_edge_error import depth_edge_error


def evaluate(pairs, **settings):
    """Metrics of (pred, target) pairs of (H, W) maps, without a prefix."""
    evaluator = Evaluator(dict(type='DepthEdgeErrorMetric', **settings))
    evaluator.process([
        dict(
            pred_depth_map=dict(data=pred[None]),
            gt_depth_map=dict(data=target[None])) for pred, target in pairs
    ])
    metrics = evaluator.evaluate(len(pairs))
    return {key.removeprefix('depth/'): v for key, v in metrics.items()}


def wall(depth=2.0):
    """A step from 1 m to that depth."""
    target = torch.ones(24, 24)
    target[:, 12:] = depth
    return target


def test_names_and_values():
    pred, target = wall(2.2), wall()
    metrics = evaluate([(pred, target)], levels=3, edge_width=2)
    expected = depth_edge_error(pred, target, levels=3, edge_width=2)
    for name in DepthEdgeErrorMetric.missing_keys:
        expected.pop(name)
    for name in ('edge', 'flat', 'thin', 'far', 'gradient'):
        expected[f'{name}_num_missing'] = int(name == 'thin')
    assert metrics == pytest.approx(
        {name: float(value)
         for name, value in expected.items()}, nan_ok=True)
    assert list(metrics) == list(expected)


def test_an_image_is_missing_only_for_what_it_lacks(warnings_seen):
    flat, checked, none = (torch.ones(24, 24) for _ in range(3))
    checked[::4, ::4] = 3.0
    none.zero_()
    metrics = evaluate([(wall() + 1, wall()), (flat + 3, flat),
                        (checked + 5, checked), (none + 7, none)])
    assert metrics['edge_mae'] == metrics['edge_rmse'] == (1 + 5) / 2
    assert metrics['flat_mae'] == metrics['flat_rmse'] == (1 + 3) / 2
    assert metrics['gradient_mae_level0'] == 0
    assert metrics['edge_num_missing'] == 2
    assert metrics['flat_num_missing'] == 2
    assert metrics['thin_num_missing'] == 3
    assert metrics['far_num_missing'] == 1
    assert metrics['gradient_num_missing'] == 1
    assert len(warnings_seen) == 5
    assert 'num_edge_pixels is 0' in warnings_seen[0]


def test_non_finite_prediction_is_nan_where_it_counts():
    flat = torch.ones(24, 24)
    nonfinite = flat.clone()
    nonfinite[3, 3] = math.nan
    metrics = evaluate([(wall(), wall()), (nonfinite, flat)])
    assert metrics['edge_mae'] == 0  # that image has no edges
    assert math.isnan(metrics['flat_mae'])
    assert math.isnan(metrics['gradient_mae_level3'])


def test_no_images():
    assert evaluate([]) == {
        f'{name}_num_missing': 0
        for name in ('edge', 'flat', 'thin', 'far', 'gradient')
    }


def test_options_reach_the_errors():
    pred = wall()
    pred[:, 12] = 1.5
    near, far = (
        evaluate([(pred, wall())], edge_width=width)['edge_mae']
        for width in (0, 3))
    assert near == pytest.approx(0.25) and far == pytest.approx(0.5 / 8)
    assert evaluate([(pred, wall())])['edge_mae'] == far  # by default
    assert math.isnan(evaluate([(pred, wall())], edge_ratio=2.5)['edge_mae'])
    # The step is from 1 to 2 m, so to 1.8 m there is none, nor from 1.2 m on.
    for depth_range in (dict(max_depth=1.8), dict(min_depth=1.2)):
        limited = evaluate([(pred, wall())], **depth_range)
        assert limited['edge_num_missing'] == 1


def test_relative_prediction_is_aligned():
    metrics = evaluate([(5 / wall() - 1, wall())], alignment='least_squares')
    assert metrics['edge_rmse'] < 1e-4


def test_registered_in_the_root_registry():
    metric = METRICS.build(dict(type='DepthEdgeErrorMetric', prefix='val'))
    assert isinstance(metric, DepthEdgeErrorMetric)


@pytest.mark.parametrize('options, message', [
    (dict(levels=0), 'levels .* got 0'),
    (dict(edge_width=-3), 'edge_width .* got -3'),
    (dict(edge_ratio=0.9), 'edge_ratio .* got 0.9'),
    (dict(min_depth=3, max_depth=2), 'min_depth=3, max_depth=2'),
])
def test_options_are_checked_at_once(options, message):
    with pytest.raises(ValueError, match=message):
        DepthEdgeErrorMetric(**options)

"""The edge error metric: options, ranges and missing images."""
import math

import pytest
import torch
from depth_maps import evaluate

from mmdepth_gradloss.evaluation import DepthEdgeErrorMetric
from mmdepth_gradloss.evaluation.depth_edge_error import depth_edge_error


def errors(*pairs, **options):
    return evaluate('DepthEdgeErrorMetric', *pairs, **options)


def wall(depth=2.0):
    """A step from 1 m to that depth."""
    target = torch.ones(24, 24)
    target[:, 12:] = depth
    return target


def test_names_and_values():
    pred, target = wall(2.2), wall()
    metrics = errors((pred, target), levels=3, edge_width=2)
    expected = depth_edge_error(pred, target, levels=3, edge_width=2)
    for name in DepthEdgeErrorMetric.missing_keys:
        expected.pop(name)
    for name in ('edge', 'flat', 'thin', 'far', 'gradient'):
        expected[f'{name}_num_missing'] = int(name == 'thin')
    assert metrics == pytest.approx(
        {name: float(value) for name, value in expected.items()}, nan_ok=True)
    assert list(metrics) == list(expected)


def test_an_image_is_missing_only_for_what_it_lacks(warnings_seen):
    flat, checked, none = (torch.ones(24, 24) for _ in range(3))
    checked[::4, ::4] = 3.0
    none.zero_()
    metrics = errors((wall() + 1, wall()), (flat + 3, flat),
                     (checked + 5, checked), (none + 7, none))
    assert metrics['edge_mae'] == metrics['edge_rmse'] == (1 + 5) / 2
    assert metrics['flat_mae'] == metrics['flat_rmse'] == (1 + 3) / 2
    assert metrics['gradient_mae_level0'] == 0
    assert [metrics[f'{name}_num_missing']
            for name in ('edge', 'flat', 'thin', 'far', 'gradient')
            ] == [2, 2, 3, 1, 1]
    assert len(warnings_seen) == 5
    assert 'num_edge_pixels is 0' in warnings_seen[0]


def test_non_finite_prediction_is_nan_where_it_counts():
    flat = torch.ones(24, 24)
    nonfinite = flat.clone()
    nonfinite[3, 3] = math.nan
    metrics = errors((wall(), wall()), (nonfinite, flat))
    assert metrics['edge_mae'] == 0  # the non-finite image has no edges
    assert math.isnan(metrics['flat_mae'])
    assert math.isnan(metrics['gradient_mae_level3'])


def test_options_reach_the_errors():
    pair = wall(), wall()
    pair[0][:, 12] = 1.5
    near, far = (errors(pair, edge_width=width)['edge_mae']
                 for width in (0, 3))
    assert near == pytest.approx(0.25) and far == pytest.approx(0.5 / 8)
    assert errors(pair)['edge_mae'] == far  # the default
    assert math.isnan(errors(pair, edge_ratio=2.5)['edge_mae'])
    # The step is from 1 to 2 m, so either range removes it.
    for depth_range in (dict(max_depth=1.8), dict(min_depth=1.2)):
        assert errors(pair, **depth_range)['edge_num_missing'] == 1


def test_options_are_checked_at_once():
    with pytest.raises(ValueError, match='edge_width .* got -3'):
        DepthEdgeErrorMetric(edge_width=-3)

"""A metric says so where its range leaves out much of the ground truth."""
from __future__ import annotations

import pytest
import torch
from mmengine.evaluator import Evaluator


def evaluate(metric: Evaluator, *depths: torch.Tensor) -> dict:
    metric.process([
        dict(
            gt_depth_map=dict(data=depth),
            pred_depth_map=dict(data=torch.full_like(depth, 2.0)))
        for depth in depths
    ])
    return metric.evaluate(len(depths))


def depth_map(far: int, holes: int = 0) -> torch.Tensor:
    """100 pixels at 2 m, of which some lie at 20 m or are not measured."""
    depth = torch.full((100, ), 2.0)
    depth[:far] = 20.0
    depth[far:far + holes] = 0.0
    return depth.reshape(10, 10)


@pytest.mark.parametrize('name', [
    'DepthErrorMetric', 'DepthBoundaryMetric', 'DepthEdgeErrorMetric'
])
def test_share_is_told_once(name, warnings_seen):
    metric = Evaluator(dict(type=name, min_depth=0.1, max_depth=15.0))
    for _ in range(2):
        # 24 of 80 and 0 of 100
        evaluate(metric, depth_map(24, holes=20), depth_map(0))
    told = [line for line in warnings_seen if 'lies outside' in line]
    assert told == [
        f'{name}: 13.3 % of the ground truth lies outside of its 0.1 to 15 m '
        'and is not scored'
    ]


def test_one_bound(warnings_seen):
    evaluate(Evaluator(dict(type='DepthErrorMetric', min_depth=3.0)),
             depth_map(60))
    assert '40 % of the ground truth lies outside of its 3 to inf m' in (
        warnings_seen[0])


@pytest.mark.parametrize('far', [0, 5])
def test_little_is_no_matter(far, warnings_seen):
    evaluate(Evaluator(dict(type='DepthErrorMetric', max_depth=15.0)),
             depth_map(far))
    assert warnings_seen == []


def test_all_is_told_by_the_missing_images(warnings_seen):
    evaluate(Evaluator(dict(type='DepthErrorMetric', max_depth=15.0)),
             depth_map(100))
    assert len(warnings_seen) == 1 and 'depth_scale' in warnings_seen[0]

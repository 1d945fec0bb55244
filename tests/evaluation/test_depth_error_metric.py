"""The error metric: means, crops and options."""
import math

import pytest
import torch
from depth_maps import evaluate

from mmdepth_gradloss.evaluation import DepthErrorMetric
from mmdepth_gradloss.evaluation.depth_error import EVAL_CROPS, eval_crop


def errors(*pairs, **options):
    return evaluate('DepthErrorMetric', *pairs, **options)


def test_every_image_has_the_same_weight():
    full, sparse = torch.ones(4, 5), torch.zeros(6, 7)
    sparse[2, 3] = 1
    metrics = errors((full + 1, full), (sparse + 3, sparse),
                     (full, torch.zeros(4, 5)))
    assert metrics['rmse'] == (1 + 3) / 2
    assert metrics['num_missing'] == 1


def test_options_reach_the_errors():
    target = torch.tensor([[0.5, 1.0, 2.0, 10.0, 20.0]])
    pred = torch.tensor([[9.0, 0.2, 2.0, 30.0, 9.0]])
    metrics = errors((pred, target), min_depth=1.0, max_depth=10.0)
    assert metrics['rmse'] == 0 and metrics['delta1'] == 1
    # median scaling precedes clamping
    target = torch.tensor([[2.0, 4.0, 8.0]])
    assert errors((100 * target, target), max_depth=10.0,
                  median_scaling=True)['rmse'] == 0


@pytest.mark.parametrize('crop', EVAL_CROPS)
def test_crop_counts_the_inside_only(crop):
    target = torch.ones(480, 640)
    pred = torch.full((480, 640), math.nan)
    inside = eval_crop(crop, 480, 640)
    pred[inside] = 1 + torch.rand(480, 640)[inside]
    assert errors((pred, target), crop=crop)['mae'] == pytest.approx(
        (pred[inside] - 1).mean().item(), rel=1e-5)


def test_crop_without_a_pixel_is_missing():
    tiny = torch.ones(1, 3)
    metrics = errors((tiny, tiny), crop='garg', median_scaling=True)
    assert metrics['num_missing'] == 1


@pytest.mark.parametrize('options, message', [
    (dict(crop='center'), "unknown crop 'center'; known: eigen, garg"),
    (dict(alignment='median_mad', median_scaling=True),
     "'median_mad' .*; leave out median_scaling"),
])
def test_options_are_checked_at_once(options, message):
    with pytest.raises(ValueError, match=message):
        DepthErrorMetric(**options)

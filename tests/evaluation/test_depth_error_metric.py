"""The error metric: means, crops and options."""
import math

import pytest
import torch
from depth_maps import evaluate

from mmdepth_gradloss.evaluation import DepthErrorMetric


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


@pytest.mark.parametrize('crop, inside', [
    ('eigen', (slice(45, 471), slice(41, 601))),
    ('garg', (slice(195, 476), slice(23, 616))),
])
def test_crop_counts_the_inside_only(crop, inside):
    target = torch.ones(480, 640)
    pred = torch.full((480, 640), math.nan)
    pred[inside] = 2
    assert errors((pred, target), crop=crop)['mae'] == 1
    # The crop is no smaller on any side.
    rows, columns = inside
    for y, x in ((rows.start, 300), (rows.stop - 1, 300),
                 (300, columns.start), (300, columns.stop - 1)):
        worse = pred.clone()
        worse[y, x] = math.nan
        assert math.isnan(errors((worse, target), crop=crop)['mae'])


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

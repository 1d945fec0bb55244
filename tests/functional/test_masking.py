import math

import pytest
import torch

from mmdepth_gradloss.functional import valid_depth_mask
from mmdepth_gradloss.functional.masking import count_clamped


def test_finite_and_positive_only():
    target = torch.tensor([0.0, -1.0, math.nan, math.inf, -math.inf, 2.0])
    assert valid_depth_mask(target).tolist() == [False] * 5 + [True]


def test_range_is_inclusive():
    target = torch.tensor([0.9, 1.0, 3.0, 3.1])
    valid = valid_depth_mask(target, min_depth=1, max_depth=3)
    assert valid.tolist() == [False, True, True, False]


@pytest.mark.parametrize('bounds', [
    dict(min_depth=-10.0),
    dict(max_depth=math.inf),
    dict(min_depth=-math.inf, max_depth=math.inf),
    dict(ignore_index=-1),
    dict(mask=torch.ones(5)),
])
def test_no_option_makes_rubbish_valid(bounds):
    target = torch.tensor([math.nan, math.inf, -2.0, 0.0, 2.0])
    valid = valid_depth_mask(target, **bounds)
    assert valid.dtype == torch.bool
    assert valid.tolist() == [False] * 4 + [True]


@pytest.mark.parametrize('dtype',
                         [torch.bool, torch.uint8, torch.int64, torch.float32])
def test_mask_of_any_type(dtype):
    mask = torch.tensor([1, 0, 1]).to(dtype)
    assert valid_depth_mask(torch.ones(3), mask).tolist() == [
        True, False, True
    ]


def test_ignore_index():
    target = torch.tensor([255.0, 3.0])
    assert valid_depth_mask(target, ignore_index=255).tolist() == [False, True]


def test_mask_with_batch_goes_with_images_not_with_channels():
    target = torch.ones(2, 1, 3, 4)
    mask = torch.zeros(2, 3, 4)
    mask[1] = 1
    valid = valid_depth_mask(target, mask)
    assert valid.shape == target.shape
    assert not valid[0].any() and valid[1].all()


@pytest.mark.parametrize('shape', [(1, 1, 3, 4), (3, 4), (2, 1, 1, 1)])
def test_mask_broadcasts(shape):
    assert valid_depth_mask(torch.ones(2, 1, 3, 4), torch.ones(shape)).all()


def test_mask_that_does_not_fit_is_refused_by_shapes():
    with pytest.raises(ValueError, match=r'\(3, 5\).*\(2, 1, 3, 4\)'):
        valid_depth_mask(torch.ones(2, 1, 3, 4), torch.ones(3, 5))


def test_clamped_predictions_are_counted_where_valid():
    pred = torch.tensor([math.nan, -1.0, 0.0, 0.1, 1.0, 10.0, 11.0, math.inf])
    every = torch.ones(8, dtype=torch.bool)
    assert count_clamped(pred, every, low=0.1).item() == 2
    assert count_clamped(pred, every, low=0.1, high=10.0).item() == 4
    assert count_clamped(pred, every & (pred != -1), 0.1, 10.0).item() == 3

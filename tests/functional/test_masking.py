import math

import numpy as np
import pytest
import torch

from mmdepth_gradloss.functional import valid_depth_mask
from mmdepth_gradloss.functional.masking import count_clamped


@pytest.mark.parametrize('options', [
    {}, dict(min_depth=-10.0), dict(max_depth=math.inf),
    dict(min_depth=-math.inf, max_depth=math.inf), dict(ignore_index=-1),
    dict(mask=torch.ones(6))])
def test_finite_and_positive_only(options):
    target = torch.tensor([0.0, -2.0, math.nan, math.inf, -math.inf, 2.0])
    valid = valid_depth_mask(target, **options)
    assert valid.dtype == torch.bool
    assert valid.tolist() == [False] * 5 + [True]


@pytest.mark.parametrize('options', [
    dict(min_depth=1, max_depth=3), dict(ignore_index=3.1, min_depth=1.0),
    *(dict(mask=torch.tensor([0, 1, 1, 0]).to(dtype)) for dtype in (
        torch.bool, torch.uint8, torch.int64, torch.float32))])
def test_range_label_and_mask(options):
    target = torch.tensor([0.9, 1.0, 3.0, 3.1])
    valid = valid_depth_mask(target, **options)
    assert valid.tolist() == [False, True, True, False]


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


def test_mask_that_does_not_fit_is_refused():
    target = torch.ones(2, 1, 3, 4)
    with pytest.raises(ValueError, match=r'\(3, 5\).*\(2, 1, 3, 4\)'):
        valid_depth_mask(target, torch.ones(3, 5))
    with pytest.raises(TypeError, match='mask must be a torch.Tensor'):
        valid_depth_mask(target, np.ones((3, 4), bool))


def test_clamped_predictions_are_counted_where_valid():
    pred = torch.tensor([math.nan, -1.0, 0.0, 0.1, 1.0, 10.0, 11.0, math.inf])
    every = torch.ones(8, dtype=torch.bool)
    assert count_clamped(pred, every, low=0.1).item() == 2
    assert count_clamped(pred, every, low=0.1, high=10.0).item() == 4
    assert count_clamped(pred, every & (pred != -1), 0.1, 10.0).item() == 3

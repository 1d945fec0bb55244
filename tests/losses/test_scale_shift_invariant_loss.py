import math

import numpy as np
import pytest
import torch
from gradient_cases import depth_pair, given_depth_maps, value_and_gradient
from hypothesis import settings
from mmengine.registry import MODELS
from numpy_alignment import align

from mmdepth_gradloss.losses import ScaleShiftInvariantLoss

every_alignment = pytest.mark.parametrize(
    'alignment', ['least_squares', 'median_mad'])


def relative_pair(shape=(2, 1, 17, 23), density=0.8, seed=0,
                  dtype=torch.float32):
    """Relative inverse depth, depth in metres and a mask."""
    pred, target, mask = depth_pair(shape, density, seed, torch.float64)
    return (7 / pred + 3).to(dtype), target.to(dtype), mask


def by_numpy(alignment, *maps):
    """Loss of each image in float64."""
    losses = []
    for p, t, m in zip(*(x.numpy() for x in maps)):
        p, d = align(alignment, p[m].astype(float), 1 / t[m].astype(float))
        losses.append(np.abs(p - d).mean())
    return losses


@every_alignment
@pytest.mark.parametrize('dtype,tolerance', [
    (torch.float64, 1e-9), (torch.float32, 1e-4)])
def test_equals_numpy(alignment, dtype, tolerance):
    maps = relative_pair(dtype=dtype)
    loss = ScaleShiftInvariantLoss(loss_weight=3.0, alignment=alignment)
    first, second = by_numpy(alignment, *maps)
    assert loss(*maps).item() == pytest.approx(
        3 * (first + second) / 2, rel=tolerance)
    assert loss(*maps, weight=torch.tensor([0.0, 3.0])).item() == (
        pytest.approx(3 * 3 * second / 2, rel=tolerance))


@every_alignment
def test_exact_prediction_costs_nothing_and_has_a_finite_gradient(alignment):
    _, target, mask = relative_pair()
    loss = ScaleShiftInvariantLoss(alignment=alignment)
    value, grad = value_and_gradient(loss, 1 / target, target, mask)
    assert value < 1e-6
    assert grad.isfinite().all()


@every_alignment
def test_gradient_is_that_of_the_formula(alignment):
    pred, target, mask = relative_pair((1, 1, 4, 5), dtype=torch.float64)
    loss = ScaleShiftInvariantLoss(alignment=alignment)
    assert torch.autograd.gradcheck(
        lambda x: loss(x, target, mask), pred.requires_grad_())


@every_alignment
@pytest.mark.parametrize('rubbish', [math.nan, math.inf, -math.inf, 1e30, -5])
@settings(max_examples=15)
@given_depth_maps
def test_invalid_pixels_change_no_bit(alignment, rubbish, shape, density,
                                      seed):
    pred, target, mask = relative_pair(shape, density, seed)
    loss = ScaleShiftInvariantLoss(alignment=alignment)
    expected = value_and_gradient(loss, pred, target.where(mask, 3), mask)
    actual = value_and_gradient(
        loss, pred.where(mask, rubbish), target.where(mask, rubbish), mask)
    assert all(map(torch.equal, actual, expected))
    assert not expected[1][~mask].any()
    assert expected[1].isfinite().all()


@every_alignment
def test_nothing_valid_is_0_and_connected(alignment):
    value, grad = value_and_gradient(
        ScaleShiftInvariantLoss(alignment=alignment), torch.randn(2, 1, 4, 5),
        torch.zeros(2, 1, 4, 5))
    assert value == 0 and not grad.any()


@every_alignment
def test_nan_at_a_valid_pixel_is_reported(alignment):
    pred, target, mask = relative_pair(density=1.0)
    pred[0, 0, 3, 4] = math.nan
    assert ScaleShiftInvariantLoss(alignment=alignment)(
        pred, target, mask).isnan()


def test_depth_range_limits_the_ground_truth():
    pred, target, _ = relative_pair()
    loss = ScaleShiftInvariantLoss(min_depth=2.0, max_depth=5.0)
    mask = (target >= 2) & (target <= 5)
    assert loss(pred, target) == ScaleShiftInvariantLoss()(pred, target, mask)


def test_unknown_alignment_is_named():
    with pytest.raises(
            ValueError, match="'mad'; known: least_squares, median_mad"):
        MODELS.build(dict(type='ScaleShiftInvariantLoss', alignment='mad'))


def test_defaults():
    loss = ScaleShiftInvariantLoss()
    assert loss.alignment == 'median_mad'
    assert loss.loss_weight == 1 and loss.loss_name == 'loss_scale_shift'

import math

import numpy as np
import pytest
import torch
from gradient_cases import depth_pair, given_depth_maps, value_and_gradient
from hypothesis import given, settings
from hypothesis import strategies as st
from mmengine.registry import MODELS

from mmdepth_gradloss.losses import ScaleShiftInvariantLoss

NAMES = ('least_squares', 'median_mad')
every_alignment = pytest.mark.parametrize('alignment', NAMES)
few = settings(max_examples=15)


def relative_pair(shape=(2, 1, 17, 23), density=0.8, seed=0,
                  dtype=torch.float32):
    """Relative inverse depth, depth in metres and a mask."""
    pred, target, mask = depth_pair(shape, density, seed, torch.float64)
    return (7 / pred + 3).to(dtype), target.to(dtype), mask


def reference(pred, target, mask, alignment):
    """The formula in numpy and float64, image by image."""
    losses = []
    for p, t, m in zip(pred.double().numpy(),
                       target.double().numpy(), mask.numpy()):
        p, d = p[m], 1 / t[m]
        if alignment == 'least_squares':
            design = np.stack([p, np.ones_like(p)], axis=1)
            p = design @ np.linalg.lstsq(design, d, rcond=None)[0]
        else:
            p, d = (x - np.sort(x)[(x.size - 1) // 2] for x in (p, d))
            p, d = (x / np.abs(x).mean() for x in (p, d))
        losses.append(np.abs(p - d).mean())
    return np.mean(losses)


@every_alignment
@pytest.mark.parametrize('dtype,tolerance', [(torch.float64, 1e-9),
                                             (torch.float32, 1e-4)])
def test_equals_numpy(alignment, dtype, tolerance):
    pred, target, mask = relative_pair(dtype=dtype)
    loss = ScaleShiftInvariantLoss(loss_weight=3.0, alignment=alignment)
    assert loss(pred, target, mask).item() == pytest.approx(
        3 * reference(pred, target, mask, alignment), rel=tolerance)


@every_alignment
@given(st.floats(0.01, 100), st.floats(-10, 10), st.integers(0, 99))
def test_scale_and_shift_do_not_matter(alignment, scale, shift, seed):
    pred, target, mask = relative_pair(seed=seed, dtype=torch.float64)
    loss = ScaleShiftInvariantLoss(alignment=alignment)
    assert loss(scale * pred + shift, target, mask).item() == pytest.approx(
        loss(pred, target, mask).item(), rel=1e-6)


def test_only_least_squares_forgives_a_negative_scale():
    pred, target, mask = relative_pair()
    for alignment, same in (('least_squares', True), ('median_mad', False)):
        loss = ScaleShiftInvariantLoss(alignment=alignment)
        value = loss(pred, target, mask).item()
        negative = loss(-pred, target, mask).item()
        assert (negative == pytest.approx(value, rel=1e-4)) == same


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
    assert torch.autograd.gradcheck(lambda x: loss(x, target, mask),
                                    pred.requires_grad_())


@every_alignment
@pytest.mark.parametrize('rubbish', [math.nan, math.inf, -math.inf, 1e30, -5])
@few
@given_depth_maps
def test_invalid_pixels_change_no_bit(alignment, rubbish, shape, density,
                                      seed):
    pred, target, mask = relative_pair(shape, density, seed)
    loss = ScaleShiftInvariantLoss(alignment=alignment)
    expected = value_and_gradient(loss, pred, target.where(mask, 3), mask)
    actual = value_and_gradient(loss, pred.where(mask, rubbish),
                                target.where(mask, rubbish), mask)
    assert torch.equal(actual[0], expected[0])
    assert torch.equal(actual[1], expected[1])
    assert not expected[1][~mask].any()
    assert expected[1].isfinite().all()


@every_alignment
def test_nothing_valid_is_0_and_connected(alignment):
    pred = torch.randn(2, 1, 4, 5, requires_grad=True)
    loss = ScaleShiftInvariantLoss(alignment=alignment)(
        pred, torch.zeros(2, 1, 4, 5))
    loss.backward()
    assert loss == 0 and not pred.grad.any()


@every_alignment
def test_is_the_mean_of_its_images(alignment):
    pred, target, _ = relative_pair((3, 1, 9, 8), density=0.7)
    target[0, ..., ::2] = 0
    loss = ScaleShiftInvariantLoss(alignment=alignment)
    parts = [
        loss(pred[i:i + 1], target[i:i + 1]).item() for i in range(3)
    ]
    assert loss(pred, target).item() == pytest.approx(sum(parts) / 3)
    weighted = loss(pred, target, weight=torch.tensor([0.0, 3.0, 0.0]))
    assert weighted.item() == pytest.approx(parts[1])


@every_alignment
def test_nan_at_a_valid_pixel_is_reported(alignment):
    pred, target, mask = relative_pair()
    pred[0, 0, 3, 4] = math.nan
    mask[0, 0, 3, 4] = True
    target[0, 0, 3, 4] = 2.0
    loss = ScaleShiftInvariantLoss(alignment=alignment)
    assert loss(pred, target, mask).isnan()


@every_alignment
def test_half_precision_under_autocast_is_summed_in_float32(alignment):
    pred, target, mask = relative_pair((1, 1, 64, 64))
    loss = ScaleShiftInvariantLoss(alignment=alignment)
    with torch.autocast('cpu', dtype=torch.bfloat16):
        value = loss(pred.bfloat16(), target, mask)
    assert value.dtype == torch.float32
    assert value.item() == pytest.approx(
        loss(pred.bfloat16().float(), target, mask).item())


def test_depth_range_limits_the_ground_truth():
    pred, target, _ = relative_pair()
    loss = ScaleShiftInvariantLoss(min_depth=2.0, max_depth=5.0)
    mask = (target >= 2) & (target <= 5)
    assert loss(pred, target) == ScaleShiftInvariantLoss()(pred, target, mask)


@pytest.mark.parametrize('name', ['none', 'mad'])
def test_unknown_alignment_is_named(name):
    with pytest.raises(
            ValueError, match=f"'{name}'; known: least_squares, median_mad"):
        MODELS.build(dict(type='ScaleShiftInvariantLoss', alignment=name))


def test_default_weight_and_name():
    loss = ScaleShiftInvariantLoss()
    assert loss.loss_weight == 1 and loss.loss_name == 'loss_scale_shift'

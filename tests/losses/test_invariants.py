"""Properties that hold for every gradient loss."""
import math

import pytest
import torch
import torch.nn.functional as F
from gradient_cases import (LOSSES, depth_pair, given_depth_maps,
                            value_and_gradient)
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mmdepth_gradloss.functional.presets import PRESETS
from mmdepth_gradloss.losses import MultiScaleGradientLoss

few = settings(max_examples=15)
every_loss = pytest.mark.parametrize('name', LOSSES)
every_preset = pytest.mark.parametrize('name', PRESETS)


def build(name, **arguments):
    return MultiScaleGradientLoss(**LOSSES[name] | arguments)


def random_cost(loss):
    """Loss of the random prediction of ``depth_pair``."""
    return loss(*depth_pair((2, 1, 64, 64))).item()


@every_loss
@pytest.mark.parametrize('fused', [True, False])
@pytest.mark.parametrize('rubbish', [math.nan, math.inf, -math.inf, 1e30, -5])
@few
@given_depth_maps
def test_invalid_pixels_change_no_bit(name, fused, rubbish, shape, density,
                                      seed):
    pred, target, mask = depth_pair(shape, density, seed)
    loss = build(name, fused=fused)
    expected = value_and_gradient(loss, pred, target.where(mask, 3), mask)
    bad_pred, bad_target = (x.where(mask, rubbish) for x in (pred, target))
    for maps in ((bad_pred, target), (pred, bad_target),
                 (bad_pred, bad_target)):
        actual = value_and_gradient(loss, *maps, mask)
        assert all(map(torch.equal, actual, expected))
    assert not expected[1][~mask].any()
    assert expected[1].isfinite().all()


@every_loss
@few
@given_depth_maps
def test_images_may_come_in_any_order(name, shape, density, seed):
    pred, target, mask = depth_pair(shape, density, seed)
    target[0, ..., ::2] = 0  # unequal masks
    loss = build(name)
    value, grad = value_and_gradient(loss, pred, target)
    order = torch.randperm(
        len(pred), generator=torch.Generator().manual_seed(seed))
    permuted_value, permuted_grad = value_and_gradient(
        loss, pred[order], target[order])
    assert torch.equal(permuted_grad, grad[order])
    # summation order changes rounding
    assert permuted_value.item() == pytest.approx(value.item(), rel=1e-6)


@pytest.mark.parametrize('name', [
    'megadepth', 'depth_pro', 'valid_mean', 'least_squares', 'median_mad'])
@few
@example(shape=(3, 1, 3, 1), density=0.9, seed=0)
@given_depth_maps
def test_mean_of_images_on_their_own(name, shape, density, seed):
    pred, target, _ = depth_pair(shape, density, seed)
    target[0, ..., ::2] = 0
    loss = build(name)
    value, grad = value_and_gradient(loss, pred, target)
    values, grads = zip(*(
        value_and_gradient(loss, pred[i:i + 1], target[i:i + 1])
        for i in range(len(pred))))
    expected = torch.stack(values).double().mean()
    assert value.item() == pytest.approx(expected.item(), rel=1e-6)
    expected_grad = torch.cat(grads) / len(pred)
    largest = grad.abs().max().item()
    # Alignments sum over an image. If only a few pixels are valid, the fit is
    # exact and only rounding errors remain: about 1e-7 in 1/m, divided by the
    # spread of the map.
    tolerance = (1e-6 * largest if name in PRESETS else 1e-4 * largest + 1e-6)
    torch.testing.assert_close(grad, expected_grad, rtol=0, atol=tolerance)


@every_preset
@pytest.mark.parametrize('fused', [True, False])
@few
@given_depth_maps
def test_exact_prediction_costs_nothing(name, fused, shape, density, seed):
    _, target, mask = depth_pair(shape, density, seed)
    value, grad = value_and_gradient(build(name, fused=fused), target, target)
    assert value.item() == 0
    assert not grad.any()


@pytest.mark.parametrize('name', ['least_squares', 'median_mad'])
@pytest.mark.parametrize('scale,shift', [(1, 0), (3, 0.5)])
@few
@given_depth_maps
def test_alignment_takes_scale_and_shift_away(name, scale, shift, shape,
                                              density, seed):
    _, target, mask = depth_pair(shape, density, seed)
    pred = scale / target.where(mask, 1) + shift
    value, grad = value_and_gradient(build(name), pred, target)
    assert grad.isfinite().all()
    if mask.sum((1, 2, 3)).min() > 2:
        assert value.item() < 1e-4 * random_cost(build(name))


SUPPORT = [name for name, formula in PRESETS.items()
           if formula.mask_policy == 'support']


@pytest.mark.parametrize('name', SUPPORT)
@few
@given_depth_maps
def test_constant_residual_costs_nothing_at_any_mask(name, shape, density,
                                                     seed):
    """Holes are not edges: only pixels with ground truth are compared."""
    _, target, mask = depth_pair(shape, density, seed)
    # with an offset, a constant factor would not be a constant residual
    loss = build(name, depth_offset=0)
    known = target.where(mask, 1)
    pred = {
        'linear': known + 0.7,
        'normalized': known + 0.7,
        'log': known * 1.7,
        'inverse': 1 / (1 / known + 0.7),
    }[loss.formula.domain]
    # depths are rounded to 1e-7, and Scharr's weights add up to 32
    assert loss(pred, target).item() < 1e-4 * random_cost(loss)


def smooth(noise, width):
    """Gaussian blur of white noise, scaled to a standard deviation of 0.1."""
    taps = torch.exp(-torch.arange(-3.0 * width, 3 * width + 1).square() /
                     (2 * width**2))
    taps = taps / taps.sum()
    for kernel in (taps.view(1, 1, 1, -1), taps.view(1, 1, -1, 1)):
        noise = F.conv2d(noise, kernel)
    return 0.1 * noise / noise.std()


RESIDUALS = {
    'smooth': lambda: smooth(torch.randn(4, 1, 240 + 48, 240 + 48), 8),
    'smooth_with_noise': lambda:
    (smooth(torch.randn(4, 1, 240 + 192, 240 + 192), 32) +
     0.003 * torch.randn(4, 1, 240, 240)),
    'diagonal_ramp': lambda: torch.linspace(0, 1, 240).view(-1, 1).add(
        torch.linspace(0, 1, 240)).expand(4, 1, 240, 240),
}


def cost_by_density(loss, log_residual, densities, masks=6):
    """Mean loss over random masks, relative to that with all pixels valid."""
    target = torch.full(log_residual.shape, 3.0)
    pred = target * log_residual.exp()

    def mean_cost(density):
        return sum(
            loss(pred, target, torch.rand(pred.shape) < density).item()
            for _ in range(masks)) / masks

    full = loss(pred, target).item()
    return [mean_cost(density) / full for density in densities]


@pytest.mark.parametrize('residual', RESIDUALS)
def test_valid_mean_costs_the_same_at_any_density(residual):
    """For residuals that vary slowly compared to the coarsest level's pixels.

    It cannot hold for noise: the more pixels of a block are valid, the closer
    their mean is to 0.
    """
    ratios = cost_by_density(
        build('valid_mean'), RESIDUALS[residual](), (0.05, 0.1, 0.3, 0.6))
    assert ratios == pytest.approx([1] * 4, rel=0.1)


def test_midas_fades_with_density():
    """It divides by pixels, not by pairs, unlike `valid_mean`."""
    ratios = cost_by_density(build('midas'), RESIDUALS['smooth'](), (0.1, 0.5))
    assert ratios == pytest.approx([0.1, 0.5], rel=0.15)


@every_loss
@few
@given(
    shape=st.tuples(st.integers(1, 3), st.just(1), st.integers(9, 40),
                    st.integers(9, 40)),
    seed=st.integers(0, 2**16))
@example(shape=(1, 1, 9, 2000), seed=0)
def test_any_depth_is_finite_and_accurate(name, shape, seed):
    """From a millimetre to ten kilometres in one image."""
    rng = torch.Generator().manual_seed(seed)
    pred, target = 10**torch.empty(2, *shape).uniform_(-3, 4, generator=rng)
    loss = build(name)
    value, grad = value_and_gradient(loss, pred, target)
    assert value.isfinite() and grad.isfinite().all()
    expected, expected_grad = value_and_gradient(
        loss, pred.double(), target.double())
    assert value.item() == pytest.approx(expected.item(), rel=1e-4)
    # rounding may flip the sign of differences near 0
    assert F.cosine_similarity(
        grad.double().flatten(), expected_grad.flatten(), dim=0) > 0.999

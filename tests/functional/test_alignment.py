import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mmdepth_gradloss.functional.alignment import (ALIGNMENTS, FITS,
                                                   least_squares, median_mad,
                                                   median_mad_fit)

BOTH = [least_squares, median_mad]
numbers = st.floats(-50, 50)
factors = st.floats(0.01, 50)


def depth_pair(*shape, density=0.7, seed=0):
    generator = torch.Generator().manual_seed(seed)
    pred, target, noise = torch.rand(
        3, *shape, dtype=torch.float64, generator=generator)
    return pred * 3 - 1, target * 5 + 0.5, noise < density


def test_table():
    assert ALIGNMENTS == dict(
        least_squares=least_squares, median_mad=median_mad)
    assert FITS == dict(
        least_squares=least_squares, median_mad=median_mad_fit)


@given(st.integers(1, 3), st.integers(1, 9), st.integers(2, 9),
       st.integers(0, 99))
def test_least_squares_is_numpy_s_per_image(n, h, w, seed):
    pred, target, valid = depth_pair(n, 1, h, w, seed=seed)
    valid[..., 0, :2] = True  # two points, which fix a line
    fitted, same = least_squares(pred, target, valid)
    assert same is target
    for i in range(n):
        at = valid[i].numpy()
        points = pred[i].numpy()[at]
        design = np.stack([points, np.ones_like(points)], axis=1)
        (scale, shift), *_ = np.linalg.lstsq(
            design, target[i].numpy()[at], rcond=None)
        np.testing.assert_allclose(
            fitted[i].numpy(), scale * pred[i].numpy() + shift, rtol=1e-6,
            atol=1e-6)


@given(st.integers(1, 3), st.integers(1, 9), st.integers(2, 9),
       st.integers(0, 99))
def test_median_mad_is_numpy_s_over_valid_pixels(n, h, w, seed):
    pred, target, valid = depth_pair(n, 1, h, w, seed=seed)
    valid[..., 0, :2] = True
    for before, after in zip((pred, target), median_mad(pred, target, valid)):
        for i in range(n):
            known = before[i].numpy()[valid[i].numpy()]
            # the lower of the two middle ones, as torch has it
            median = np.sort(known)[(len(known) - 1) // 2]
            deviation = np.abs(known - median).mean()
            np.testing.assert_allclose(
                after[i].numpy(), (before[i].numpy() - median) / deviation,
                rtol=1e-12, atol=1e-12)


@given(st.one_of(factors, factors.map(lambda x: -x)), numbers,
       st.integers(0, 99))
def test_least_squares_does_not_see_scale_and_shift(scale, shift, seed):
    pred, target, valid = depth_pair(2, 1, 5, 6, seed=seed)
    expected, _ = least_squares(pred, target, valid)
    actual, _ = least_squares(scale * pred + shift, target, valid)
    torch.testing.assert_close(actual, expected, rtol=1e-8, atol=1e-8)


@given(factors, numbers, factors, numbers, st.integers(0, 99))
def test_median_mad_does_not_see_scale_and_shift(a, b, c, d, seed):
    pred, target, valid = depth_pair(2, 1, 5, 6, seed=seed)
    expected = median_mad(pred, target, valid)
    actual = median_mad(a * pred + b, c * target + d, valid)
    for x, y in zip(actual, expected):
        torch.testing.assert_close(x, y, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize('align', BOTH)
def test_images_do_not_depend_on_one_another(align):
    pred, target, valid = depth_pair(3, 1, 5, 6)
    together = align(pred, target, valid)
    for i in range(3):
        alone = align(pred[i:i + 1], target[i:i + 1], valid[i:i + 1])
        for x, y in zip(alone, together):
            torch.testing.assert_close(x, y[i:i + 1])


@pytest.mark.parametrize('align', BOTH)
@pytest.mark.parametrize('fill', [-1e6, 0.0, 1e6])
def test_values_at_invalid_pixels_do_not_matter(align, fill):
    pred, target, valid = depth_pair(2, 1, 5, 6)
    expected = align(pred, target, valid)
    filled = [
        torch.where(valid, x, fill).requires_grad_() for x in (pred, target)
    ]
    for x, y in zip(align(*filled, valid), expected):
        assert torch.equal(x[valid], y[valid])
        grads = torch.autograd.grad(
            (x[valid]**2).sum(), filled, retain_graph=True, allow_unused=True)
        for grad in grads:
            assert grad is None or not grad[~valid].any()


@pytest.mark.parametrize('align', BOTH)
def test_gradient(align):
    pred, target, valid = depth_pair(2, 1, 4, 5)
    assert torch.autograd.gradcheck(
        lambda p, t: [x * valid for x in align(p, t, valid)],
        (pred.requires_grad_(), target.requires_grad_()),
        fast_mode=True)


@pytest.mark.parametrize('align', BOTH)
@pytest.mark.parametrize('dtype', [torch.float32, torch.float64])
@pytest.mark.parametrize('case', ['constant', 'no valid', 'one valid'])
def test_nothing_to_fit_is_finite(align, dtype, case):
    pred, target, valid = depth_pair(2, 1, 4, 5)
    if case == 'constant':
        pred[0] = 0.3
    else:
        valid[0] = False
        valid[0, 0, 1, 2] = case == 'one valid'
    pred = pred.to(dtype).requires_grad_()
    target = target.to(dtype)
    outputs = align(pred, target, valid)
    assert all(x.isfinite().all() for x in outputs)
    outputs[0].square().sum().backward()
    assert pred.grad.isfinite().all()


def rounded(value, *shape):
    """A constant but for the last digit of float32, of any size."""
    ulps = torch.randint(-2, 3, shape)
    return value * (1 + ulps * torch.finfo(torch.float32).eps)


@pytest.mark.parametrize('value', [1e-9, 3e-4, 1.0, 1e7])
@pytest.mark.parametrize('align', BOTH)
def test_rounding_is_no_relief(align, value):
    _, target, valid = depth_pair(1, 1, 40, 50)
    pred = rounded(value, 1, 1, 40, 50).requires_grad_()
    aligned, aim = align(pred, target.float(), valid)
    middle = aim[valid].mean() if align is least_squares else 0
    assert (aligned[valid] - middle).abs().max() < 1e-4
    aligned.square().sum().backward()
    # at most what a map of this size can change: no rounding divides
    assert pred.grad.abs().max() * value < 1e2


@pytest.mark.parametrize('value', [1e-9, 3e-4, 1.0, 1e7])
@pytest.mark.parametrize('align', BOTH)
@pytest.mark.parametrize('dtype', [torch.float32, torch.float64])
def test_relief_of_any_size_is_seen(align, value, dtype):
    pred, target, valid = depth_pair(1, 1, 40, 50)
    flat = (1 + 1e-3 * pred).to(dtype)
    expected = align(flat, target.to(dtype), valid)
    actual = align(value * flat, target.to(dtype), valid)
    for x, y in zip(actual, expected):
        torch.testing.assert_close(x[valid], y[valid], rtol=1e-2, atol=1e-3)


def test_gradient_at_a_constant_has_its_unit():
    """So a network leaves a constant as fast, whatever its unit.

    Least squares has none there: the fit is the mean, with whatever scale.
    """
    _, target, valid = depth_pair(1, 1, 4, 5)
    grads = []
    for value in (0.3, 3e-7):
        pred = torch.full_like(target, value).requires_grad_()
        aligned, aim = median_mad(pred, target, valid)
        (aligned - aim)[valid].square().sum().backward()
        grads.append(value * pred.grad)
    assert grads[0].any()
    torch.testing.assert_close(grads[1], grads[0], rtol=1e-9, atol=1e-12)


def test_constant_prediction_becomes_the_mean():
    _, target, valid = depth_pair(1, 1, 4, 5)
    fitted, _ = least_squares(torch.full_like(target, 0.3), target, valid)
    torch.testing.assert_close(
        fitted, target[valid].mean().expand_as(fitted))


def test_constant_map_becomes_zero():
    _, target, valid = depth_pair(1, 1, 4, 5)
    pred, _ = median_mad(torch.full_like(target, 0.3), target, valid)
    assert not pred.any()


@given(st.integers(1, 3), st.integers(1, 9), st.integers(2, 9),
       st.integers(0, 99))
def test_median_mad_fit_has_the_target_s_median_and_deviation(n, h, w, seed):
    pred, target, valid = depth_pair(n, 1, h, w, seed=seed)
    valid[..., 0, :2] = True
    fitted, same = median_mad_fit(pred, target, valid)
    assert same is target
    for i in range(n):
        at = valid[i].numpy()
        known, aim = pred[i].numpy()[at], target[i].numpy()[at]
        medians = [np.sort(x)[(len(x) - 1) // 2] for x in (known, aim)]
        scale = (np.abs(aim - medians[1]).mean() /
                 np.abs(known - medians[0]).mean())
        np.testing.assert_allclose(
            fitted[i].numpy(),
            scale * (pred[i].numpy() - medians[0]) + medians[1],
            rtol=1e-9,
            atol=1e-9)


def test_median_mad_fit_of_nothing():
    empty = torch.empty(0, 1, 4, 4)
    fitted, _ = median_mad_fit(empty, empty, empty.bool())
    assert fitted.shape == empty.shape
    pred, target, valid = depth_pair(1, 1, 4, 4, density=0.0)
    assert median_mad_fit(pred, target, valid)[0].isfinite().all()

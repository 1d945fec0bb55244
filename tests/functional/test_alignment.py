import pytest
import torch
from depth_pairs import depth_pair
from hypothesis import given
from hypothesis import strategies as st
from numpy_alignment import BY_NUMPY

from mmdepth_gradloss.functional.alignment import (ALIGNMENTS, FITS,
                                                   least_squares, median_mad,
                                                   median_mad_fit)

every_function = pytest.mark.parametrize(
    'align', [least_squares, median_mad, median_mad_fit])
both_alignments = pytest.mark.parametrize('align', [least_squares, median_mad])
each_dtype = pytest.mark.parametrize('dtype', [torch.float32, torch.float64])
each_size = pytest.mark.parametrize('size', [1e-9, 3e-4, 1.0, 1e7])
factors = st.floats(0.01, 50)


def test_tables():
    assert ALIGNMENTS == dict(
        least_squares=least_squares, median_mad=median_mad)
    assert FITS == dict(
        least_squares=least_squares, median_mad=median_mad_fit)


@every_function
@given(
    st.integers(1, 3), st.integers(1, 9), st.integers(2, 9),
    st.one_of(factors, factors.map(lambda x: -x)), st.floats(-50, 50),
    st.integers(0, 99))
def test_equals_numpy_image_by_image(align, n, h, w, scale, shift, seed):
    pred, target, valid = depth_pair(n, 1, h, w, seed=seed)
    pred = scale * pred + shift
    valid[..., 0, :2] = True  # two points determine a line
    aligned = align(pred, target, valid)
    for i, known in enumerate(valid):
        lines = BY_NUMPY[align.__name__](pred[i][known].numpy(),
                                         target[i][known].numpy())
        for (a, b), before, after in zip(lines, (pred, target), aligned):
            torch.testing.assert_close(
                after[i], a * before[i] + b, rtol=1e-6, atol=1e-6)


@every_function
def test_gradient(align):
    pred, target, valid = depth_pair(2, 1, 4, 5)
    assert torch.autograd.gradcheck(
        lambda p, t: [x * valid for x in align(p, t, valid)],
        (pred.requires_grad_(), target.requires_grad_()), fast_mode=True)


@every_function
@each_dtype
@pytest.mark.parametrize(
    'case', ['constant', 'no valid', 'one valid', 'no image'])
def test_nothing_to_fit_is_finite(align, dtype, case):
    pred, target, valid = depth_pair(0 if case == 'no image' else 2, 1, 4, 5)
    if case == 'constant':
        pred[0] = 0.3
    elif 'valid' in case:
        valid[0] = False
        valid[0, 0, 1, 2] = case == 'one valid'
    pred = pred.to(dtype).requires_grad_()
    outputs = align(pred, target.to(dtype), valid)
    assert all(x.shape == pred.shape and x.isfinite().all() for x in outputs)
    outputs[0].square().sum().backward()
    assert pred.grad.isfinite().all()


def test_constant_prediction_becomes_the_middle():
    _, target, valid = depth_pair(1, 1, 4, 5)
    constant = torch.full_like(target, 0.3)
    fitted, _ = least_squares(constant, target, valid)
    torch.testing.assert_close(
        fitted, target[valid].mean().expand_as(fitted))
    assert not median_mad(constant, target, valid)[0].any()


@each_size
@both_alignments
def test_rounding_is_no_relief(align, size):
    _, target, valid = depth_pair(1, 1, 40, 50)
    # constant except for rounding errors
    ulps = torch.randint(-2, 3, (1, 1, 40, 50))
    pred = size * (1 + ulps * torch.finfo(torch.float32).eps)
    aligned, aim = align(pred.requires_grad_(), target.float(), valid)
    middle = aim[valid].mean() if align is least_squares else 0
    assert (aligned[valid] - middle).abs().max() < 1e-4
    aligned.square().sum().backward()
    # bounded by the scale of the map: rounding errors are not amplified
    assert pred.grad.abs().max() * size < 1e2


@each_size
@both_alignments
@each_dtype
def test_relief_of_any_size_is_seen(align, size, dtype):
    pred, target, valid = depth_pair(1, 1, 40, 50)
    flat = (1 + 1e-3 * pred).to(dtype)
    expected = align(flat, target.to(dtype), valid)
    actual = align(size * flat, target.to(dtype), valid)
    for x, y in zip(actual, expected):
        torch.testing.assert_close(x[valid], y[valid], rtol=1e-2, atol=1e-3)


def test_gradient_at_a_constant_has_its_unit():
    """The unit of a constant prediction does not matter to training.

    Least squares has no gradient there: the fit is the mean at any scale.
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

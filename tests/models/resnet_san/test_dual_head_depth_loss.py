import math
import pickle

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from mmengine.registry import MODELS

from mmdepth_gradloss.models.resnet_san import DualHeadDepthLoss


def maps(*shape, dtype=torch.float64):
    integer = (15 * torch.rand(shape, dtype=dtype)).requires_grad_()
    fraction = torch.rand(shape, dtype=dtype).requires_grad_()
    target = 15 * torch.rand(shape, dtype=dtype)
    target[torch.rand(shape) < 0.4] = 0
    return integer, fraction, target


def expected(integer, fraction, target, valid):
    """The three mean errors in plain numpy."""
    i, f, d = (x.detach().numpy()[valid.numpy()].astype(np.float64)
               for x in (integer, fraction, target))
    whole = np.floor(d)
    return (np.abs(i - whole).mean(), np.abs(f - (d - whole)).mean(),
            np.abs(i + f - d).mean())


@pytest.mark.parametrize('dtype,tolerance', [(torch.float64, 1e-12),
                                             (torch.float32, 1e-5)])
def test_equals_plain_numpy(dtype, tolerance):
    integer, fraction, target = maps(2, 1, 20, 30, dtype=dtype)
    mask = torch.rand(2, 1, 20, 30) < 0.7
    loss = MODELS.build(
        dict(type='DualHeadDepthLoss', loss_weight=2.0, max_depth=12.0))
    value = loss(integer, fraction, target, mask)
    parts = expected(integer, fraction, target,
                     mask & (target > 0) & (target <= 12.0))
    assert [float(x) for x in loss.components.values()] == pytest.approx(
        parts, rel=tolerance)
    assert list(loss.components) == [
        'integer_component', 'fraction_component', 'consistency_component'
    ]
    assert value.item() == pytest.approx(
        2 * (parts[0] + 10 * parts[1] + 0.5 * parts[2]), rel=tolerance)


def test_gradient():
    integer, fraction, target = maps(1, 1, 4, 5)
    assert torch.autograd.gradcheck(DualHeadDepthLoss(),
                                    (integer, fraction, target))


@given(st.floats(0.1, 14.99))
def test_exact_parts_cost_nothing(depth):
    target = torch.full((1, 1, 2, 2), depth, dtype=torch.float64)
    whole = torch.full_like(target, math.floor(depth)).requires_grad_()
    loss = DualHeadDepthLoss()(whole, target - whole.detach(), target)
    loss.backward()
    assert loss.item() < 1e-12 and whole.grad.isfinite().all()


@pytest.mark.parametrize('filler', [0.0, -1.0, math.nan, math.inf])
def test_invalid_pixels_change_nothing(filler):
    loss = DualHeadDepthLoss()
    integer, fraction, target = maps(2, 1, 8, 9)
    clean = loss(integer, fraction, target)
    grads = torch.autograd.grad(clean, (integer, fraction))
    invalid = target == 0
    for tensor in (integer.data, fraction.data, target):
        tensor[invalid] = filler
    dirty = loss(integer, fraction, target)
    assert torch.equal(dirty, clean)
    assert all(
        map(torch.equal, torch.autograd.grad(dirty, (integer, fraction)),
            grads))


def test_no_valid_pixel_costs_nothing_and_stays_connected():
    integer, fraction, target = maps(1, 1, 4, 5)
    loss = DualHeadDepthLoss()(integer, fraction, torch.zeros_like(target))
    loss.backward()
    assert loss.item() == 0
    assert not integer.grad.any() and not fraction.grad.any()


def test_computes_in_float32_under_autocast():
    integer, fraction, target = maps(1, 1, 4, 5, dtype=torch.float32)
    loss = DualHeadDepthLoss()
    with torch.autocast('cpu', dtype=torch.bfloat16):
        value = loss(integer, fraction, target)
        half = loss(integer.bfloat16(), fraction.bfloat16(), target)
    assert value.dtype == half.dtype == torch.float32
    assert torch.equal(value, loss(integer, fraction, target))


def test_shapes_that_do_not_fit_are_named():
    integer, fraction, target = maps(1, 1, 4, 5)
    with pytest.raises(ValueError, match=r'\(1, 1, 4, 4\)'):
        DualHeadDepthLoss()(integer, fraction[..., :4], target)


@pytest.mark.parametrize('name', [
    'integer_weight', 'fraction_weight', 'consistency_weight', 'loss_weight'
])
def test_negative_weight_is_named(name):
    with pytest.raises(ValueError, match=f'{name} must be >= 0, got -1'):
        DualHeadDepthLoss(**{name: -1})


def test_can_be_pickled():
    maps_ = maps(1, 1, 4, 5)
    loss = DualHeadDepthLoss(fraction_weight=3.0)
    assert torch.equal(pickle.loads(pickle.dumps(loss))(*maps_), loss(*maps_))

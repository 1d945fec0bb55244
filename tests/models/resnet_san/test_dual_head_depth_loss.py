import math
import pickle

import numpy as np
import pytest
import torch
from mmengine.registry import MODELS

from mmdepth_gradloss.models.resnet_san import DualHeadDepthLoss


def maps(dtype=torch.float64):
    """Integer and fractional part, and a target with invalid pixels."""
    integer, fraction, target = torch.rand(3, 2, 1, 8, 9, dtype=dtype)
    target[torch.rand(target.shape) < 0.4] = 0
    return ((15 * integer).requires_grad_(), fraction.requires_grad_(),
            15 * target)


@pytest.mark.parametrize('dtype,tolerance', [(torch.float64, 1e-12),
                                             (torch.float32, 1e-5)])
def test_equals_plain_numpy(dtype, tolerance):
    integer, fraction, target = maps(dtype)
    mask = torch.rand(target.shape) < 0.7
    loss = MODELS.build(
        dict(type='DualHeadDepthLoss', loss_weight=2.0, max_depth=12.0))
    value = loss(integer, fraction, target, mask)
    valid = (mask & (target > 0) & (target <= 12.0)).numpy()
    i, f, d = (x.detach().numpy()[valid].astype(np.float64)
               for x in (integer, fraction, target))
    parts = dict(
        integer_component=np.abs(i - np.floor(d)).mean(),
        fraction_component=np.abs(f - d % 1).mean(),
        consistency_component=np.abs(i + f - d).mean())
    assert {name: x.item() for name, x in loss.components.items()
            } == pytest.approx(parts, rel=tolerance)
    assert not any(x.requires_grad for x in loss.components.values())
    assert value.item() == pytest.approx(
        2 * sum(weight * part for weight, part in zip(
            (1, 10, 0.5), parts.values())), rel=tolerance)
    again = pickle.loads(pickle.dumps(loss))
    assert torch.equal(again(integer, fraction, target, mask), value)


def test_gradient():
    assert torch.autograd.gradcheck(DualHeadDepthLoss(), maps())


def test_exact_parts_cost_nothing():
    _, _, target = maps()
    whole = target.floor().requires_grad_()
    loss = DualHeadDepthLoss()(whole, target - whole.detach(), target)
    loss.backward()
    assert loss.item() < 1e-12 and whole.grad.isfinite().all()


@pytest.mark.parametrize('filler', [0.0, -1.0, math.nan, math.inf])
def test_invalid_pixels_change_nothing(filler):
    loss = DualHeadDepthLoss()
    integer, fraction, target = maps()
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
    integer, fraction, target = maps()
    loss = DualHeadDepthLoss()(integer, fraction, torch.zeros_like(target))
    loss.backward()
    assert loss.item() == 0
    assert not integer.grad.any() and not fraction.grad.any()


def test_computes_in_float32_under_autocast():
    integer, fraction, target = maps(torch.float32)
    loss = DualHeadDepthLoss()
    with torch.autocast('cpu', dtype=torch.bfloat16):
        value = loss(integer, fraction, target)
        half = loss(integer.bfloat16(), fraction.bfloat16(), target)
    assert value.dtype == half.dtype == torch.float32
    assert torch.equal(value, loss(integer, fraction, target))


def test_shapes_that_do_not_fit_are_named():
    integer, fraction, target = maps()
    with pytest.raises(ValueError, match=r'\(2, 1, 8, 4\)'):
        DualHeadDepthLoss()(integer, fraction[..., :4], target)


@pytest.mark.parametrize('name', [
    'integer_weight', 'fraction_weight', 'consistency_weight', 'loss_weight'
])
def test_negative_weight_is_named(name):
    with pytest.raises(ValueError, match=f'{name} must be >= 0, got -1'):
        DualHeadDepthLoss(**{name: -1})

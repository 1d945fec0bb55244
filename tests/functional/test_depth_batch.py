"""Maps as a loss is given them, and what is refused."""
from __future__ import annotations

import pytest
import torch

from mmdepth_gradloss.functional import multi_scale_gradient_loss
from mmdepth_gradloss.functional.depth_batch import (as_depth_batch,
                                                     check_image_weight)


@pytest.mark.parametrize('shape', [(2, 5, 7), (2, 1, 5, 7)])
def test_both_come_with_one_channel(shape):
    pred, target = torch.rand(shape), torch.rand(shape)
    for given, batch in zip((pred, target), as_depth_batch(pred, target)):
        assert batch.shape == (2, 1, 5, 7)
        assert torch.equal(batch[:, 0], given.reshape(2, 5, 7))


@pytest.mark.parametrize('given, computed', [
    (torch.float64, torch.float64), (torch.float32, torch.float32),
    (torch.bfloat16, torch.float32), (torch.float16, torch.float32)])
@pytest.mark.parametrize('target', [torch.float64, torch.uint8])
def test_precision_is_that_of_the_prediction_or_better(
        given, computed, target):
    maps = torch.ones(1, 4, 4, dtype=given), torch.ones(1, 4, 4, dtype=target)
    assert {x.dtype for x in as_depth_batch(*maps)} == {computed}


@pytest.mark.parametrize('pred, target', [
    ((2, 4, 4), (2, 1, 4, 4)), ((2, 3, 4, 4), (2, 3, 4, 4)),
    ((4, 4), (4, 4)), ((1, 2, 1, 4, 4), (1, 2, 1, 4, 4)),
    ((2, 1, 4, 4), (2, 1, 4, 5))])
def test_other_shapes_are_named(pred, target):
    with pytest.raises(ValueError) as error:
        as_depth_batch(torch.ones(pred), torch.ones(target))
    assert str(error.value) == (
        'pred and target must both be (N, 1, H, W) or (N, H, W), got '
        f'{pred} and {target}' +
        '; resize the prediction' * (target == (2, 1, 4, 5)))


def test_other_types_are_named():
    depth = torch.ones(1, 4, 4)
    with pytest.raises(TypeError, match=r'^pred must .* got torch.int64$'):
        as_depth_batch(depth.long(), depth)
    with pytest.raises(TypeError, match='^target must .* swapped'):
        as_depth_batch(depth, depth > 0)


def test_one_weight_for_each_image():
    check_image_weight(None, 3)
    check_image_weight(torch.ones(3), 3)
    for weight in (torch.ones(2), torch.ones(3, 1), torch.ones(())):
        with pytest.raises(ValueError) as error:
            check_image_weight(weight, 3)
        assert str(error.value) == (
            'weight must hold one value for each image, shape (3,), got '
            f'{tuple(weight.shape)}')


def test_fast_path_is_the_default():
    pred = torch.rand(1, 8, 8, requires_grad=True)
    loss = multi_scale_gradient_loss(pred, torch.rand(1, 8, 8))
    with pytest.raises(RuntimeError, match='fused=False'):
        torch.autograd.grad(loss, pred, create_graph=True)


def test_plain_path_is_differentiable_twice_and_by_the_image_weights():
    pred = torch.rand(2, 8, 8, dtype=torch.float64, requires_grad=True)
    weight = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    target = torch.rand(2, 8, 8, dtype=torch.float64) + 0.5

    def loss(**options):
        return multi_scale_gradient_loss(
            pred, target, preset='valid_mean', weight=weight, **options)

    grad, = torch.autograd.grad(loss(fused=False), pred, create_graph=True)
    grad.square().sum().backward()
    assert pred.grad.abs().max() > 0
    of_weight, = torch.autograd.grad(loss(), weight)
    each = multi_scale_gradient_loss(
        pred, target, preset='valid_mean', reduction='none')
    torch.testing.assert_close(of_weight, each.detach() / 2)

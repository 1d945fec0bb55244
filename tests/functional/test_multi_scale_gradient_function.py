"""The loss as a function: what it takes, and what it gives."""
from __future__ import annotations

import inspect

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mmdepth_gradloss import MultiScaleGradientLoss, multi_scale_gradient_loss
from mmdepth_gradloss.functional import PRESETS
from mmdepth_gradloss.functional.presets import DEFAULT_PRESET

BY_IMAGE = [
    name for name, formula in PRESETS.items()
    if formula.batch_reduction == 'image'
]


def maps(images=3, height=24, width=33, seed=0):
    generator = torch.Generator().manual_seed(seed)
    pred, target = torch.rand(
        2, images, 1, height, width, generator=generator) * 5 + 0.5
    mask = torch.rand(target.shape, generator=generator) < 0.7
    return pred, target, mask


@pytest.mark.parametrize('preset', PRESETS)
def test_equals_the_module(preset):
    pred, target, mask = maps()
    assert torch.equal(
        multi_scale_gradient_loss(pred, target, mask, preset=preset),
        MultiScaleGradientLoss(preset=preset)(pred, target, mask))


def test_default():
    pred, target, mask = maps()
    assert torch.equal(
        multi_scale_gradient_loss(pred, target, mask),
        multi_scale_gradient_loss(pred, target, mask, preset=DEFAULT_PRESET))


@pytest.mark.parametrize('preset', BY_IMAGE)
@given(st.integers(1, 5), st.integers(0, 99))
def test_images_do_not_depend_on_one_another(preset, images, seed):
    pred, target, mask = maps(images, seed=seed)
    pred.requires_grad_()
    losses = multi_scale_gradient_loss(
        pred, target, mask, preset=preset, reduction='none')
    assert losses.shape == (images, )
    for i, loss in enumerate(losses):
        alone = [x[i:i + 1] for x in (pred, target, mask)]
        assert torch.equal(
            multi_scale_gradient_loss(
                *alone, preset=preset, reduction='none')[0], loss)
    mean = multi_scale_gradient_loss(pred, target, mask, preset=preset)
    torch.testing.assert_close(losses.mean(), mean)
    # an image's loss moves that image alone
    grad, = torch.autograd.grad(losses[0], pred)
    assert grad[0].any() and not grad[1:].any()


@pytest.mark.parametrize('fused', [True, False])
def test_gradient_of_each_image_is_weighted_by_what_comes_in(fused):
    pred, target, mask = maps()
    pred = pred.double().requires_grad_()
    factors = torch.tensor([0.0, 2.0, -3.0], dtype=torch.float64)
    losses = multi_scale_gradient_loss(
        pred, target, mask, preset='valid_mean', reduction='none', fused=fused)
    grad, = torch.autograd.grad(losses, pred, factors)
    for i, factor in enumerate(factors):
        single = pred[i:i + 1].detach().requires_grad_()
        multi_scale_gradient_loss(
            single, target[i:i + 1], mask[i:i + 1],
            preset='valid_mean').backward()
        torch.testing.assert_close(grad[i:i + 1], factor * single.grad)


@pytest.mark.parametrize('preset', sorted(set(PRESETS) - set(BY_IMAGE)))
def test_no_loss_of_each_image_where_a_batch_is_one(preset):
    pred, target, _ = maps()
    with pytest.raises(ValueError, match="give batch_reduction='image'"):
        multi_scale_gradient_loss(
            pred, target, preset=preset, reduction='none')
    losses = multi_scale_gradient_loss(
        pred, target, preset=preset, reduction='none', batch_reduction='image')
    assert losses.shape == (3, )


def test_options_change_the_preset():
    pred, target, mask = maps()
    squared = multi_scale_gradient_loss(
        pred, target, mask, preset='midas', penalty='l2', scales=2)
    module = MultiScaleGradientLoss(preset='midas', penalty='l2', scales=2)
    assert torch.equal(squared, module(pred, target, mask))


def test_range_and_weight():
    pred, target, _ = maps()
    in_range = (target >= 1) & (target <= 4)
    weight = torch.tensor([0.0, 1.0, 2.0])
    limited = multi_scale_gradient_loss(
        pred, target, preset='valid_mean', min_depth=1.0, max_depth=4.0,
        weight=weight)
    losses = multi_scale_gradient_loss(
        pred, target, in_range, preset='valid_mean', reduction='none')
    torch.testing.assert_close(limited, (weight * losses).mean())


def test_half_precision_is_computed_in_float32():
    pred, target, mask = maps()
    pred = pred.bfloat16()
    with torch.autocast('cpu', dtype=torch.bfloat16):
        loss = multi_scale_gradient_loss(pred, target, mask)
    assert torch.equal(loss,
                       multi_scale_gradient_loss(pred.float(), target, mask))


@pytest.mark.parametrize('call', [
    multi_scale_gradient_loss,
    MultiScaleGradientLoss(),
], ids=['function', 'module'])
class TestMistakes:

    def test_misspelt_mask(self, call):
        pred, target, mask = maps()
        with pytest.raises(TypeError, match='maks'):
            call(pred, target, maks=mask)

    @pytest.mark.parametrize('name', ['pred', 'target', 'mask'])
    def test_arrays(self, call, name):
        arguments = dict(zip(('pred', 'target', 'mask'), maps()))
        arguments[name] = arguments[name].numpy()
        with pytest.raises(
                TypeError, match=f'^{name} must be a torch.Tensor, got '
                r'numpy\.ndarray; convert it with torch.from_numpy$'):
            call(**arguments)

    def test_other_types(self, call):
        pred, target, _ = maps()
        with pytest.raises(TypeError, match='mask must.*got builtins.list$'):
            call(pred, target, [True])
        with pytest.raises(TypeError, match='weight must.*got builtins.float'):
            call(pred, target, weight=0.5)
        with pytest.raises(TypeError, match='floating-point.*torch.int64'):
            call(pred.long(), target)

    def test_none_and_swapped(self, call):
        pred, target, mask = maps()
        with pytest.raises(TypeError, match='pred must be a torch.Tensor'):
            call(None, target)
        with pytest.raises(TypeError, match='target must be a torch.Tensor'):
            call(pred, None)
        with pytest.raises(TypeError, match='target and mask swapped'):
            call(pred, mask, target)
        with pytest.raises(TypeError, match='weight must hold real numbers'):
            call(pred, target, weight=torch.ones(3, dtype=torch.complex64))

    def test_shapes(self, call):
        pred, target, _ = maps()
        with pytest.raises(ValueError, match=r'\(3, 1, 24, 33\) and \(3, 24'):
            call(pred, target[:, 0])
        with pytest.raises(ValueError, match=r'\(3, 2, 24, 33\)'):
            call(*(x.expand(-1, 2, -1, -1) for x in (pred, target)))
        with pytest.raises(ValueError, match='mask of shape'):
            call(pred, target, torch.ones(2, 1, 24, 33))
        with pytest.raises(ValueError, match=r'\(3,\), got \(2,\)'):
            call(pred, target, weight=torch.ones(2))


def test_unknown_names_list_the_known():
    pred, target, _ = maps()
    with pytest.raises(ValueError, match="preset 'sparse'; known: depth_pro"):
        multi_scale_gradient_loss(pred, target, preset='sparse')
    with pytest.raises(ValueError, match="reduction 'sum'; known: mean, none"):
        multi_scale_gradient_loss(pred, target, reduction='sum')
    with pytest.raises(
            TypeError, match="'opperator'; known: pred, .*mask, .*operator"):
        multi_scale_gradient_loss(pred, target, opperator='sobel')


def test_options_are_keywords():
    for call, positional in ((multi_scale_gradient_loss,
                              ['pred', 'target', 'mask']),
                             (MultiScaleGradientLoss, ['loss_weight'])):
        parameters = inspect.signature(call).parameters.values()
        assert [p.name for p in parameters
                if p.kind is p.POSITIONAL_OR_KEYWORD] == positional


def test_array_of_bools_is_no_mask_elsewhere_either():
    from mmdepth_gradloss.functional import valid_depth_mask
    with pytest.raises(TypeError, match='mask must be a torch.Tensor'):
        valid_depth_mask(torch.ones(2, 2), np.ones((2, 2), bool))


@pytest.mark.parametrize('limits', [
    dict(min_depth=5, max_depth=1),
    dict(max_depth=-1),
    dict(min_depth=float('nan')),
    dict(min_depth=2.0, max_depth=2.0),
])
def test_range_without_a_depth_is_refused(limits):
    pred, target, _ = maps()
    for call in (lambda: MultiScaleGradientLoss(**limits),
                 lambda: multi_scale_gradient_loss(pred, target, **limits)):
        with pytest.raises(ValueError, match='min_depth must be below'):
            call()


@pytest.mark.parametrize('preset', ['', 0, 'SOBEL'])
def test_preset_that_is_none_is_refused(preset):
    with pytest.raises(ValueError, match='unknown preset'):
        MultiScaleGradientLoss(preset=preset)

"""The loss as a function: arguments and results."""
import inspect

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mmdepth_gradloss import MultiScaleGradientLoss, multi_scale_gradient_loss
from mmdepth_gradloss.functional import PRESETS

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


@pytest.mark.parametrize('options', [
    {}, *(dict(preset=preset) for preset in PRESETS),
    dict(preset='midas', penalty='l2', scales=2)])
def test_equals_the_module(options):
    assert torch.equal(
        multi_scale_gradient_loss(*maps(), **options),
        MultiScaleGradientLoss(**options)(*maps()))


@pytest.mark.parametrize('preset', BY_IMAGE)
@given(st.integers(1, 5), st.integers(0, 99))
def test_images_do_not_depend_on_one_another(preset, images, seed):
    pred, target, mask = maps(images, seed=seed)
    losses = multi_scale_gradient_loss(
        pred.requires_grad_(), target, mask, preset=preset, reduction='none')
    assert losses.shape == (images, )
    for i, loss in enumerate(losses):
        alone = (x[i:i + 1] for x in (pred, target, mask))
        assert torch.equal(loss[None], multi_scale_gradient_loss(
            *alone, preset=preset, reduction='none'))
    mean = multi_scale_gradient_loss(pred, target, mask, preset=preset)
    torch.testing.assert_close(losses.mean(), mean)
    # the loss of an image depends on that image only
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
    options = dict(preset=preset, reduction='none')
    with pytest.raises(ValueError, match="set batch_reduction='image'"):
        multi_scale_gradient_loss(*maps(), **options)
    losses = multi_scale_gradient_loss(
        *maps(), batch_reduction='image', **options)
    assert losses.shape == (3, )


def test_range_and_weight():
    pred, target, _ = maps()
    weight = torch.tensor([0.0, 1.0, 2.0])
    limited = multi_scale_gradient_loss(
        pred, target, preset='valid_mean', min_depth=1.0, max_depth=4.0,
        weight=weight)
    losses = multi_scale_gradient_loss(
        pred, target, (target >= 1) & (target <= 4), preset='valid_mean',
        reduction='none')
    torch.testing.assert_close(limited, (weight * losses).mean())


def test_half_precision_is_computed_in_float32():
    pred, target, mask = maps()
    pred = pred.bfloat16()
    expected = multi_scale_gradient_loss(pred.float(), target, mask)
    with torch.autocast('cpu', dtype=torch.bfloat16):
        assert torch.equal(
            multi_scale_gradient_loss(pred, target, mask), expected)


def test_plain_path_alone_is_differentiable_twice():
    pred, target, mask = maps()
    pred.requires_grad_()
    loss = multi_scale_gradient_loss(pred, target, mask)
    with pytest.raises(RuntimeError, match='fused=False'):
        torch.autograd.grad(loss, pred, create_graph=True)
    loss = multi_scale_gradient_loss(
        pred, target, mask, preset='valid_mean', fused=False)
    grad, = torch.autograd.grad(loss, pred, create_graph=True)
    grad.square().sum().backward()
    assert pred.grad.any()


# Mistakes

both_calls = pytest.mark.parametrize('call', [
    multi_scale_gradient_loss,
    lambda *args, **kwargs: MultiScaleGradientLoss()(*args, **kwargs),
], ids=['function', 'module'])


@both_calls
@pytest.mark.parametrize('wrong,error,message', [
    (lambda p, t, m: dict(maks=m), TypeError, 'maks'),
    *((lambda p, t, m, name=name, i=i: {name: (p, t, m)[i].numpy()}, TypeError,
       f'^{name} must be a torch.Tensor, got '
       r'numpy\.ndarray; convert it with torch.from_numpy$')
      for i, name in enumerate(('pred', 'target', 'mask'))),
    (lambda p, t, m: dict(mask=[True]), TypeError,
     'mask must.*got builtins.list$'),
    (lambda p, t, m: dict(weight=0.5), TypeError,
     'weight must.*got builtins.float'),
    (lambda p, t, m: dict(pred=p.long()), TypeError,
     '^pred must hold floating-point.*torch.int64'),
    (lambda p, t, m: dict(pred=None), TypeError,
     'pred must be a torch.Tensor'),
    (lambda p, t, m: dict(target=None), TypeError,
     'target must be a torch.Tensor'),
    (lambda p, t, m: dict(target=m, mask=t), TypeError,
     'target and mask swapped'),
    (lambda p, t, m: dict(weight=torch.ones(3, dtype=torch.complex64)),
     TypeError, 'weight must hold real numbers'),
    (lambda p, t, m: dict(target=t[:, 0]), ValueError,
     r'\(3, 1, 24, 33\) and \(3, 24'),
    (lambda p, t, m: dict(mask=m[:2]), ValueError, 'mask of shape'),
    (lambda p, t, m: dict(weight=torch.ones(2)), ValueError,
     r'\(3,\), got \(2,\)'),
])
def test_wrong_arguments_are_named(call, wrong, error, message):
    arguments = dict(zip(('pred', 'target', 'mask'), maps()))
    with pytest.raises(error, match=message):
        call(**arguments | wrong(*maps()))


@pytest.mark.parametrize('options,error,message', [
    (dict(preset='sparse'), ValueError, "preset 'sparse'; known: depth_pro"),
    (dict(reduction='sum'), ValueError,
     "reduction 'sum'; known: mean, none"),
    (dict(opperator='sobel'), TypeError,
     "'opperator'; known: pred, .*mask, .*operator"),
    (dict(min_depth=5, max_depth=1), ValueError, 'min_depth must be below'),
])
def test_wrong_options_are_named(options, error, message):
    with pytest.raises(error, match=message):
        multi_scale_gradient_loss(*maps(), **options)


@pytest.mark.parametrize('call,positional', [
    (multi_scale_gradient_loss, ['pred', 'target', 'mask']),
    (MultiScaleGradientLoss, ['loss_weight'])])
def test_options_are_keywords(call, positional):
    parameters = inspect.signature(call).parameters.values()
    assert [p.name for p in parameters
            if p.kind is p.POSITIONAL_OR_KEYWORD] == positional

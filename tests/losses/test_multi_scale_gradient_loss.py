import copy
import functools
import pickle
from dataclasses import replace

import pytest
import torch
from gradient_cases import LOSSES, depth_pair, relative, value_and_gradient
from mmengine.config import Config
from mmengine.registry import MODELS

from mmdepth_gradloss.functional.presets import DEFAULT_PRESET, PRESETS
from mmdepth_gradloss.losses import MultiScaleGradientLoss

# preset -> name in the reference values
REFERENCES = {
    'packnet_san': 'packnet_san_gradient',
    'g2_monodepth': 'g2_monodepth',
    'midas': 'midas',
    'megadepth': 'megadepth',
}
both_paths = pytest.mark.parametrize('fused', [True, False])


def small_maps(n=2):
    return torch.rand(2, n, 1, 16, 16) + 0.5


@pytest.mark.parametrize('preset', REFERENCES)
@both_paths
@pytest.mark.parametrize('dtype,tolerance', [
    (torch.float64, 1e-9), (torch.float32, 1e-5)])
def test_equals_the_published_code(gradient_references, preset, fused, dtype,
                                   tolerance):
    pred, target, mask, expected_value, expected_grad = (
        torch.tensor(gradient_references[f'half/{key}'])
        for key in ('pred', 'target', 'mask', f'{REFERENCES[preset]}/loss',
                    f'{REFERENCES[preset]}/grad'))
    value, grad = value_and_gradient(
        MultiScaleGradientLoss(preset=preset, fused=fused), pred.to(dtype),
        target.to(dtype).where(mask, torch.nan), mask)
    assert value.dtype == dtype
    assert relative(value, expected_value) < tolerance
    assert relative(grad, expected_grad) < tolerance


def test_defaults():
    loss = MultiScaleGradientLoss()
    assert loss.preset == DEFAULT_PRESET
    assert loss.formula == PRESETS[DEFAULT_PRESET]
    assert loss.loss_weight == 1.0 and loss.loss_name == 'loss_gradient'


@pytest.mark.parametrize('preset', PRESETS)
@pytest.mark.parametrize('argument,values', [
    ('scales', (2, 3)),
    ('operator', ('scharr', 'laplace')),
    ('pyramid', ('gaussian', 'area')),
    ('domain', ('log', 'inverse')),
    ('depth_offset', (0.0, 0.5)),
    ('alignment', ('least_squares', 'median_mad')),
    ('mask_policy', ('support', 'center')),
    ('penalty', ('l2', 'charbonnier')),
    ('normalizer', ('pixels', 'full_pixels')),
    ('level_reduction', ('mean', 'sum')),
    ('batch_reduction', ('batch', 'image')),
])
def test_arguments_override_the_preset(preset, argument, values):
    """One argument at a time; two values, because one may be the preset's."""
    # compatible with every value
    common = dict(
        scales=4, operator='sobel', pyramid='area', domain='log',
        normalizer='pixels')
    for value in values:
        arguments = common | {argument: value}
        loss = MultiScaleGradientLoss(preset=preset, **arguments)
        assert loss.formula == replace(PRESETS[preset], **arguments)


@pytest.mark.parametrize('scales', [(1, 2, 4, 6), [1, 2, 4, 6]])
def test_builds_from_a_config(scales):
    loss = MODELS.build(Config(dict(loss=dict(
        type='MultiScaleGradientLoss', preset='midas', scales=scales,
        loss_weight=0.3))).loss)
    assert loss.formula == replace(PRESETS['midas'], scales=(1, 2, 4, 6))
    assert loss.loss_weight == 0.3


def test_call_of_mmsegmentation_s_depth_head():
    loss = MultiScaleGradientLoss(0.5, loss_name='loss_x')
    pred, target = small_maps()
    plain = loss(pred, target)
    assert torch.equal(
        plain, loss(pred, target, weight=None, ignore_index=255))
    assert torch.equal(plain, loss(pred[:, 0], target[:, 0]))
    assert loss.loss_name == 'loss_x'
    with pytest.raises(AttributeError):
        loss.loss_name = 'gradient'


@pytest.mark.parametrize('limits,ignore_index,kept', [
    (dict(min_depth=2.0), None, [2.0, 9.0]),
    (dict(max_depth=2.0), None, [1.0, 2.0]),
    ({}, 9, [1.0, 2.0]),
    ({}, None, [1.0, 2.0, 9.0]),
])
def test_ground_truth_out_of_range_is_dropped(limits, ignore_index, kept):
    target = torch.tensor([1.0, 2.0, 9.0]).repeat(6, 4)[None, None]
    pred = target + torch.rand(target.shape)
    mask = sum(target == x for x in kept).bool()
    value = MultiScaleGradientLoss(**limits)(
        pred, target, ignore_index=ignore_index)
    assert value == MultiScaleGradientLoss()(pred, target, mask) > 0


def test_component_is_unweighted_and_detached():
    loss = MultiScaleGradientLoss(loss_weight=0.25)
    pred, target = small_maps()
    value = loss(pred.requires_grad_(), target)
    component = loss.components['gradient_component']
    assert component.item() * 0.25 == pytest.approx(value.item())
    assert not component.requires_grad


@both_paths
@pytest.mark.parametrize('options,clamped', [
    (dict(domain='log'), 2),
    (dict(domain='inverse'), 2),
    (dict(domain='log', depth_offset=0.5), 1),
    (dict(domain='linear'), None),
    (dict(domain='log', alignment='median_mad'), None),
])
def test_predictions_without_gradient_are_counted(options, clamped, fused):
    target = torch.rand(1, 1, 16, 16) + 0.5
    pred = target + 0.3
    pred[0, 0, 4, 4], pred[0, 0, 7, 8], pred[0, 0, 9, 9] = 0.0, -2.0, -3.0
    mask = torch.ones_like(target)
    mask[0, 0, 9, 9] = 0
    loss = MultiScaleGradientLoss(fused=fused, **options)
    value, grad = value_and_gradient(loss, pred, target, mask)
    assert value.isfinite()
    count = loss.components.get('clamped_predictions')
    assert clamped == (None if count is None else count.item())
    without = {(4, 4): 2, (7, 8): 1}  # pixel -> count that clamps it
    for at, least in without.items():
        assert bool(grad[0, 0][at]) == (clamped is None or clamped < least)


@pytest.mark.parametrize('dtype', [torch.float16, torch.bfloat16])
@pytest.mark.parametrize('preset', PRESETS)
def test_half_precision_prediction_is_computed_in_float32(preset, dtype):
    pred, target = small_maps(1)
    pred = pred.to(dtype)
    loss = MultiScaleGradientLoss(preset=preset)
    expected, expected_grad = value_and_gradient(loss, pred.float(), target)
    with torch.autocast('cpu', torch.bfloat16):
        value, grad = value_and_gradient(loss, pred, target)
    assert value.dtype == torch.float32
    assert torch.equal(value, expected)
    assert torch.equal(grad, expected_grad.to(dtype))


@pytest.mark.parametrize('arguments,message', [
    (dict(preset='packnet'), "unknown preset 'packnet'; known: .*packnet_san"),
    *((dict(preset=preset), 'unknown preset') for preset in ('', 0, 'SOBEL')),
    (dict(loss_weight=-0.1), 'loss_weight must be >= 0, got -0.1'),
    (dict(min_depth=5.0, max_depth=2.0), 'must be below max_depth'),
    (dict(domain='log', depth_offset=-0.1), 'must be >= 0, got -0.1'),
    (dict(preset='megadepth', domain='linear'), 'depth_offset changes'),
    (dict(preset='megadepth', pyramid='area'), 'powers of two .* got 6'),
    (dict(preset='valid_mean', pyramid='bilinear'), "use 'area', 'gaussian'"),
    (dict(preset='midas', mask_policy='center'), "use 'support'"),
])
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        MultiScaleGradientLoss(**arguments)


@pytest.mark.parametrize('name', LOSSES)
@both_paths
def test_weight_0_touches_only_its_own_images(name, fused):
    maps = depth_pair((3, 1, 32, 48), 0.8)
    loss = MultiScaleGradientLoss(**LOSSES[name], fused=fused)
    _, expected = value_and_gradient(loss, *maps)
    _, grad = value_and_gradient(
        functools.partial(loss, weight=torch.tensor([1.0, 0.0, 1.0])), *maps)
    assert all(expected.flatten(1).any(1)) and not grad[1].any()
    assert torch.equal(grad[::2], expected[::2])


@pytest.mark.parametrize('preset', PRESETS)
def test_copies_compute_the_same(preset):
    loss = MultiScaleGradientLoss(preset=preset, loss_weight=0.3, scales=2)
    pred, target = small_maps()
    value = loss(pred.requires_grad_(), target)  # sets a component
    assert not loss.state_dict() and not list(loss.parameters())
    for clone in (pickle.loads(pickle.dumps(loss)), copy.deepcopy(loss)):
        assert clone.formula == loss.formula
        assert torch.equal(clone(pred, target), value)


def test_representation_tells_every_option():
    text = repr(MultiScaleGradientLoss(
        preset='megadepth', loss_weight=0.3, depth_offset=0.0))
    for option in ("preset='megadepth'", 'loss_weight=0.3',
                   'scales=(1, 2, 4, 6)', 'depth_offset=0.0',
                   "operator='central'", "batch_reduction='image'"):
        assert option in text

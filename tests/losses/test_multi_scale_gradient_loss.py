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

# preset -> name that the reference values have
REFERENCES = {
    'packnet_san': 'packnet_san_gradient',
    'g2_monodepth': 'g2_monodepth',
    'midas': 'midas',
    'megadepth': 'megadepth',
}


@pytest.mark.parametrize('preset', REFERENCES)
@pytest.mark.parametrize('fused', [True, False])
@pytest.mark.parametrize('dtype,tolerance', [(torch.float64, 1e-9),
                                             (torch.float32, 1e-5)])
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
    assert loss.loss_weight == 1.0
    assert loss.loss_name == 'loss_gradient'


@pytest.mark.parametrize('preset', PRESETS)
def test_preset_alone_is_its_formula(preset):
    assert MultiScaleGradientLoss(preset=preset).formula == PRESETS[preset]


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
    """One at a time; two values, as one may be what the preset has."""
    # with which every value makes sense
    common = dict(
        scales=4, operator='sobel', pyramid='area', domain='log',
        normalizer='pixels')
    for value in values:
        arguments = common | {argument: value}
        loss = MultiScaleGradientLoss(preset=preset, **arguments)
        assert loss.formula == replace(PRESETS[preset], **arguments)
        assert getattr(loss.formula, argument) == value


def test_overridden_option_changes_the_loss():
    pred, target = torch.rand(2, 1, 1, 16, 16) + 0.5
    log = MultiScaleGradientLoss(domain='log')
    expected = MultiScaleGradientLoss()(pred.log() + 9, target.log() + 9)
    assert log(pred, target).item() == pytest.approx(expected.item(), rel=1e-5)


def test_float64_is_not_rounded_on_the_way():
    pred, target = torch.rand(2, 3, 1, 24, 24, dtype=torch.float64) + 0.5
    mean, total = (
        MultiScaleGradientLoss(
            preset='depth_pro', scales=3, level_reduction=reduction)(
                pred, target).item() for reduction in ('mean', 'sum'))
    assert mean == pytest.approx(total / 3, rel=1e-14)


@pytest.mark.parametrize('scales', [(1, 2, 4, 6), [1, 2, 4, 6]])
def test_builds_from_a_config(scales):
    cfg = Config(dict(
        loss=dict(
            type='MultiScaleGradientLoss', preset='midas', scales=scales,
            loss_weight=0.3)))
    loss = MODELS.build(cfg.loss)
    assert loss.formula.factors == (1, 2, 4, 6)
    assert loss.loss_weight == 0.3
    pred, target = torch.rand(2, 1, 1, 16, 16) + 0.5
    each = [
        MultiScaleGradientLoss(preset='midas', scales=(factor, ))(
            pred, target).item() for factor in (1, 2, 4, 6)
    ]
    assert loss(pred, target).item() == pytest.approx(0.3 * sum(each))


def test_call_of_mmsegmentation_s_depth_head():
    loss = MODELS.build(
        dict(
            type='MultiScaleGradientLoss',
            loss_weight=0.5,
            loss_name='loss_x'))
    pred, target = torch.rand(2, 2, 1, 16, 16) + 0.5
    plain = loss(pred, target)
    assert torch.equal(plain, loss(pred, target, weight=None,
                                   ignore_index=255))
    assert torch.equal(plain, loss(pred[:, 0], target[:, 0]))
    assert loss.loss_name == 'loss_x'


def test_ignore_index_and_range_are_masks():
    loss = MultiScaleGradientLoss(max_depth=10.0)
    pred, target = torch.rand(2, 2, 1, 16, 16) + 0.5
    holes = torch.rand(2, 1, 16, 16) < 0.3
    expected = loss(pred, target, mask=~holes)
    assert torch.equal(expected, loss(pred, target.where(~holes, 11)))
    assert torch.equal(
        expected, loss(pred, target.where(~holes, 9), ignore_index=9))


def test_component_is_unweighted_and_detached():
    loss = MultiScaleGradientLoss(loss_weight=0.25)
    pred = torch.rand(1, 1, 16, 16, requires_grad=True)
    value = loss(pred, torch.rand(1, 1, 16, 16))
    component = loss.components['gradient_component']
    assert component.item() * 0.25 == pytest.approx(value.item())
    assert not component.requires_grad


@pytest.mark.parametrize('fused', [True, False])
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
    without = {(4, 4): 2, (7, 8): 1}  # by the count from which they have none
    for at, least in without.items():
        assert bool(grad[0, 0][at]) == (clamped is None or clamped < least)


@pytest.mark.parametrize('dtype', [torch.float16, torch.bfloat16])
@pytest.mark.parametrize('preset', PRESETS)
def test_half_precision_prediction_is_computed_in_float32(preset, dtype):
    pred, target = torch.rand(2, 1, 1, 16, 16) + 0.5
    pred = pred.to(dtype)
    loss = MultiScaleGradientLoss(preset=preset)
    expected, expected_grad = value_and_gradient(loss, pred.float(), target)
    with torch.autocast('cpu', torch.bfloat16):
        value, grad = value_and_gradient(loss, pred, target)
    assert value.dtype == torch.float32
    assert torch.equal(value, expected)
    assert torch.equal(grad, expected_grad.to(dtype))


@pytest.mark.parametrize('pred,target', [
    ((2, 1, 8, 8), (2, 8, 8)),
    ((2, 1, 8, 8), (2, 1, 8, 9)),
    ((2, 3, 8, 8), (2, 3, 8, 8)),
    ((8, 8), (8, 8)),
])
def test_both_wrong_shapes_are_named(pred, target):
    with pytest.raises(ValueError) as error:
        MultiScaleGradientLoss()(torch.rand(*pred), torch.rand(*target))
    assert str(pred) in str(error.value) and str(target) in str(error.value)


@pytest.mark.parametrize('argument,value,message', [
    ('preset', 'packnet', "unknown preset 'packnet'; known: .*packnet_san"),
    ('operator', 'roberts', "unknown operator 'roberts'; known: .*sobel"),
    ('pyramid', 'cubic', "unknown pyramid 'cubic'; known: .*bilinear"),
    ('domain', 'sqrt', "unknown domain 'sqrt'; known: .*linear"),
    ('alignment', 'mean', "unknown alignment 'mean'; known: .*median_mad"),
    ('mask_policy', 'all', "unknown mask_policy 'all'; known: .*center"),
    ('penalty', 'huber', "unknown penalty 'huber'; known: .*l1"),
    ('normalizer', 'none', "unknown normalizer 'none'; known: .*windows"),
    ('level_reduction', 'max', "unknown level_reduction 'max'; known: mean"),
    ('batch_reduction', 'sum', "unknown batch_reduction 'sum'; known: batch"),
    ('scales', 0, 'scales must be .*, got 0'),
    ('scales', (1, 4, 2), r'scales must be .*, got \(1, 4, 2\)'),
    ('scales', [], r'scales must be .*, got \[\]'),
    ('scales', (1, 3), 'even factors, got 3'),
    ('loss_weight', -0.1, 'loss_weight must be >= 0, got -0.1'),
])
def test_bad_arguments_are_named(argument, value, message):
    with pytest.raises(ValueError, match=message):
        MultiScaleGradientLoss(**{argument: value})


@pytest.mark.parametrize('arguments,message', [
    (dict(mask_policy='support'), "pyramid='bilinear' mixes pixels"),
    (dict(operator='forward'), "operator='forward' have none; use 'support'"),
    (dict(mask_policy='every'), "normalizer='windows' divides by"),
    (dict(depth_offset=0.1), "changes nothing in domain='linear'"),
    (dict(domain='log', depth_offset=-0.1), 'must be >= 0, got -0.1'),
    (dict(preset='megadepth', domain='linear'), 'depth_offset changes'),
    (dict(preset='megadepth', pyramid='area'), 'powers of two .* got 6'),
    (dict(preset='valid_mean', pyramid='bilinear'), "use 'area', 'gaussian'"),
    (dict(preset='midas', mask_policy='center'), "use 'support'"),
])
def test_options_that_make_no_sense_together_are_explained(
        arguments, message):
    with pytest.raises(ValueError, match=message):
        MultiScaleGradientLoss(**arguments)


def test_weight_of_wrong_shape_is_refused():
    with pytest.raises(ValueError, match=r'\(2,\), got \(2, 1\)'):
        MultiScaleGradientLoss()(
            torch.rand(2, 1, 8, 8),
            torch.rand(2, 1, 8, 8),
            weight=torch.ones(2, 1))


@pytest.mark.parametrize('name', LOSSES)
@pytest.mark.parametrize('fused', [True, False])
def test_weight_0_touches_only_its_own_images(name, fused):
    pred, target, mask = depth_pair((3, 1, 32, 48), 0.8)
    loss = MultiScaleGradientLoss(**LOSSES[name], fused=fused)
    _, expected = value_and_gradient(loss, pred, target, mask)
    _, grad = value_and_gradient(
        functools.partial(loss, weight=torch.tensor([1.0, 0.0, 1.0])), pred,
        target, mask)
    assert all(expected.flatten(1).any(1)) and not grad[1].any()
    assert torch.equal(grad[::2], expected[::2])


@pytest.mark.parametrize('preset', PRESETS)
def test_copies_compute_the_same(preset):
    loss = MultiScaleGradientLoss(preset=preset, loss_weight=0.3, scales=2)
    pred, target = torch.rand(2, 2, 1, 16, 16) + 0.5
    value = loss(pred.requires_grad_(), target)  # leaves a component behind
    for clone in (pickle.loads(pickle.dumps(loss)), copy.deepcopy(loss)):
        assert clone.formula == loss.formula
        assert torch.equal(clone(pred, target), value)


def test_holds_no_state():
    loss = MultiScaleGradientLoss()
    loss(*torch.rand(2, 1, 1, 16, 16))
    assert not loss.state_dict()
    assert not list(loss.parameters())


def test_representation_tells_every_option():
    loss = MultiScaleGradientLoss(
        preset='megadepth', loss_weight=0.3, depth_offset=0.0)
    text = repr(loss)
    for option in ("preset='megadepth'", 'loss_weight=0.3',
                   'scales=(1, 2, 4, 6)', 'depth_offset=0.0',
                   "operator='central'", "batch_reduction='image'"):
        assert option in text


def test_fused_and_plain_are_what_they_are_called():
    pred, target = torch.rand(2, 1, 1, 16, 16) + 0.5
    names = [
        type(
            MultiScaleGradientLoss(fused=fused).compute(
                pred.requires_grad_(), target, target > 0,
                None).grad_fn).__name__.replace('_', '').lower()
        for fused in (True, False)
    ]
    assert 'gradientloss' in names[0]
    assert 'gradientloss' not in names[1]


@pytest.mark.parametrize('limits,kept', [
    (dict(min_depth=2.0), [2.0, 9.0]), (dict(max_depth=2.0), [1.0, 2.0]),
    (dict(), [1.0, 2.0, 9.0])])
def test_ground_truth_out_of_range_is_dropped(limits, kept):
    target = torch.tensor([1.0, 2.0, 9.0]).repeat(6, 4)[None, None]
    pred = target + torch.rand(target.shape)
    mask = sum(target == x for x in kept).bool()
    given, masked = (
        MultiScaleGradientLoss(mask_policy='center', **x)(pred, target, y)
        for x, y in ((limits, None), ({}, mask)))
    assert given == masked and given > 0


def test_empty_range_of_ground_truth_is_refused():
    with pytest.raises(ValueError, match='must be below max_depth'):
        MultiScaleGradientLoss(min_depth=5.0, max_depth=2.0)


@pytest.mark.parametrize('dtype', [torch.float32, torch.float64])
def test_loss_has_the_type_of_the_prediction(dtype):
    pred = torch.rand(1, 1, 8, 8, dtype=dtype)
    assert MultiScaleGradientLoss(loss_weight=0.1)(pred,
                                                   pred + 1).dtype == dtype

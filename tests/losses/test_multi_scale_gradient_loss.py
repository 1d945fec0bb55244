import pickle

import numpy as np
import pytest
import torch
from mmengine.registry import MODELS

from mmdepth_gradloss.losses import MultiScaleGradientLoss

CASES = ('dense', 'holes', 'half', 'lidar')


def relative(actual, expected):
    return ((actual.double() - expected).abs().max() /
            expected.abs().max()).item()


@pytest.mark.parametrize('case', CASES)
@pytest.mark.parametrize('dtype,tolerance', [(torch.float64, 1e-9),
                                             (torch.float32, 1e-5)])
def test_packnet_san_equals_the_published_code(samples, case, dtype,
                                               tolerance):
    values = np.load(samples / 'reference' / 'gradient_losses.npz')
    mask = torch.tensor(values[f'{case}/mask'])
    pred = torch.tensor(values[f'{case}/pred']).to(dtype).requires_grad_()
    target = torch.tensor(values[f'{case}/target']).to(dtype)
    loss = MultiScaleGradientLoss(preset='packnet_san')(
        pred, target.where(mask, torch.nan), mask)
    loss.backward()
    name = f'{case}/packnet_san_gradient'
    expected = torch.tensor(values[f'{name}/loss'])
    assert relative(loss.detach(), expected) < tolerance
    assert relative(pred.grad, torch.tensor(
        values[f'{name}/grad'])) < tolerance


def test_default_is_packnet_san():
    loss = MultiScaleGradientLoss()
    assert loss.preset == 'packnet_san'
    assert loss.options == dict(
        scales=4,
        operator='sobel',
        pyramid='bilinear',
        domain='linear',
        mask_policy='center',
        penalty='l1')
    assert loss.loss_weight == 1.0
    assert loss.loss_name == 'loss_gradient'


def test_arguments_override_the_preset():
    loss = MultiScaleGradientLoss(preset='packnet_san', domain='log', scales=2)
    assert loss.options['domain'] == 'log'
    assert loss.options['scales'] == 2
    assert loss.options['operator'] == 'sobel'


def test_call_of_mmsegmentation_s_depth_head():
    loss = MODELS.build(
        dict(type='MultiScaleGradientLoss', loss_weight=0.5, loss_name='x'))
    pred, target = torch.rand(2, 2, 1, 16, 16) + 0.5
    plain = loss(pred, target)
    assert torch.equal(plain, loss(pred, target, weight=None,
                                   ignore_index=255))
    assert torch.equal(plain, loss(pred[:, 0], target[:, 0]))
    assert loss.loss_name == 'x'


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


def test_half_precision_prediction_is_computed_in_float32():
    pred, target = torch.rand(2, 1, 1, 16, 16) + 0.5
    pred = pred.bfloat16()
    loss = MultiScaleGradientLoss()
    with torch.autocast('cpu', torch.bfloat16):
        value = loss(pred, target)
    assert value.dtype == torch.float32
    assert torch.equal(value, loss(pred.float(), target))


def test_nan_at_a_valid_pixel_is_not_hidden():
    pred, target = torch.rand(2, 1, 1, 16, 16) + 0.5
    pred[0, 0, 8, 8] = torch.nan
    assert MultiScaleGradientLoss()(pred, target).isnan()


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


def test_empty_range_is_refused():
    with pytest.raises(ValueError, match='got 10 and 1'):
        MultiScaleGradientLoss(min_depth=10, max_depth=1)


@pytest.mark.parametrize('argument,value,message', [
    ('preset', 'packnet', "unknown preset 'packnet'; known: .*packnet_san"),
    ('operator', 'roberts', "unknown operator 'roberts'; known: .*sobel"),
    ('pyramid', 'cubic', "unknown pyramid 'cubic'; known: .*bilinear"),
    ('domain', 'sqrt', "unknown domain 'sqrt'; known: .*linear"),
    ('mask_policy', 'all', "unknown mask_policy 'all'; known: .*center"),
    ('penalty', 'huber', "unknown penalty 'huber'; known: .*l1"),
    ('scales', 0, 'scales must be an int >= 1, got 0'),
    ('loss_weight', -0.1, 'loss_weight must be >= 0, got -0.1'),
])
def test_bad_arguments_are_named(argument, value, message):
    with pytest.raises(ValueError, match=message):
        MultiScaleGradientLoss(**{argument: value})


def test_weight_of_wrong_shape_is_refused():
    with pytest.raises(ValueError, match=r'\(2,\), got \(2, 1\)'):
        MultiScaleGradientLoss()(
            torch.rand(2, 1, 8, 8),
            torch.rand(2, 1, 8, 8),
            weight=torch.ones(2, 1))


def test_holds_no_state_and_pickles():
    loss = MultiScaleGradientLoss()
    assert not loss.state_dict()
    pickle.loads(pickle.dumps(loss))

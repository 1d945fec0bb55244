import math
import pickle

import numpy as np
import pytest
import torch
from gradient_cases import relative, value_and_gradient

from mmdepth_gradloss.functional import GradientFormula, silog_loss, ssi_loss
from mmdepth_gradloss.functional.presets import PRESETS
from mmdepth_gradloss.losses import MultiScaleGradientLoss, SSISilogLoss

STRATEGY = dict(
    ssi_weight=0.4, silog_weight=0.4, gradient_weight=0.2, min_depth=0.1,
    max_depth=15.0)
both_domains = pytest.mark.parametrize('input_domain', ['inverse', 'depth'])


def inverse_pair(*shape):
    return torch.rand(2, *shape or (2, 1, 17, 23)) * 0.1 + 0.01


@both_domains
@pytest.mark.parametrize('dtype,tolerance', [
    (torch.float64, 1e-9), (torch.float32, 1e-5)])
def test_equals_the_published_code(gradient_references, input_domain, dtype,
                                   tolerance):
    def reference(key):
        return torch.tensor(gradient_references[f'half/{key}'])

    module = SSISilogLoss(input_domain=input_domain, **STRATEGY)

    def call(pred, target, mask):
        if input_domain == 'inverse':
            pred, target = 1 / pred, 1 / target
        return module(pred, target, mask)

    loss, grad = value_and_gradient(
        call, reference('pred').to(dtype), reference('target').to(dtype),
        reference('mask'))
    assert relative(loss, reference('packnet_san/loss')) < tolerance
    assert relative(grad, reference('packnet_san/grad')) < tolerance
    for name in ('ssi_component', 'silog_component', 'gradient_component'):
        assert relative(module.components[name],
                        reference(f'packnet_san/{name}')) < tolerance
    assert module.components['clamped_predictions'] == 0


def test_weight_zero_is_ssi_and_silog_to_the_last_bit():
    pred, target = inverse_pair()
    valid = torch.ones_like(target, dtype=torch.bool)

    def old(pred, target, _):
        return (0.4 * ssi_loss(pred, target, valid) +
                0.4 * silog_loss(1 / pred, 1 / target, valid))

    module = SSISilogLoss(
        ssi_weight=0.4, silog_weight=0.4, gradient_weight=0.0,
        gradient_scales=3, gradient=dict(preset='packnet_san'))
    assert all(map(torch.equal, value_and_gradient(module, pred, target),
                   value_and_gradient(old, pred, target)))
    assert module.gradient_loss is None and module.gradient_weight == 0
    assert not list(module.children())
    assert set(module.components) == {
        'ssi_component', 'silog_component', 'clamped_predictions'}


@both_domains
@pytest.mark.parametrize('preset', ['packnet_san', 'valid_mean'])
def test_depths_that_silog_clamps_are_counted(input_domain, preset):
    target = torch.rand(1, 1, 16, 16) + 1
    pred = target.clone()
    pred[0, 0, 3, 3], pred[0, 0, 4, 4], pred[0, 0, 5, 5] = 0.05, 20.0, -1.0
    if input_domain == 'inverse':
        pred, target = 1 / pred, 1 / target
    module = SSISilogLoss(
        input_domain=input_domain, gradient=dict(preset=preset), **STRATEGY)
    module(pred, target)
    assert module.components['clamped_predictions'] == 3


@pytest.mark.parametrize('arguments,formula', [
    ({}, GradientFormula(4)),
    (dict(gradient_scales=3), GradientFormula(3)),
    (dict(gradient_scales=2, gradient=dict(domain='log')),
     GradientFormula(2, domain='log')),
    (dict(gradient=dict(scales=3), gradient_scales=2), GradientFormula(3)),
])
def test_gradient_options_reach_the_term(arguments, formula):
    module = SSISilogLoss(gradient_weight=0.1, **arguments)
    assert module.gradient_loss.formula == formula
    assert module.gradient_weight == 0.1


@pytest.mark.parametrize('options,scales', [
    (dict(preset='megadepth'), (1, 2, 4, 6)), (dict(preset='depth_pro'), 6),
    (dict(preset='megadepth', scales=(1, 3)), (1, 3))])
def test_scales_are_those_of_the_preset_unless_given(options, scales):
    module = SSISilogLoss(gradient_weight=0.1, gradient=options)
    assert module.gradient_loss.formula.scales == scales


@pytest.mark.parametrize('preset', PRESETS)
def test_every_preset_serves_as_the_gradient_part(preset):
    pred, target = inverse_pair(2, 1, 32, 32)
    module = SSISilogLoss(gradient_weight=0.1, gradient=dict(preset=preset))
    _, grad = value_and_gradient(module, pred, target)
    alone = MultiScaleGradientLoss(preset=preset)(1 / pred, 1 / target)
    assert module.components['gradient_component'].item() == pytest.approx(
        alone.item(), rel=1e-5)
    assert grad.isfinite().all()


@pytest.mark.parametrize('rubbish', [0.0, math.nan, math.inf, -1e30])
def test_invalid_pixels_change_no_bit(rubbish):
    pred, target = inverse_pair()
    mask = torch.rand(target.shape) > 0.4
    actual, expected = (
        value_and_gradient(
            SSISilogLoss(**STRATEGY), pred.where(mask, fill),
            target.where(mask, fill), mask) for fill in (rubbish, 0.05))
    assert all(map(torch.equal, actual, expected))


def test_empty_mask_is_zero_and_connected():
    pred, target = inverse_pair()
    value, grad = value_and_gradient(
        SSISilogLoss(**STRATEGY), pred, torch.zeros_like(target))
    assert value == 0 and not grad.any()


def test_exact_prediction_has_a_finite_gradient():
    pred, _ = inverse_pair()
    value, grad = value_and_gradient(SSISilogLoss(**STRATEGY), pred, pred)
    assert value.item() == pytest.approx(0.4 * 1e-4)  # the root's epsilon
    assert grad.isfinite().all()


def test_nan_at_a_valid_pixel_is_not_hidden():
    pred, target = inverse_pair()
    pred[0, 0, 3, 3] = math.nan
    assert SSISilogLoss()(pred, target).isnan()


def test_gradient_weight_can_be_set():
    pred, target = inverse_pair(2, 1, 24, 24)
    options = dict(gradient_scales=2, gradient=dict(preset='midas'))
    loss = SSISilogLoss(**options)
    for weight in (0.2, 0.7, 0):
        loss.gradient_weight = weight
        fresh = SSISilogLoss(gradient_weight=weight, **options)
        assert loss.gradient_weight == weight
        assert torch.equal(loss(pred, target), fresh(pred, target))
        assert loss.components.keys() == fresh.components.keys()
        assert [*dict(loss.named_modules())] == [*dict(fresh.named_modules())]


@pytest.mark.parametrize('weight', [-0.1, math.nan, math.inf])
def test_impossible_gradient_weight_changes_nothing(weight):
    loss = SSISilogLoss(gradient_weight=0.2)
    with pytest.raises(ValueError, match=f'gradient_weight must.*{weight}'):
        loss.gradient_weight = weight
    assert loss.gradient_weight == 0.2


@pytest.mark.parametrize('arguments', [
    dict(avg_factor=10.0), dict(reduction_override='none'),
    dict(reduction_override='sum')])
def test_another_divisor_is_not_silently_ignored(arguments):
    maps = inverse_pair()
    with pytest.raises(ValueError, match='averages over valid pixels'):
        SSISilogLoss()(*maps, **arguments)
    plain = SSISilogLoss()(*maps, avg_factor=None, reduction_override='mean')
    assert torch.equal(plain, SSISilogLoss()(*maps))


@pytest.mark.parametrize('weight', [0, 0.2])
@pytest.mark.parametrize('arguments,error,message', [
    (dict(gradient=dict(presett='midas')), TypeError, "gradient: .*'presett'"),
    (dict(gradient=dict(preset='midass')), ValueError, "preset 'midass'"),
    (dict(gradient=dict(loss_weight=0.5)), ValueError,
     'gradient term is gradient_weight'),
    (dict(gradient_scales='3'), ValueError, "scales must be .*got '3'"),
    (dict(gradient='valid_mean'), TypeError, "must be a dict.*'valid_mean'"),
])
def test_slip_in_the_term_is_named_at_any_weight(weight, arguments, error,
                                                 message):
    with pytest.raises(error, match=message):
        SSISilogLoss(gradient_weight=weight, **arguments)


@pytest.mark.parametrize('arguments,error,message', [
    *((dict([(name, '1')]), TypeError, f"{name} must be a number, got '1'")
      for name in ('ssi_weight', 'silog_weight', 'gradient_weight',
                   'loss_weight', 'min_depth', 'alpha')),
    (dict(gradient_weight=-1), ValueError,
     'gradient_weight must be >= 0, got -1'),
    (dict(silog_weight=math.nan), ValueError,
     'silog_weight must be >= 0, got nan'),
    (dict(silog_ratio2=math.nan), ValueError, 'silog_ratio2 must be finite'),
    (dict(loss_weight=math.inf), ValueError, 'loss_weight must be finite'),
    (dict(input_domain='disparity'), ValueError,
     "unknown input_domain 'disparity'; known: depth, inverse"),
    (dict(min_depth=5, max_depth=2), ValueError, 'got 5 and 2'),
    (dict(loss_name='gradient'), ValueError, "contain 'loss', got 'gradient'"),
])
def test_impossible_value_is_named(arguments, error, message):
    with pytest.raises(error, match=message):
        SSISilogLoss(**arguments)


def test_weights_are_plain_floats():
    loss = SSISilogLoss(
        loss_weight=np.float64(2), ssi_weight=1, gradient_weight=np.float32(3))
    for weight in (loss.loss_weight, loss.ssi_weight, loss.gradient_weight):
        assert type(weight) is float


def test_old_config_builds_and_pickles():
    pickle.loads(pickle.dumps(SSISilogLoss(
        silog_ratio=10, silog_ratio2=0.85, alpha=0.85, **STRATEGY)))


def test_defaults_of_the_strategy():
    """SILog clamps depth to 1 mm and 100 m; SSI weighs 0.7, SILog 0.3."""
    pred = torch.tensor([5e-4, 150.0, 4.0], dtype=torch.float64)
    target = torch.tensor([2e-3, 99.0, 5.0], dtype=torch.float64)
    g = torch.tensor([1e-3, 100.0, 4.0]).double().log() - target.log()
    silog = (g.square().mean() - 0.85 * g.mean()**2 + 1e-8).sqrt()
    error = 1 / pred - 1 / target
    ssi = error.square().mean() - (1 - 0.85) * error.mean()**2
    loss = SSISilogLoss()
    maps = ((1 / x).view(1, 1, 1, 3) for x in (pred, target))
    torch.testing.assert_close(loss(*maps), 0.7 * ssi + 0.3 * silog)
    assert loss.loss_name == 'loss_ssi_silog' and loss.loss_weight == 1


@pytest.mark.parametrize('alpha', [0.0, 0.3])
def test_alpha_weighs_the_mean_of_ssi(alpha):
    loss = SSISilogLoss(alpha=alpha, ssi_weight=1.0, silog_weight=0.0)
    target = torch.full((1, 1, 4, 4), 0.5)
    assert loss(target + 0.1, target).item() == pytest.approx(
        alpha * 0.01, abs=1e-7)

import math
import pickle

import numpy as np
import pytest
import torch
from gradient_cases import relative

from mmdepth_gradloss.functional import GradientFormula, silog_loss, ssi_loss
from mmdepth_gradloss.functional.presets import PRESETS
from mmdepth_gradloss.losses import MultiScaleGradientLoss, SSISilogLoss

STRATEGY = dict(
    ssi_weight=0.4,
    silog_weight=0.4,
    gradient_weight=0.2,
    min_depth=0.1,
    max_depth=15.0)


def inverse_pair(*shape):
    pred, target = torch.rand(2, *shape) * 0.1 + 0.01
    return pred.requires_grad_(), target


@pytest.mark.parametrize('input_domain', ['inverse', 'depth'])
@pytest.mark.parametrize('dtype,tolerance', [(torch.float64, 1e-9),
                                             (torch.float32, 1e-5)])
def test_equals_the_published_code(gradient_references, input_domain, dtype,
                                   tolerance):
    values = gradient_references
    mask = torch.tensor(values['half/mask'])
    pred = torch.tensor(values['half/pred']).to(dtype).requires_grad_()
    target = torch.tensor(values['half/target']).to(dtype)
    module = SSISilogLoss(input_domain=input_domain, **STRATEGY)
    if input_domain == 'inverse':
        loss = module(1 / pred, 1 / target, mask)
    else:
        loss = module(pred, target, mask)
    loss.backward()

    def expected(key):
        return torch.tensor(values[f'half/packnet_san/{key}'])

    assert relative(loss.detach(), expected('loss')) < tolerance
    assert relative(pred.grad, expected('grad')) < tolerance
    for name in ('ssi_component', 'silog_component', 'gradient_component'):
        assert relative(module.components[name], expected(name)) < tolerance
    assert module.components['clamped_predictions'] == 0


def test_finite_on_random_inverse_depth():
    pred, target = inverse_pair(2, 1, 64, 64)
    for weight in (0.0, 0.2):
        loss = SSISilogLoss(gradient_weight=weight)(pred, target)
        assert loss.isfinite() and loss > 0


def test_weight_zero_is_ssi_and_silog_to_the_last_bit():
    pred, target = inverse_pair(2, 1, 32, 32)
    valid = torch.ones_like(target, dtype=torch.bool)
    old = (0.4 * ssi_loss(pred, target, valid) +
           0.4 * silog_loss(1 / pred, 1 / target, valid))
    module = SSISilogLoss(
        ssi_weight=0.4,
        silog_weight=0.4,
        gradient_weight=0.0,
        gradient=dict(preset='packnet_san'))
    loss = module(pred, target)
    assert module.gradient_loss is None
    assert set(module.components) == {
        'ssi_component', 'silog_component', 'clamped_predictions'
    }
    assert torch.equal(loss, old)
    assert torch.equal(*(torch.autograd.grad(x, pred)[0]
                         for x in (loss, old)))


@pytest.mark.parametrize('input_domain', ['inverse', 'depth'])
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


def test_is_the_weighted_sum_of_its_components():
    pred, target = inverse_pair(2, 1, 32, 32)
    module = SSISilogLoss(loss_weight=2.0, **STRATEGY)
    loss = module(pred, target).item()
    parts = {k: v.item() for k, v in module.components.items()}
    assert loss == pytest.approx(2 * (0.4 * parts['ssi_component'] +
                                      0.4 * parts['silog_component'] +
                                      0.2 * parts['gradient_component']))


def test_gradient_options_reach_the_term():
    module = SSISilogLoss(
        gradient_weight=0.1, gradient_scales=2, gradient=dict(domain='log'))
    assert module.gradient_loss.formula == GradientFormula(
        scales=2, domain='log')
    assert module.gradient_weight == 0.1
    module.gradient_loss.loss_weight = 0.05
    assert module.gradient_weight == 0.05


@pytest.mark.parametrize('arguments,scales', [
    (dict(), 4),
    (dict(gradient_scales=3), 3),
    (dict(gradient=dict(preset='megadepth')), (1, 2, 4, 6)),
    (dict(gradient=dict(preset='depth_pro')), 6),
    (dict(gradient=dict(preset='megadepth'), gradient_scales=2), 2),
    (dict(gradient=dict(preset='megadepth', scales=(1, 3))), (1, 3)),
    (dict(gradient=dict(scales=3), gradient_scales=2), 3),
])
def test_scales_are_those_of_the_preset_unless_given(arguments, scales):
    module = SSISilogLoss(gradient_weight=0.1, **arguments)
    assert module.gradient_loss.formula.scales == scales


@pytest.mark.parametrize('preset', PRESETS)
def test_every_preset_serves_as_the_gradient_part(preset):
    pred, target = inverse_pair(2, 1, 32, 32)
    module = SSISilogLoss(
        gradient_weight=0.1, gradient=dict(preset=preset))
    module(pred, target).backward()
    alone = MultiScaleGradientLoss(preset=preset)(1 / pred, 1 / target)
    assert module.components['gradient_component'].item() == pytest.approx(
        alone.item(), rel=1e-5)
    assert pred.grad.isfinite().all()


def test_weight_zero_builds_nothing():
    module = SSISilogLoss(
        gradient_weight=0, gradient_scales=3, gradient=dict(preset='midas'))
    assert not list(module.children())
    assert module.gradient_weight == 0


@pytest.mark.parametrize('rubbish', [0.0, math.nan, math.inf, -1e30])
def test_invalid_pixels_change_no_bit(rubbish):
    pred, target = inverse_pair(2, 1, 17, 23)
    holes = torch.rand(target.shape) < 0.4
    module = SSISilogLoss(**STRATEGY)

    def run(fill):
        p = pred.detach().where(~holes, fill).requires_grad_()
        loss = module(p, target.where(~holes, fill), ~holes)
        loss.backward()
        return loss.detach(), p.grad

    for actual, expected in zip(run(rubbish), run(0.05)):
        assert torch.equal(actual, expected)


def test_empty_mask_is_zero_and_connected():
    pred, target = inverse_pair(2, 1, 16, 16)
    loss = SSISilogLoss(**STRATEGY)(pred, torch.zeros_like(target))
    loss.backward()
    assert loss.item() == 0
    assert pred.grad is not None and not pred.grad.any()


def test_exact_prediction_has_a_finite_gradient():
    _, target = inverse_pair(2, 1, 16, 16)
    pred = target.clone().requires_grad_()
    loss = SSISilogLoss(**STRATEGY)(pred, target)
    loss.backward()
    assert loss.item() == pytest.approx(0.4 * 1e-4)  # the root's epsilon
    assert pred.grad.isfinite().all()


def test_nan_at_a_valid_pixel_is_not_hidden():
    pred, target = inverse_pair(1, 1, 16, 16)
    pred = pred.detach()
    pred[0, 0, 3, 3] = math.nan
    assert SSISilogLoss()(pred, target).isnan()


@pytest.mark.parametrize('arguments,message', [
    (dict(gradient_weight=-1), 'gradient_weight must be >= 0, got -1'),
    (dict(silog_weight=math.nan), 'silog_weight must be >= 0, got nan'),
    (dict(input_domain='disparity'),
     "unknown input_domain 'disparity'; known: depth, inverse"),
    (dict(min_depth=5, max_depth=2), 'got 5 and 2'),
    (dict(gradient_weight=0.1, gradient=dict(preset='nope')),
     "unknown preset 'nope'"),
])
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        SSISilogLoss(**arguments)


def test_old_config_with_silog_ratio_still_builds():
    SSISilogLoss(silog_ratio=10, silog_ratio2=0.85, alpha=0.85)


def test_pickles():
    pickle.loads(pickle.dumps(SSISilogLoss(**STRATEGY)))


def test_weight_of_the_gradient_term_has_one_place():
    with pytest.raises(ValueError, match='gradient term is gradient_weight'):
        SSISilogLoss(gradient_weight=0.2, gradient=dict(loss_weight=0.5))


# The gradient weight can be set


def test_gradient_weight_can_be_set():
    pred, target = torch.rand(2, 2, 1, 24, 24) + 0.5
    options = dict(
        input_domain='depth', gradient_scales=2, gradient=dict(preset='midas'))
    loss = SSISilogLoss(**options)
    for weight in (0.2, 0.7, 0):
        loss.gradient_weight = weight
        fresh = SSISilogLoss(gradient_weight=weight, **options)
        assert loss.gradient_weight == weight
        assert torch.equal(loss(pred, target), fresh(pred, target))
        assert loss.components.keys() == fresh.components.keys()
        assert [name for name, _ in loss.named_modules()
                ] == [name for name, _ in fresh.named_modules()]


@pytest.mark.parametrize('weight', [-0.1, math.nan, math.inf])
def test_impossible_gradient_weight_changes_nothing(weight):
    loss = SSISilogLoss(gradient_weight=0.2)
    with pytest.raises(ValueError, match=f'gradient_weight must.*{weight}'):
        loss.gradient_weight = weight
    assert loss.gradient_weight == 0.2


@pytest.mark.parametrize(
    'name', ['ssi_weight', 'silog_weight', 'gradient_weight', 'loss_weight'])
def test_weight_that_is_no_number_is_named(name):
    with pytest.raises(TypeError, match=f"{name} must be a number, got '1'"):
        SSISilogLoss(**{name: '1'})


@pytest.mark.parametrize('arguments', [
    dict(avg_factor=10.0),
    dict(reduction_override='none'),
    dict(reduction_override='sum'),
])
def test_another_divisor_is_not_silently_ignored(arguments):
    pred, target = torch.rand(2, 2, 1, 24, 24) + 0.5
    loss = SSISilogLoss(input_domain='depth')
    with pytest.raises(ValueError, match='mean over its own counts'):
        loss(pred, target, **arguments)
    plain = loss(pred, target)
    assert torch.equal(
        plain,
        loss(pred, target, avg_factor=None, reduction_override='mean'))


def test_name_that_mmengine_would_leave_out_is_refused():
    with pytest.raises(ValueError, match="'loss' in it, got 'gradient'"):
        SSISilogLoss(loss_name='gradient')


@pytest.mark.parametrize('weight', [0, 0.2])
@pytest.mark.parametrize('arguments,error,message', [
    (dict(gradient=dict(presett='midas')), TypeError, "gradient: .*'presett'"),
    (dict(gradient=dict(preset='midass')), ValueError, "preset 'midass'"),
    (dict(gradient_scales='3'), ValueError, "scales must be .*got '3'"),
    (dict(gradient='valid_mean'), TypeError, "must be a dict.*'valid_mean'"),
])
def test_slip_in_the_term_is_named_at_any_weight(weight, arguments, error,
                                                 message):
    with pytest.raises(error, match=message):
        SSISilogLoss(gradient_weight=weight, **arguments)


@pytest.mark.parametrize('arguments,error,message', [
    (dict(alpha='a'), TypeError, "alpha must be a number, got 'a'"),
    (dict(silog_ratio2=math.nan), ValueError, 'silog_ratio2 must be finite'),
    (dict(min_depth='1'), TypeError, "min_depth must be a number, got '1'"),
    (dict(loss_weight=math.inf), ValueError, 'loss_weight must be finite'),
    (dict(loss_name=None), ValueError, "'loss' in it, got None"),
])
def test_impossible_value_is_named(arguments, error, message):
    with pytest.raises(error, match=message):
        SSISilogLoss(**arguments)


def test_weights_are_plain_floats():
    loss = SSISilogLoss(
        loss_weight=np.float64(2), ssi_weight=1, gradient_weight=np.float32(3))
    for weight in (loss.loss_weight, loss.ssi_weight, loss.gradient_weight):
        assert type(weight) is float


def test_defaults_of_the_strategy():
    """SILog clamps depth to 1 mm and 100 m; SSI weighs 0.7, SILog 0.3."""
    pred = torch.tensor([5e-4, 150.0, 4.0], dtype=torch.float64)
    target = torch.tensor([2e-3, 99.0, 5.0], dtype=torch.float64)
    g = torch.tensor([1e-3, 100.0, 4.0]).double().log() - target.log()
    silog = (g.square().mean() - 0.85 * g.mean()**2 + 1e-8).sqrt()
    error = 1 / pred - 1 / target
    mean = error.mean()
    ssi = error.square().mean() - mean**2 + 0.85 * mean**2
    loss = SSISilogLoss(input_domain='depth')
    maps = (x.view(1, 1, 1, 3) for x in (pred, target))
    torch.testing.assert_close(loss(*maps), 0.7 * ssi + 0.3 * silog)
    assert loss.loss_name == 'loss_ssi_silog' and loss.loss_weight == 1


@pytest.mark.parametrize('alpha', [0.0, 0.3])
def test_alpha_weighs_the_mean_of_ssi(alpha):
    loss = SSISilogLoss(alpha=alpha, ssi_weight=1.0, silog_weight=0.0)
    target = torch.full((1, 1, 4, 4), 0.5)
    assert loss(target + 0.1, target).item() == pytest.approx(
        alpha * 0.01, abs=1e-7)

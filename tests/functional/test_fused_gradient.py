import importlib
import itertools
from dataclasses import replace

import pytest
import torch
from differentiate import value_and_grad

from mmdepth_gradloss.functional import (GradientFormula, domains,
                                         fused_gradient)
from mmdepth_gradloss.functional.formula_loss import formula_loss
from mmdepth_gradloss.functional.mask_policies import MASK_POLICIES
from mmdepth_gradloss.functional.normalizers import NORMALIZERS
from mmdepth_gradloss.functional.operators import OPERATORS, stencil_size
from mmdepth_gradloss.functional.penalties import PENALTIES
from mmdepth_gradloss.functional.pyramids import PYRAMIDS

# 'normalized' depth is 'linear', with other weights
DOMAINS = [name for name in domains.DOMAINS if name != 'normalized']
REDUCTIONS = list(itertools.product(['mean', 'sum'], ['batch', 'image']))

EPS = 1e-7
"""Step of the finite differences, far below the random differences of depth,
so that hardly a window comes near the kink of its absolute value."""


def make_sense(operator, pyramid, mask_policy, normalizer):
    sizes = [stencil_size(stencil) for stencil in OPERATORS[operator]]
    centred = all(h % 2 and w % 2 for h, w in sizes)
    return not (mask_policy == 'support' and not PYRAMIDS[pyramid].reads_valid
                or mask_policy == 'center' and not centred
                or mask_policy == 'every' and 'windows' in normalizer)


def allowed_formulas(operator, pyramid):
    for (mask_policy, normalizer, domain, penalty,
         (level, batch)) in itertools.product(MASK_POLICIES, NORMALIZERS,
                                              DOMAINS, PENALTIES, REDUCTIONS):
        if make_sense(operator, pyramid, mask_policy, normalizer):
            yield GradientFormula(
                scales=2,
                operator=operator,
                pyramid=pyramid,
                domain=domain,
                mask_policy=mask_policy,
                penalty=penalty,
                normalizer=normalizer,
                level_reduction=level,
                batch_reduction=batch)


def factors_of(formula):
    return (formula.normalizer, formula.level_reduction,
            formula.batch_reduction)


def depth_pair(*shape):
    """With images of unequal density, and NaN where there is no depth."""
    pred, target, noise = torch.rand(3, *shape, dtype=torch.float64)
    density = torch.linspace(0.95, 0.8, shape[0]).view(-1, 1, 1, 1)
    valid = noise < density
    return (*(x.mul(5).add(1).where(valid, torch.nan)
              for x in (pred, target)), valid)


def check_directional_derivative(loss, grad, pred, target, valid, formula):
    """From the loss to the plain formula's value a small step away.

    Values that differ by a part in 1e12 would show, too, as a wrong slope.
    """
    direction = torch.randn_like(grad).where(valid, 0)
    with torch.inference_mode():
        ahead = formula_loss(
            pred + EPS * direction, target, valid, formula, fused=False)
    slopes = grad * direction
    error = (ahead - loss) / EPS - slopes.sum()
    assert abs(error) < 1e-5 * slopes.abs().sum(), formula


def check_equal_to_plain(loss, grad, pred, target, valid, formula):
    plain_loss, plain_grad = value_and_grad(
        pred, target, valid, formula, fused=False)
    assert abs(loss - plain_loss) < 1e-12 * plain_loss, formula
    error = (grad - plain_grad).abs().max()
    assert error < 1e-10 * plain_grad.abs().max(), formula


@pytest.mark.parametrize('operator', OPERATORS)
@pytest.mark.parametrize('pyramid', PYRAMIDS)
def test_gradient_of_every_formula(operator, pyramid):
    inputs = depth_pair(2, 1, 11, 10)
    formulas = list(allowed_formulas(operator, pyramid))
    assert formulas
    for formula in formulas:
        loss, grad = value_and_grad(*inputs, formula)
        assert loss > 0 and grad.isfinite().all()
        check_directional_derivative(loss, grad, *inputs, formula)
        # the whole gradient, in each formula up to the factors on its sums
        if factors_of(formula) == ('pixels', 'mean', 'batch'):
            check_equal_to_plain(loss, grad, *inputs, formula)


def test_formulas_that_make_no_sense_are_refused():
    for (operator, pyramid, mask_policy, normalizer) in itertools.product(
            OPERATORS, PYRAMIDS, MASK_POLICIES, NORMALIZERS):
        options = dict(
            operator=operator,
            pyramid=pyramid,
            mask_policy=mask_policy,
            normalizer=normalizer)
        if make_sense(**options):
            GradientFormula(**options)
        else:
            with pytest.raises(ValueError, match='mask_policy='):
                GradientFormula(**options)


@pytest.mark.parametrize('alignment', ['least_squares', 'median_mad'])
@pytest.mark.parametrize('domain', DOMAINS)
@pytest.mark.parametrize('pyramid', PYRAMIDS)
def test_gradient_with_alignment(alignment, domain, pyramid):
    inputs = depth_pair(2, 1, 11, 10)
    for operator, penalty in itertools.product(['sobel', 'laplace'],
                                               PENALTIES):
        formula = GradientFormula(
            scales=2,
            operator=operator,
            pyramid=pyramid,
            domain=domain,
            alignment=alignment,
            penalty=penalty)
        loss, grad = value_and_grad(*inputs, formula)
        check_directional_derivative(loss, grad, *inputs, formula)
        check_equal_to_plain(loss, grad, *inputs, formula)


FORMULAS = [
    GradientFormula(),
    GradientFormula(
        (1, 2, 6),
        operator='laplace',
        pyramid='nearest',
        mask_policy='every',
        normalizer='full_pixels',
        penalty='charbonnier'),
    GradientFormula(
        (1, 2, 4, 6),
        operator='central',
        pyramid='stride',
        domain='log',
        depth_offset=1e-3,
        mask_policy='support',
        normalizer='pixels',
        level_reduction='sum',
        batch_reduction='image'),
    GradientFormula(
        operator='forward',
        pyramid='area',
        domain='log',
        mask_policy='support',
        batch_reduction='image'),
    GradientFormula(
        (1, 4, 8),
        operator='scharr',
        pyramid='gaussian',
        domain='inverse',
        penalty='l2'),
    GradientFormula(
        pyramid='stride', domain='inverse', alignment='least_squares'),
]
EACH_FORMULA = pytest.mark.parametrize(
    'formula', FORMULAS, ids=lambda f: f'{f.pyramid}-{f.alignment}')


@EACH_FORMULA
@pytest.mark.parametrize('size', [(1, 2), (2, 2), (3, 3), (7, 16), (17, 18)])
@pytest.mark.parametrize('n', [1, 3])
def test_is_the_plain_loss_at_any_size(formula, size, n):
    inputs = depth_pair(n, 1, *size)
    loss, grad = value_and_grad(*inputs, formula)
    plain_loss, plain_grad = value_and_grad(*inputs, formula, fused=False)
    torch.testing.assert_close(loss, plain_loss, rtol=1e-11, atol=1e-13)
    torch.testing.assert_close(grad, plain_grad, rtol=1e-9, atol=1e-13)


@EACH_FORMULA
@pytest.mark.parametrize('fused', [True, False])
def test_gradcheck(formula, fused):
    pred, target, valid = depth_pair(2, 1, 11, 10)
    pred = pred.where(valid, 1.0).requires_grad_()
    assert torch.autograd.gradcheck(
        lambda p: formula_loss(
            p, target, valid, formula, fused=fused),
        pred,
        fast_mode=True)


@EACH_FORMULA
def test_gradients_of_target_and_weight(formula):
    pred, target, valid = depth_pair(2, 1, 11, 10)
    pred, target = (x.where(valid, 1.0).requires_grad_()
                    for x in (pred, target))
    weight = torch.tensor([0.7, 1.6], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(
        lambda p, t, w: formula_loss(
            p, t, valid, formula, weight=w), (pred, target, weight),
        fast_mode=True)
    for needs_grad in ({'target'}, {'weight'}):
        inputs = dict(
            target=target.detach(), weight=weight.detach())
        for name in needs_grad:
            inputs[name].requires_grad_()
        formula_loss(
            pred.detach(), inputs['target'], valid, formula,
            inputs['weight']).backward()
        for name in needs_grad:
            assert inputs[name].grad.any()


def test_target_gets_the_gradient_of_a_prediction_backwards():
    pred, target, valid = depth_pair(2, 1, 11, 10)
    _, grad = value_and_grad(pred, target, valid, FORMULAS[0])
    target = target.requires_grad_()
    formula_loss(pred, target, valid).backward()
    torch.testing.assert_close(target.grad, -grad)


@EACH_FORMULA
@pytest.mark.parametrize('penalty', ['l2', 'charbonnier'])
def test_plain_loss_can_be_differentiated_twice(formula, penalty):
    pred, target, valid = depth_pair(1, 1, 9, 8)
    pred = pred.where(valid, 1.0).requires_grad_()
    formula = replace(formula, penalty=penalty)
    assert torch.autograd.gradgradcheck(
        lambda p: formula_loss(
            p, target, valid, formula, fused=False),
        pred,
        fast_mode=True)


def test_fused_loss_cannot_and_says_so():
    pred, target, valid = depth_pair(1, 1, 9, 8)
    pred.requires_grad_()
    loss = formula_loss(pred, target, valid)
    with pytest.raises(RuntimeError, match='twice; use fused=False'):
        torch.autograd.grad(loss, pred, create_graph=True)


@pytest.mark.parametrize('transform', [torch.func.grad, torch.func.hessian])
def test_transforms_take_the_plain_loss_alone(transform):
    pred, target, valid = depth_pair(1, 1, 9, 8)
    pred = pred.where(valid, 1.0).requires_grad_()

    def call(pred, fused):
        return formula_loss(pred, target, valid, fused=fused)

    with pytest.raises(RuntimeError, match='torch.func; use fused=False'):
        transform(lambda x: call(x, fused=True))(pred)
    transform(lambda x: call(x, fused=False))(pred)


def test_fused_where_asked_and_nowhere_else(monkeypatch):
    pred, target, valid = depth_pair(1, 1, 9, 8)
    calls = []
    module = importlib.import_module(formula_loss.__module__)
    fused_loss = module.fused_gradient_loss
    monkeypatch.setattr(
        module, 'fused_gradient_loss',
        lambda *args: calls.append(args) or fused_loss(*args))
    formula_loss(pred, target, valid)  # nothing to train
    pred.requires_grad_()
    with torch.no_grad():
        formula_loss(pred, target, valid)
    assert not calls
    formula_loss(pred, target, valid)
    assert len(calls) == 1
    formula_loss(pred, target, valid, fused=False)
    formula_loss(pred, target.requires_grad_(), valid)
    assert len(calls) == 1


@pytest.mark.parametrize('options,message', [
    (dict(backend='cuda'), 'unknown backend .*; known: auto, torch, triton'),
    (dict(backend='triton', fused=False), 'leave it out with fused=False')])
def test_wrong_backend_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        formula_loss(*depth_pair(1, 1, 9, 8), **options)


@EACH_FORMULA
def test_incoming_gradient_scales_and_can_come_twice(formula):
    pred, target, valid = depth_pair(2, 1, 11, 10)
    pred.requires_grad_()
    loss = formula_loss(pred, target, valid, formula)
    first, = torch.autograd.grad(loss, pred, retain_graph=True)
    again, = torch.autograd.grad(loss, pred, retain_graph=True)
    assert torch.equal(first, again)
    scaled, = torch.autograd.grad(-2.5 * loss, pred)
    torch.testing.assert_close(scaled, -2.5 * first)


def test_backward_twice_adds_up():
    pred, target, valid = depth_pair(2, 1, 11, 10)
    pred.requires_grad_()
    loss = formula_loss(pred, target, valid)
    loss.backward(retain_graph=True)
    once = pred.grad.clone()
    loss.backward()
    assert torch.equal(pred.grad, 2 * once)


@EACH_FORMULA
@pytest.mark.parametrize('n', [1, 5])
def test_result_does_not_depend_on_the_size_of_the_parts(formula, n,
                                                         monkeypatch):
    inputs = depth_pair(n, 1, 17, 18)
    results = []
    # one image at a time; two, which leaves one of five; all
    for pixels in (1, 2 * 17 * 18, 2**40):
        monkeypatch.setattr(fused_gradient, 'CACHED_PIXELS', pixels)
        results.append(value_and_grad(*inputs, formula))
    for loss, grad in results[1:]:
        torch.testing.assert_close(loss, results[0][0], rtol=1e-13, atol=0)
        assert torch.equal(grad, results[0][1])


@pytest.mark.parametrize('pixels,expected', [(1, 5), (2 * 17 * 18, 3),
                                             (2**40, 1)])
def test_number_of_parts(pixels, expected, monkeypatch):
    monkeypatch.setattr(fused_gradient, 'CACHED_PIXELS', pixels)
    pred, target, valid = depth_pair(5, 1, 17, 18)
    counts = []
    part_losses = fused_gradient._part_losses
    monkeypatch.setattr(
        fused_gradient, '_part_losses',
        lambda *args: counts.append(len(args[1])) or part_losses(*args))
    formula_loss(pred.requires_grad_(), target, valid, GradientFormula(1))
    assert len(counts) == expected and sum(counts) == 5

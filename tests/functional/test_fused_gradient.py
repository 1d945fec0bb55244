import importlib
import itertools
from contextlib import suppress
from dataclasses import replace

import pytest
import torch
from depth_pairs import depth_pair, value_and_grad

from mmdepth_gradloss.functional import (GradientFormula, domains,
                                         fused_gradient)
from mmdepth_gradloss.functional.formula_loss import formula_loss
from mmdepth_gradloss.functional.mask_policies import MASK_POLICIES
from mmdepth_gradloss.functional.normalizers import NORMALIZERS
from mmdepth_gradloss.functional.operators import OPERATORS
from mmdepth_gradloss.functional.penalties import PENALTIES
from mmdepth_gradloss.functional.pyramids import PYRAMIDS

# 'normalized' is 'linear' with other weights
DOMAINS = [name for name in domains.DOMAINS if name != 'normalized']
OTHERS = dict(
    domain=DOMAINS, penalty=PENALTIES, mask_policy=MASK_POLICIES,
    normalizer=NORMALIZERS, level_reduction=['mean', 'sum'],
    batch_reduction=['batch', 'image'])

EPS = 1e-7
"""Step of the finite differences, far below the random differences of depth,
so that few windows come near the kink of the absolute value."""


def allowed_formulas(operator, pyramid):
    formulas = []
    for values in itertools.product(*OTHERS.values()):
        with suppress(ValueError):  # incompatible options
            formulas.append(GradientFormula(
                2, operator, pyramid, **dict(zip(OTHERS, values))))
    return formulas


def depth_batch(*shape):
    """Images of unequal density, with NaN as missing depth."""
    density = torch.linspace(0.95, 0.8, shape[0]).view(-1, 1, 1, 1)
    pred, target, valid = depth_pair(*shape, density=density)
    return (*(x.where(valid, torch.nan) for x in (pred, target)), valid)


def check_directional_derivative(loss, grad, pred, target, valid, formula):
    """Check the gradient against a finite difference of the plain formula.

    Losses that differ by 1e-12 would show up as a wrong slope too.
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
    inputs = depth_batch(2, 1, 11, 10)
    formulas = allowed_formulas(operator, pyramid)
    assert formulas
    for formula in formulas:
        loss, grad = value_and_grad(*inputs, formula)
        assert loss > 0 and grad.isfinite().all()
        check_directional_derivative(loss, grad, *inputs, formula)
        # compare the whole gradient, once for all normalizations
        factors = (formula.normalizer, formula.level_reduction,
                   formula.batch_reduction)
        if factors == ('pixels', 'mean', 'batch'):
            check_equal_to_plain(loss, grad, *inputs, formula)


@pytest.mark.parametrize('alignment', ['least_squares', 'median_mad'])
@pytest.mark.parametrize('domain', DOMAINS)
@pytest.mark.parametrize('pyramid', PYRAMIDS)
def test_gradient_with_alignment(alignment, domain, pyramid):
    inputs = depth_batch(2, 1, 11, 10)
    for operator in ('sobel', 'laplace'):
        for penalty in PENALTIES:
            formula = GradientFormula(
                2, operator, pyramid, domain, alignment=alignment,
                penalty=penalty)
            loss, grad = value_and_grad(*inputs, formula)
            check_directional_derivative(loss, grad, *inputs, formula)
            check_equal_to_plain(loss, grad, *inputs, formula)


FORMULAS = [
    GradientFormula(),
    GradientFormula(
        (1, 2, 6), 'laplace', 'nearest', mask_policy='every',
        normalizer='full_pixels', penalty='charbonnier'),
    GradientFormula(
        (1, 2, 4, 6), 'central', 'stride', 'log', depth_offset=1e-3,
        mask_policy='support', normalizer='pixels', level_reduction='sum',
        batch_reduction='image'),
    GradientFormula(
        4, 'forward', 'area', 'log', mask_policy='support',
        batch_reduction='image'),
    GradientFormula(
        (1, 4, 8), 'scharr', 'gaussian', 'inverse', penalty='l2'),
    GradientFormula(
        pyramid='stride', domain='inverse', alignment='least_squares'),
]
EACH_FORMULA = pytest.mark.parametrize(
    'formula', FORMULAS, ids=lambda f: f'{f.pyramid}-{f.alignment}')


@EACH_FORMULA
@pytest.mark.parametrize('size', [(1, 2), (2, 2), (3, 3), (7, 16), (17, 18)])
@pytest.mark.parametrize('n', [1, 3])
def test_is_the_plain_loss_at_any_size(formula, size, n):
    inputs = depth_batch(n, 1, *size)
    loss, grad = value_and_grad(*inputs, formula)
    plain_loss, plain_grad = value_and_grad(*inputs, formula, fused=False)
    torch.testing.assert_close(loss, plain_loss, rtol=1e-11, atol=1e-13)
    torch.testing.assert_close(grad, plain_grad, rtol=1e-9, atol=1e-13)


@EACH_FORMULA
def test_gradients_of_target_and_weight(formula):
    pred, target, valid = depth_pair(2, 1, 11, 10)
    weight = torch.tensor([0.7, 1.6], dtype=torch.float64)
    inputs = [x.requires_grad_() for x in (pred, target, weight)]
    assert torch.autograd.gradcheck(
        lambda p, t, w: formula_loss(p, t, valid, formula, w), inputs,
        fast_mode=True)
    for which in (1, 2):  # only the target, only the weight
        pred, target, weight = (
            x.detach().requires_grad_(i == which)
            for i, x in enumerate(inputs))
        formula_loss(pred, target, valid, formula, weight).backward()
        assert (pred, target, weight)[which].grad.any()


@EACH_FORMULA
@pytest.mark.parametrize('penalty', ['l2', 'charbonnier'])
def test_plain_loss_can_be_differentiated_twice(formula, penalty):
    pred, target, valid = depth_pair(1, 1, 9, 8)
    formula = replace(formula, penalty=penalty)
    assert torch.autograd.gradgradcheck(
        lambda p: formula_loss(p, target, valid, formula, fused=False),
        pred.requires_grad_(), fast_mode=True)


def test_derivative_may_be_returned_instead_of_written(monkeypatch):
    square = PENALTIES['l2']
    monkeypatch.setitem(PENALTIES, 'returned', square._replace(
        derivative=lambda difference, out: 2 * difference))
    formula = GradientFormula(penalty='l2')
    pair = depth_pair(2, 1, 16, 20)
    for ours, expected in zip(
            value_and_grad(*pair, replace(formula, penalty='returned')),
            value_and_grad(*pair, formula)):
        assert torch.equal(ours, expected)


def test_fused_loss_cannot_and_says_so():
    pred, target, valid = depth_pair(1, 1, 9, 8)
    loss = formula_loss(pred.requires_grad_(), target, valid)
    with pytest.raises(RuntimeError, match='twice; use fused=False'):
        torch.autograd.grad(loss, pred, create_graph=True)


@pytest.mark.parametrize('transform', [torch.func.grad, torch.func.hessian])
def test_transforms_take_the_plain_loss_alone(transform):
    pred, target, valid = depth_pair(1, 1, 9, 8)
    pred.requires_grad_()
    with pytest.raises(RuntimeError, match='torch.func; use fused=False'):
        transform(lambda x: formula_loss(x, target, valid))(pred)
    transform(lambda x: formula_loss(x, target, valid, fused=False))(pred)


def test_fused_where_asked_and_nowhere_else(monkeypatch):
    pred, target, valid = depth_pair(1, 1, 9, 8)
    calls = []
    module = importlib.import_module(formula_loss.__module__)
    fused_loss = module.fused_gradient_loss
    monkeypatch.setattr(
        module, 'fused_gradient_loss',
        lambda *args: calls.append(args) or fused_loss(*args))
    formula_loss(pred, target, valid)  # no gradient requested
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
    pred, target, valid = depth_batch(2, 1, 11, 10)
    loss = formula_loss(pred.requires_grad_(), target, valid, formula)
    first, = torch.autograd.grad(loss, pred, retain_graph=True)
    again, = torch.autograd.grad(loss, pred, retain_graph=True)
    assert torch.equal(first, again)
    scaled, = torch.autograd.grad(-2.5 * loss, pred)
    torch.testing.assert_close(scaled, -2.5 * first)


@EACH_FORMULA
@pytest.mark.parametrize('n', [1, 5])
def test_result_does_not_depend_on_the_size_of_the_parts(
        formula, n, monkeypatch):
    inputs = depth_batch(n, 1, 17, 18)
    results = []
    # one image at a time; two, which leaves one of five; all
    for pixels in (1, 2 * 17 * 18, 2**40):
        monkeypatch.setattr(fused_gradient, 'CACHED_PIXELS', pixels)
        results.append(value_and_grad(*inputs, formula))
    for loss, grad in results[1:]:
        torch.testing.assert_close(loss, results[0][0], rtol=1e-13, atol=0)
        assert torch.equal(grad, results[0][1])


@pytest.mark.parametrize('pixels,expected', [
    (1, [1] * 5), (2 * 17 * 18, [2, 2, 1]), (2**40, [5])])
def test_images_of_the_parts(pixels, expected, monkeypatch):
    monkeypatch.setattr(fused_gradient, 'CACHED_PIXELS', pixels)
    images = []
    part_losses = fused_gradient._part_losses
    monkeypatch.setattr(
        fused_gradient, '_part_losses',
        lambda *args: images.append(len(args[1])) or part_losses(*args))
    value_and_grad(*depth_pair(5, 1, 17, 18), GradientFormula(1))
    assert images == expected

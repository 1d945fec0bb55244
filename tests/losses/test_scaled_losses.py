"""The unit of depth: another one changes a loss by its own unit alone.

Published constants that have a unit are the exceptions, and named at the end.
"""
from __future__ import annotations

import math

import pytest
import torch
from gradient_cases import relative, value_and_gradient
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mmdepth_gradloss.functional import silog_loss, ssi_loss
from mmdepth_gradloss.functional.alignment import ALIGNMENTS, FITS
from mmdepth_gradloss.functional.domains import DOMAINS
from mmdepth_gradloss.functional.penalties import PENALTIES
from mmdepth_gradloss.functional.presets import PRESETS
from mmdepth_gradloss.losses import (MultiScaleGradientLoss,
                                     ScaleShiftInvariantLoss, SSISilogLoss)

UNITS = {'linear': 1, 'normalized': 0, 'log': 0, 'inverse': -1}
"""Power of the metre that a difference has."""

POWERS = {
    name: penalty.degree
    for name, penalty in PENALTIES.items() if penalty.degree is not None
}
"""Power of a difference that a penalty is."""

DTYPES = {torch.float32: (1e-3, 0.1), torch.float64: (1e-8, 1e-6)}
"""Tolerances of value and gradient.

Of a relief of 0.5 %, float32 holds 1e-5. A window whose difference is near 0
may change its sign, and of a coarse level there are few windows.
"""

factors = st.floats(-3, 4).map(lambda exponent: 10**exponent)
reliefs = st.sampled_from([0.005, 0.1, 5.0])
each_dtype = pytest.mark.parametrize('dtype', DTYPES)
few = settings(max_examples=12)


def scenes(relief, dtype, seed=0):
    """Depth from 1 to 1 + relief, a prediction and a mask."""
    rng = torch.Generator().manual_seed(seed)
    pred, target, noise = torch.rand(
        3, 2, 1, 19, 24, dtype=torch.float64, generator=rng)
    return ((1 + relief * pred).to(dtype), (1 + relief * target).to(dtype),
            noise < 0.8)


def assert_scales(before, after, value_factor, grad_factor, dtype):
    """Whether value and gradient changed by just these factors."""
    tolerance, grad_tolerance = DTYPES[dtype]
    assert before[0] > 0 and before[1].any()
    assert after[0].item() == pytest.approx(
        value_factor * before[0].item(), rel=tolerance)
    error = after[1].double() - grad_factor * before[1].double()
    assert error.norm() < grad_tolerance * grad_factor * before[1].norm()


def test_every_choice_is_tested():
    assert set(UNITS) == set(DOMAINS)
    assert {'l1', 'l2'} <= set(POWERS) <= set(PENALTIES) - {'charbonnier'}
    assert set(ALIGNMENTS) == set(FITS) == {'least_squares', 'median_mad'}


@each_dtype
@pytest.mark.parametrize('preset', PRESETS)
@pytest.mark.parametrize('domain', UNITS)
@pytest.mark.parametrize('penalty', POWERS)
@few
@given(factor=factors, relief=reliefs, fused=st.booleans())
@example(factor=1e-3, relief=5.0, fused=True)
@example(factor=1e4, relief=0.1, fused=True)
def test_gradient_loss(preset, domain, penalty, dtype, factor, relief, fused):
    pred, target, mask = scenes(relief, dtype)
    loss = MultiScaleGradientLoss(
        preset=preset,
        domain=domain,
        penalty=penalty,
        depth_offset=0.0,
        fused=fused)
    unit = factor**(UNITS[domain] * POWERS[penalty])
    assert_scales(
        value_and_gradient(loss, pred, target, mask),
        value_and_gradient(loss, factor * pred, factor * target, mask), unit,
        unit / factor, dtype)


def aligned_losses():
    for alignment in ALIGNMENTS:
        for domain, unit in UNITS.items():
            yield (MultiScaleGradientLoss(
                preset='midas', domain=domain, alignment=alignment),
                   unit if alignment == 'least_squares' else 0)
        yield (ScaleShiftInvariantLoss(alignment=alignment),
               -1 if alignment == 'least_squares' else 0)


@each_dtype
@pytest.mark.parametrize('loss,unit', aligned_losses())
@few
@given(factor=factors, unknown=factors, relief=reliefs)
@example(factor=1e-3, unknown=1.0, relief=0.1)
@example(factor=3000.0, unknown=1.0, relief=0.005)
@example(factor=1e4, unknown=1e-3, relief=0.005)
def test_aligned_loss(loss, unit, dtype, factor, unknown, relief):
    """The prediction has a unit of its own, which is not known."""
    pred, target, mask = scenes(relief, dtype)
    assert_scales(
        value_and_gradient(loss, pred, target, mask),
        value_and_gradient(loss, unknown * pred, factor * target, mask),
        factor**unit, factor**unit / unknown, dtype)


@pytest.mark.parametrize('alignment', ALIGNMENTS)
@pytest.mark.parametrize('unit', [1 / 3000, 1.0])
def test_relief_far_away_is_no_constant(alignment, unit):
    """20 m of relief, 3000 m away."""
    target = 3000 + 20 * torch.rand(1, 1, 32, 32)
    for loss in (
            ScaleShiftInvariantLoss(alignment=alignment),
            MultiScaleGradientLoss(
                preset='midas', domain='inverse', alignment=alignment)):
        exact, constant = (
            loss(pred, target).item()
            for pred in (3000 * unit / target, torch.full_like(target, unit)))
        assert exact < 1e-3 * constant


@each_dtype
@few
@given(factor=factors, relief=reliefs)
def test_ssi_and_silog(dtype, factor, relief):
    pred, target, mask = scenes(relief, dtype)

    def ssi(p, t, valid):
        return ssi_loss(1 / p, 1 / t, valid)

    assert_scales(
        value_and_gradient(ssi, pred, target, mask),
        value_and_gradient(ssi, factor * pred, factor * target, mask),
        factor**-2, factor**-3, dtype)

    def silog_between(low, high):
        return lambda p, t, valid: silog_loss(
            p, t, valid, min_depth=low, max_depth=high)

    high = 1 + 0.7 * relief
    assert_scales(
        value_and_gradient(silog_between(1.001, high), pred, target, mask),
        value_and_gradient(
            silog_between(1.001 * factor, high * factor), factor * pred,
            factor * target, mask), 1, 1 / factor, dtype)


# Exceptions: constants that are part of somebody's formula


def changes(loss, factor):
    """By how much a loss in logarithms differs in another unit."""
    pred, target, mask = scenes(5.0, torch.float64)
    values = [loss(s * pred, s * target, mask) for s in (1.0, factor)]
    return relative(values[1], values[0])


def test_megadepth_adds_a_millimetre():
    assert changes(MultiScaleGradientLoss(preset='megadepth'), 1e-3) > 0.1
    assert {
        name
        for name, formula in PRESETS.items() if formula.depth_offset
    } == {'megadepth'}


@pytest.mark.parametrize('factor', [1e-4, 1e3])
def test_silog_clamps_to_a_millimetre_and_100_metres(factor):
    loss = SSISilogLoss(ssi_weight=0, input_domain='depth')
    assert changes(loss, factor) > 0.1
    wide = SSISilogLoss(
        ssi_weight=0, input_domain='depth', min_depth=1e-5, max_depth=1e5)
    assert changes(wide, factor) < 1e-10


def test_inverse_depth_is_read_up_to_1000_km():
    loss = SSISilogLoss(
        ssi_weight=0, silog_weight=1, min_depth=1e-3, max_depth=1e9)

    def inverse_input(pred, target, mask):
        return loss(1 / pred, 1 / target, mask)

    assert changes(inverse_input, 1e4) < 1e-10
    assert changes(inverse_input, 1e6) > 0.1


def test_charbonnier_is_round_below_a_thousandth_of_its_unit():
    loss = MultiScaleGradientLoss(domain='log', penalty='charbonnier')
    assert changes(loss, 1e3) < 1e-10
    linear = MultiScaleGradientLoss(penalty='charbonnier')
    pred, target, mask = scenes(5.0, torch.float64)
    far, near = (linear(s * pred, s * target, mask) / s for s in (1.0, 1e-4))
    assert relative(near, far) > 0.1


@pytest.mark.parametrize('domain,bound', [('log', -math.log(1e-6)),
                                          ('inverse', 1e6)])
def test_prediction_that_is_not_positive_counts_as_a_micrometre(domain, bound):
    target = torch.ones(1, 1, 1, 2, dtype=torch.float64)
    pred = torch.tensor([1.0, -3.0], dtype=torch.float64).view_as(target)
    loss = MultiScaleGradientLoss(preset='midas', domain=domain, scales=1)
    # one pair, divided by two pixels
    assert 2 * loss(pred, target).item() == pytest.approx(bound, rel=1e-5)

"""Changing the unit of depth changes a loss by its own unit only.

Published constants that have a unit are the exceptions: the offset of
'megadepth', the clamp of SILog and the round part of 'charbonnier'.
"""
import pytest
import torch
from gradient_cases import value_and_gradient
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mmdepth_gradloss.functional import silog_loss, ssi_loss
from mmdepth_gradloss.functional.alignment import ALIGNMENTS, FITS
from mmdepth_gradloss.functional.domains import DOMAINS
from mmdepth_gradloss.functional.penalties import PENALTIES
from mmdepth_gradloss.functional.presets import PRESETS
from mmdepth_gradloss.losses import (MultiScaleGradientLoss,
                                     ScaleShiftInvariantLoss)

UNITS = {'linear': 1, 'normalized': 0, 'log': 0, 'inverse': -1}
"""Unit of a difference, as a power of metres."""

POWERS = {
    name: penalty.degree
    for name, penalty in PENALTIES.items() if penalty.degree is not None
}
"""Penalty as a power of a difference."""

DTYPES = {torch.float32: (1e-3, 0.1), torch.float64: (1e-8, 1e-6)}
"""Tolerances of value and gradient.

float32 resolves a relief of 0.5 % to 1e-5. Differences near 0 may change their
sign, and coarse levels have few windows.
"""

factors = st.floats(-3, 4).map(lambda exponent: 10**exponent)
reliefs = st.sampled_from([0.005, 0.1, 5.0])
each_dtype = pytest.mark.parametrize('dtype', DTYPES)
few = settings(max_examples=12)


def scenes(relief, dtype):
    """Depth from 1 to 1 + relief, a prediction and a mask."""
    rng = torch.Generator().manual_seed(0)
    pred, target, noise = torch.rand(
        3, 2, 1, 19, 24, dtype=torch.float64, generator=rng)
    return ((1 + relief * pred).to(dtype), (1 + relief * target).to(dtype),
            noise < 0.8)


def check_unit(loss, scaled_loss, relief, dtype, factor, unit, unknown=None):
    """Check that a loss and its gradient change by exactly these factors.

    The maps are multiplied by ``factor``, or the prediction by ``unknown`` if
    its unit is independent; the loss changes by ``unit``.
    """
    pred, target, mask = scenes(relief, dtype)
    pred_factor = factor if unknown is None else unknown
    value, grad = value_and_gradient(loss, pred, target, mask)
    scaled_value, scaled_grad = value_and_gradient(
        scaled_loss, pred_factor * pred, factor * target, mask)
    tolerance, grad_tolerance = DTYPES[dtype]
    assert value > 0 and grad.any()
    assert scaled_value.item() == pytest.approx(
        unit * value.item(), rel=tolerance)
    expected = unit / pred_factor * grad
    error = scaled_grad.double() - expected
    assert error.norm() < grad_tolerance * expected.norm()


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
    loss = MultiScaleGradientLoss(
        preset=preset, domain=domain, penalty=penalty, depth_offset=0.0,
        fused=fused)
    check_unit(loss, loss, relief, dtype, factor,
               factor**(UNITS[domain] * POWERS[penalty]))


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
    """The prediction has an unknown unit."""
    check_unit(loss, loss, relief, dtype, factor, factor**unit, unknown)


@pytest.mark.parametrize('alignment', ALIGNMENTS)
@pytest.mark.parametrize('unit', [1 / 3000, 1.0])
def test_relief_far_away_is_no_constant(alignment, unit):
    """20 m of relief at a distance of 3000 m."""
    target = 3000 + 20 * torch.rand(1, 1, 32, 32)
    for loss in (ScaleShiftInvariantLoss(alignment=alignment),
                 MultiScaleGradientLoss(
                     preset='midas', domain='inverse', alignment=alignment)):
        exact = loss(3000 * unit / target, target)
        assert exact < 1e-3 * loss(torch.full_like(target, unit), target)


@each_dtype
@few
@given(factor=factors, relief=reliefs)
def test_ssi_and_silog(dtype, factor, relief):

    def ssi(pred, target, valid):
        return ssi_loss(1 / pred, 1 / target, valid)

    def silog(unit):
        return lambda *maps: silog_loss(
            *maps, min_depth=1.001 * unit, max_depth=(1 + 0.7 * relief) * unit)

    check_unit(ssi, ssi, relief, dtype, factor, factor**-2)
    check_unit(silog(1), silog(factor), relief, dtype, factor, 1)

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mmdepth_gradloss.functional import inverse_to_depth, silog_loss, ssi_loss


def pairs(n=40, density=0.6):
    generator = torch.Generator().manual_seed(n)
    pred, target, noise = torch.rand(
        3, n, dtype=torch.float64, generator=generator)
    return pred + 0.1, target + 0.1, noise < density


@given(st.integers(1, 60), st.floats(0, 1))
def test_ssi_against_loops(n, alpha):
    pred, target, valid = pairs(n)
    errors = [
        p - t for p, t, v in zip(pred.tolist(), target.tolist(), valid) if v
    ]
    expected = 0.0
    if errors:
        mean = sum(errors) / len(errors)
        square = sum(e * e for e in errors) / len(errors)
        expected = square - mean**2 + alpha * mean**2
    value = ssi_loss(pred, target, valid, alpha).item()
    assert value == pytest.approx(expected, rel=1e-9, abs=1e-12)


@given(st.integers(1, 60), st.floats(0, 2))
def test_silog_against_loops(n, focus):
    pred, target, valid = pairs(n)
    logs = [
        math.log(min(max(p, 0.3), 0.9)) - math.log(min(max(t, 0.3), 0.9))
        for p, t, v in zip(pred.tolist(), target.tolist(), valid) if v
    ]
    expected = 0.0
    if logs:
        mean = sum(logs) / len(logs)
        square = sum(g * g for g in logs) / len(logs)
        expected = math.sqrt(abs(square - focus * mean**2) + 1e-8)
    value = silog_loss(pred, target, valid, focus, 0.3, 0.9).item()
    assert value == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_exact_prediction_has_a_finite_gradient():
    _, target, valid = pairs()
    for loss in (ssi_loss, silog_loss):
        pred = target.clone().requires_grad_()
        loss(pred, target, valid).backward()
        assert pred.grad.isfinite().all()


def test_inverse_to_depth_is_bounded():
    inverse = torch.tensor([0.5, 0.0, -1.0])
    assert inverse_to_depth(inverse).tolist() == pytest.approx([2, 1e6, 1e6])


def test_defaults_of_silog():
    pred = torch.tensor([5e-4, 150.0, 4.0], dtype=torch.float64)
    target = torch.tensor([2e-3, 99.0, 5.0], dtype=torch.float64)
    g = torch.tensor([1e-3, 100.0, 4.0]).double().log() - target.log()
    expected = (g.square().mean() - 0.85 * g.mean()**2 + 1e-8).sqrt()
    valid = torch.ones(3, dtype=torch.bool)
    torch.testing.assert_close(silog_loss(pred, target, valid), expected)


def test_default_of_ssi():
    target = torch.full((4, ), 0.5)
    valid = torch.ones(4, dtype=torch.bool)
    assert ssi_loss(target + 0.1, target, valid).item() == pytest.approx(
        0.85 * 0.01)

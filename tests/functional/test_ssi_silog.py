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


def moments(pred, target, valid, function):
    """Means of the differences of a function and of their squares."""
    values = [function(p) - function(t)
              for p, t, v in zip(pred.tolist(), target.tolist(), valid) if v]
    n = max(len(values), 1)
    return len(values), sum(values) / n, sum(x * x for x in values) / n


@given(st.integers(1, 60), st.floats(0, 1))
def test_ssi_against_loops(n, alpha):
    _, mean, square = moments(*pairs(n), lambda x: x)
    assert ssi_loss(*pairs(n), alpha).item() == pytest.approx(
        square - mean**2 + alpha * mean**2, rel=1e-9, abs=1e-12)


@given(st.integers(1, 60), st.floats(0, 2))
def test_silog_against_loops(n, focus):
    number, mean, square = moments(
        *pairs(n), lambda x: math.log(min(max(x, 0.3), 0.9)))
    expected = math.sqrt(abs(square - focus * mean**2) + 1e-8) if number else 0
    assert silog_loss(*pairs(n), focus, 0.3, 0.9).item() == pytest.approx(
        expected, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize('loss', [ssi_loss, silog_loss])
def test_exact_prediction_has_a_finite_gradient(loss):
    _, target, valid = pairs()
    pred = target.clone().requires_grad_()
    loss(pred, target, valid).backward()
    assert pred.grad.isfinite().all()


def test_inverse_to_depth_is_bounded():
    inverse = torch.tensor([0.5, 0.0, -1.0])
    assert inverse_to_depth(inverse).tolist() == pytest.approx([2, 1e6, 1e6])


def test_defaults():
    pred = torch.tensor([5e-4, 150.0, 4.0], dtype=torch.float64)
    target = torch.tensor([2e-3, 99.0, 5.0], dtype=torch.float64)
    valid = torch.ones(3, dtype=torch.bool)
    torch.testing.assert_close(
        silog_loss(pred, target, valid),
        silog_loss(pred, target, valid, 0.85, 1e-3, 100.0))
    torch.testing.assert_close(
        ssi_loss(pred, target, valid), ssi_loss(pred, target, valid, 0.85))

import math

import pytest
import torch

from mmdepth_gradloss.functional.penalties import PENALTIES

EXPECTED = {
    'l1': abs,
    'l2': lambda d: d * d,
    'charbonnier': lambda d: math.sqrt(d * d + 1e-6) - 1e-3,
}
DIFFERENCES = [-1e4, -3.0, -0.5, -1e-3, -1e-9, 0.0, 1e-9, 1e-3, 0.5, 3.0, 1e4]
each_penalty = pytest.mark.parametrize('name', EXPECTED)


def test_all_penalties_are_tested():
    assert set(EXPECTED) == set(PENALTIES)


@each_penalty
def test_value_and_derivative(name):
    value, derivative, _ = PENALTIES[name]
    d = torch.tensor(DIFFERENCES, dtype=torch.float64, requires_grad=True)
    cost = value(d)
    assert cost.tolist() == pytest.approx(
        [EXPECTED[name](x) for x in DIFFERENCES], rel=1e-12, abs=1e-15)
    assert value(torch.tensor(math.nan)).isnan()
    expected, = torch.autograd.grad(cost.sum(), d)
    # write into a slice of a larger map
    whole = torch.full((2, len(d)), math.nan, dtype=torch.float64)
    derivative(d.detach(), out=whole[1])
    torch.testing.assert_close(whole[1], expected, rtol=1e-14, atol=0)
    assert whole[0].isnan().all()


@each_penalty
@pytest.mark.parametrize('dtype', [torch.float32, torch.float64])
def test_exact_prediction_costs_nothing_and_pulls_nowhere(name, dtype):
    value, derivative, _ = PENALTIES[name]
    zero = torch.zeros(3, dtype=dtype)
    assert not value(zero).any()
    out = torch.ones_like(zero)
    derivative(zero, out=out)
    assert not out.any()


@each_penalty
@pytest.mark.parametrize('difference', [1e-7, 1e-5, 1e-3, 1.0, 1e4])
def test_float32_cancels_nothing(name, difference):
    d = torch.tensor(difference, dtype=torch.float64)
    value = PENALTIES[name].value
    assert value(d.float()).item() == pytest.approx(value(d).item(), rel=1e-6)

import math
import sys

import pytest
import torch

from mmdepth_gradloss.functional.domains import DOMAINS

EXPECTED = {
    'linear': lambda depth: depth,
    'normalized': lambda depth: depth,
    'log': lambda depth: math.log(max(depth, 1e-6)),
    'inverse': lambda depth: 1 / max(depth, 1e-6),
}
LARGEST = sys.float_info.max
DEPTHS = [-LARGEST, -2.0, -1e-9, 0.0, 1e-9, 9e-7, 1.1e-6, 1e-3, 0.5, 1.0, 80.0,
          1e4, LARGEST, math.nan]


def test_all_domains_are_tested():
    assert set(EXPECTED) == set(DOMAINS)


@pytest.mark.parametrize('name', EXPECTED)
def test_value_and_derivative(name):
    value, derivative = DOMAINS[name]
    depth = torch.tensor(DEPTHS, dtype=torch.float64, requires_grad=True)
    values = value(depth)
    assert values.tolist() == pytest.approx(
        [EXPECTED[name](d) for d in DEPTHS], rel=1e-14, nan_ok=True)
    expected, = torch.autograd.grad(values.sum(), depth)
    if derivative is None:
        assert (expected == 1).all()
        return
    actual = derivative(depth.detach())
    assert actual[-1].isnan()
    torch.testing.assert_close(actual[:-1], expected[:-1], rtol=1e-14, atol=0)
    assert not actual[depth < 1e-6].any()


@pytest.mark.parametrize('name', ['log', 'inverse'])
def test_finite_in_float32(name):
    largest = torch.finfo(torch.float32).max
    depth = torch.tensor([-largest, 0, 1e-45, 1e-6, largest])
    for function in DOMAINS[name]:
        assert function(depth).isfinite().all()

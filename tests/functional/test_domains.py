import math

import pytest
import torch

from mmdepth_gradloss.functional.domains import DOMAINS, MIN_DEPTH, inverse

EXPECTED = {
    'linear': lambda depth: depth,
    'normalized': lambda depth: depth,
    'log': lambda depth: math.log(max(depth, 1e-6)),
    'inverse': lambda depth: 1 / max(depth, 1e-6),
}
DEPTHS = [-1e30, -2.0, -1e-9, 0.0, 1e-9, 9e-7, 1.1e-6, 1e-3, 0.5, 1.0, 80.0,
          1e4, 1e30]


def test_all_domains_are_tested():
    assert set(EXPECTED) == set(DOMAINS)
    assert MIN_DEPTH == 1e-6


@pytest.mark.parametrize('name', EXPECTED)
def test_value(name):
    depth = torch.tensor(DEPTHS, dtype=torch.float64)
    assert DOMAINS[name].value(depth).tolist() == pytest.approx(
        [EXPECTED[name](d) for d in DEPTHS], rel=1e-14)


@pytest.mark.parametrize('name', EXPECTED)
def test_derivative(name):
    value, derivative = DOMAINS[name]
    depth = torch.tensor(DEPTHS, dtype=torch.float64, requires_grad=True)
    expected, = torch.autograd.grad(value(depth).sum(), depth)
    if derivative is None:
        assert (expected == 1).all()
        return
    torch.testing.assert_close(
        derivative(depth.detach()), expected, rtol=1e-14, atol=0)
    below = depth < 1e-6
    assert below.any() and not derivative(depth.detach())[below].any()


@pytest.mark.parametrize('name', ['log', 'inverse'])
@pytest.mark.parametrize('dtype', [torch.float32, torch.float64])
def test_finite_for_any_finite_depth(name, dtype):
    value, derivative = DOMAINS[name]
    depth = torch.tensor(
        [-torch.finfo(dtype).max, 0, 5e-324, 1e-6,
         torch.finfo(dtype).max], dtype=dtype)
    assert value(depth).isfinite().all()
    assert derivative(depth).isfinite().all()


@pytest.mark.parametrize('name', EXPECTED)
def test_nan_is_not_hidden(name):
    value, derivative = DOMAINS[name]
    nan = torch.tensor(math.nan)
    assert value(nan).isnan()
    assert derivative is None or derivative(nan).isnan()


def test_depth_is_left_as_it_is():
    depth = torch.tensor([-1.0, 0.0, 2.0])
    for value, derivative in DOMAINS.values():
        value(depth)
        if derivative is not None:
            derivative(depth)
    assert depth.tolist() == [-1, 0, 2]


def test_inverse_is_at_most_a_million():
    assert inverse(torch.tensor([-1.0, 0.0, 4.0])).tolist() == pytest.approx(
        [1e6, 1e6, 0.25])

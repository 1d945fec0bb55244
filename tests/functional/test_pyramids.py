import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from plain_loops import BINOMIAL, BLOCK, halve, stride

from mmdepth_gradloss.functional.pyramids import PYRAMIDS

sizes = st.integers(1, 40)
small_sizes = st.integers(1, 14)
seeds = st.integers(0, 99)

FACTORS = {
    'bilinear': [(1, 2, 4, 8), (1, 4), (2, ), (2, 6)],
    'nearest': [(1, 2, 4, 8), (1, 3, 5), (2, ), (3, 4)],
    'stride': [(1, 2, 4, 6), (1, 8), (2, ), (3, 4)],
    'area': [(1, 2, 4, 8), (1, 4), (2, ), (2, 8)],
    'gaussian': [(1, 2, 4, 8), (1, 4), (2, ), (2, 8)],
}
CASES = [(name, factors) for name in FACTORS for factors in FACTORS[name]]


def residual_and_mask(h, w, n=2, density=0.6, seed=0):
    generator = torch.Generator().manual_seed(seed)
    residual, noise = torch.rand(
        2, n, 1, h, w, dtype=torch.float64, generator=generator)
    valid = noise < density
    return (residual - 0.5).where(valid, 0), valid


def build(name, residual, valid, factors):
    return PYRAMIDS[name](valid, factors, residual.dtype)


def test_all_pyramids_are_tested():
    assert set(FACTORS) == set(PYRAMIDS)


@given(sizes, sizes, st.sampled_from([2, 4, 6, 8]), seeds)
def test_bilinear_is_torch_s_resize_without_antialiasing(h, w, factor, seed):
    x, valid = residual_and_mask(h, w, seed=seed)
    pyramid = build('bilinear', x, valid, (1, factor))
    full, small = pyramid.reduce(x)
    assert torch.equal(full, x) and torch.equal(pyramid.valid[0], valid)
    small_valid = pyramid.valid[1]
    assert small_valid.shape == small.shape
    assert small.shape == (2, 1, h // factor, w // factor)
    if small.numel() == 0:
        return
    torch.testing.assert_close(
        small,
        F.interpolate(
            x, scale_factor=1 / factor, mode='bilinear', align_corners=False))
    expected = F.interpolate(
        valid.double(), scale_factor=1 / factor, mode='nearest') > 0
    assert torch.equal(small_valid, expected)


@given(sizes, sizes, st.integers(1, 8), seeds)
def test_nearest_is_torch_s_resize(h, w, factor, seed):
    x, valid = residual_and_mask(h, w, seed=seed)
    pyramid = build('nearest', x, valid, (factor, ))
    small, = pyramid.reduce(x)
    size = h // factor, w // factor
    assert small.shape == pyramid.valid[0].shape == (2, 1, *size)
    if small.numel() == 0:
        return
    assert torch.equal(small, F.interpolate(x, size=size, mode='nearest'))
    assert torch.equal(
        pyramid.valid[0].double(),
        F.interpolate(valid.double(), size=size, mode='nearest'))


@pytest.mark.parametrize('factor', [2, 4, 8])
def test_nearest_takes_torch_s_pixels_at_any_size(factor):
    """At 106, 150, 159, ... a product in float32 is just below a whole one."""
    others = set()
    for size in range(3, 701):
        ramp = torch.arange(size, dtype=torch.float32).expand(1, 1, 8, size)
        small, = build('nearest', ramp, ramp >= 0, (factor, )).reduce(ramp)
        count = size // factor
        if count:
            expected = F.interpolate(
                ramp, size=(8 // factor, count), mode='nearest')
            assert torch.equal(small, expected), size
            if (small[0, 0, 0] != torch.arange(count) * size // count).any():
                others.add(size)
    assert others >= {2: set(), 4: {106, 159, 362}, 8: {150, 175}}[factor]


@given(small_sizes, small_sizes, st.integers(1, 8), seeds)
def test_stride_takes_every_nth_pixel(h, w, factor, seed):
    x, valid = residual_and_mask(h, w, n=1, seed=seed)
    pyramid = build('stride', x, valid, (factor, ))
    small, = pyramid.reduce(x)
    assert small[0, 0].tolist() == stride(x[0, 0].tolist(), factor)
    assert pyramid.valid[0][0, 0].tolist() == stride(valid[0, 0].tolist(),
                                                     factor)


@pytest.mark.parametrize('name,weights', [('area', BLOCK),
                                          ('gaussian', BINOMIAL)])
@given(h=small_sizes, w=small_sizes, density=st.sampled_from([0.1, 0.6, 1.0]),
       seed=seeds)
def test_weighted_mean_of_valid_pixels_again_and_again(name, weights, h, w,
                                                       density, seed):
    x, valid = residual_and_mask(h, w, n=1, density=density, seed=seed)
    pyramid = build(name, x, valid, (1, 2, 4, 8, 16))
    level, mask = x[0, 0].tolist(), valid[0, 0].tolist()
    for actual, actual_mask in zip(pyramid.reduce(x), pyramid.valid):
        assert actual_mask[0, 0].tolist() == mask
        torch.testing.assert_close(
            actual[0, 0], torch.tensor(level, dtype=torch.float64))
        level, mask = halve(level, mask, weights)


@pytest.mark.parametrize('name', ['area', 'gaussian'])
def test_levels_left_out_are_still_passed_through(name):
    x, valid = residual_and_mask(21, 18)
    every = build(name, x, valid, (1, 2, 4, 8))
    some = build(name, x, valid, (2, 8))
    for a, b in zip(some.reduce(x), every.reduce(x)[1::2]):
        assert torch.equal(a, b)
    for a, b in zip(some.valid, every.valid[1::2]):
        assert torch.equal(a, b)


@pytest.mark.parametrize('name', ['area', 'gaussian'])
@given(h=small_sizes, w=small_sizes, seed=seeds)
def test_constant_residual_stays_that_constant(name, h, w, seed):
    _, valid = residual_and_mask(h, w, density=0.2, seed=seed)
    x = 3.7 * valid.double()
    pyramid = build(name, x, valid, (1, 2, 4, 8))
    for level, mask in zip(pyramid.reduce(x), pyramid.valid):
        torch.testing.assert_close(level, 3.7 * mask.double())


@pytest.mark.parametrize('name,factors', CASES)
@settings(max_examples=40)
@given(h=small_sizes, w=small_sizes, n=st.integers(0, 2), seed=seeds)
def test_adjoint(name, factors, h, w, n, seed):
    """<reduce(x), y> = <x, adjoint(y)> for all x that are 0 where invalid."""
    x, valid = residual_and_mask(h, w, n=n, seed=seed)
    pyramid = build(name, x, valid, factors)
    levels = [level.clone() for level in pyramid.reduce(x)]
    grads = [torch.randn_like(level) for level in levels]
    expected = sum((a * b).sum() for a, b in zip(levels, grads))
    transposed = pyramid.adjoint(grads)
    assert transposed.shape == x.shape
    actual = (x[valid] * transposed[valid]).sum()
    torch.testing.assert_close(actual, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize('name,factors', CASES)
@pytest.mark.parametrize('size', [(1, 1), (5, 9), (16, 16)])
def test_adjoint_is_what_autograd_computes(name, factors, size):
    x, valid = residual_and_mask(*size)
    pyramid = build(name, x, valid, factors)
    x.requires_grad_()
    levels = pyramid.reduce(x)
    grads = [torch.randn_like(level) for level in levels]
    expected, = torch.autograd.grad(levels, x, grads)
    actual = pyramid.adjoint([grad.clone() for grad in grads])
    torch.testing.assert_close(actual[valid], expected[valid])


@pytest.mark.parametrize('name,factors', CASES)
@settings(max_examples=40)
@given(h=small_sizes, w=small_sizes, n=st.integers(1, 2))
def test_levels_are_contiguous_and_share_no_memory(name, factors, h, w, n):
    # what they hold is overwritten, one after the other
    x, valid = residual_and_mask(h, w, n=n)
    levels = build(name, x, valid, factors).reduce(x)
    assert all(level.is_contiguous() for level in levels)
    if factors[0] == 1:
        assert levels[0] is x
    filled = [level for level in levels if level.numel()]
    memory = {level.untyped_storage().data_ptr() for level in filled}
    assert len(memory) == len(filled)


@pytest.mark.parametrize('name', FACTORS)
def test_residual_is_left_as_it_is(name):
    x, valid = residual_and_mask(12, 13)
    before, mask = x.clone(), valid.clone()
    build(name, x, valid, (1, 2, 4)).reduce(x)
    assert torch.equal(x, before) and torch.equal(valid, mask)


@pytest.mark.parametrize('name', FACTORS)
@pytest.mark.parametrize('dtype', [torch.float32, torch.float64])
def test_levels_have_the_dtype_of_the_residual(name, dtype):
    x, valid = residual_and_mask(9, 9)
    x = x.to(dtype)
    pyramid = build(name, x, valid, (1, 2, 4))
    for level, mask in zip(pyramid.reduce(x), pyramid.valid):
        assert level.dtype == dtype and mask.dtype == torch.bool
        assert level.shape == mask.shape


@pytest.mark.parametrize('name', FACTORS)
def test_strides_do_not_matter(name):
    x, valid = residual_and_mask(13, 10)
    expected = build(name, x, valid, (1, 2, 4))
    flipped = x.mT.contiguous().mT, valid.mT.contiguous().mT
    assert not flipped[0].is_contiguous()
    actual = build(name, *flipped, (1, 2, 4))
    for a, b in zip(actual.reduce(flipped[0]), expected.reduce(x)):
        assert torch.equal(a, b)
    for a, b in zip(actual.valid, expected.valid):
        assert torch.equal(a, b)


@pytest.mark.parametrize('name,refused,message', [
    ('bilinear', (1, 2, 3), 'even factors, got 3'),
    ('bilinear', (1, 5, 6), 'even factors, got 5'),
    ('area', (1, 2, 6), 'powers of two as factors, got 6'),
    ('gaussian', (1, 3), 'powers of two as factors, got 3'),
])
def test_factors_that_do_not_exist_are_named(name, refused, message):
    with pytest.raises(ValueError, match=message):
        PYRAMIDS[name].check_factors(refused)


@pytest.mark.parametrize('name,factors', CASES)
def test_other_factors_are_fine(name, factors):
    PYRAMIDS[name].check_factors(factors)

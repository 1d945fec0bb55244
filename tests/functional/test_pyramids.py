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
each_pyramid = pytest.mark.parametrize('name', FACTORS)
each_case = pytest.mark.parametrize('name,factors', [
    (name, factors) for name in FACTORS for factors in FACTORS[name]])
halving = pytest.mark.parametrize('name,weights', [
    ('area', BLOCK), ('gaussian', BINOMIAL)])


def residual_and_mask(h, w, n=2, density=0.6, seed=0):
    generator = torch.Generator().manual_seed(seed)
    residual, noise = torch.rand(
        2, n, 1, h, w, dtype=torch.float64, generator=generator)
    valid = noise < density
    return (residual - 0.5).where(valid, 0), valid


def build(name, residual, valid, factors):
    return PYRAMIDS[name](valid, factors, residual.dtype)


def assert_equal(some, others):
    for a, b in zip(some, others, strict=True):
        assert torch.equal(a, b)


def test_all_pyramids_are_tested():
    assert set(FACTORS) == set(PYRAMIDS)


@given(sizes, sizes, st.sampled_from([2, 4, 6, 8]), seeds)
def test_bilinear_is_torch_s_resize_without_antialiasing(h, w, factor, seed):
    x, valid = residual_and_mask(h, w, seed=seed)
    pyramid = build('bilinear', x, valid, (factor, ))
    small, = pyramid.reduce(x)
    small_valid, = pyramid.valid
    assert small_valid.shape == small.shape == (2, 1, h // factor, w // factor)
    if small.numel():
        torch.testing.assert_close(small, F.interpolate(
            x, scale_factor=1 / factor, mode='bilinear', align_corners=False))
        assert torch.equal(small_valid.double(), F.interpolate(
            valid.double(), scale_factor=1 / factor, mode='nearest'))


@given(sizes, sizes, st.integers(1, 8), seeds)
def test_nearest_is_torch_s_resize(h, w, factor, seed):
    x, valid = residual_and_mask(h, w, seed=seed)
    pyramid = build('nearest', x, valid, (factor, ))
    small, = pyramid.reduce(x)
    size = h // factor, w // factor
    assert small.shape == pyramid.valid[0].shape == (2, 1, *size)
    if small.numel():
        assert torch.equal(small, F.interpolate(x, size=size, mode='nearest'))
        assert torch.equal(
            pyramid.valid[0].double(),
            F.interpolate(valid.double(), size=size, mode='nearest'))


@pytest.mark.parametrize('factor,rounded', [
    (2, set()), (4, {106, 159, 362}), (8, {150, 175})])
def test_nearest_takes_torch_s_pixels_at_any_size(factor, rounded):
    """At some sizes a product in float32 is just below an integer."""
    others = set()
    for size in range(factor, 701):
        ramp = torch.arange(size, dtype=torch.float32).expand(1, 1, 8, size)
        small, = build('nearest', ramp, ramp >= 0, (factor, )).reduce(ramp)
        count = size // factor
        expected = F.interpolate(
            ramp, size=(8 // factor, count), mode='nearest')
        assert torch.equal(small, expected), size
        if (small[0, 0, 0] != torch.arange(count) * size // count).any():
            others.add(size)
    assert others >= rounded


@given(small_sizes, small_sizes, st.integers(1, 8), seeds)
def test_stride_takes_every_nth_pixel(h, w, factor, seed):
    x, valid = residual_and_mask(h, w, n=1, seed=seed)
    pyramid = build('stride', x, valid, (factor, ))
    for level, image in ((pyramid.reduce(x), x), (pyramid.valid, valid)):
        assert level[0][0, 0].tolist() == stride(image[0, 0].tolist(), factor)


@halving
@given(h=small_sizes, w=small_sizes, density=st.sampled_from([0.1, 0.6, 1.0]),
       seed=seeds)
def test_weighted_mean_of_valid_pixels_again_and_again(
        name, weights, h, w, density, seed):
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
    assert_equal(some.reduce(x), every.reduce(x)[1::2])
    assert_equal(some.valid, every.valid[1::2])


@each_case
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


@each_case
@settings(max_examples=40)
@given(h=small_sizes, w=small_sizes, n=st.integers(1, 2))
def test_levels_are_contiguous_and_share_no_memory(name, factors, h, w, n):
    # overwrite their values one after the other
    x, valid = residual_and_mask(h, w, n=n)
    before, mask = x.clone(), valid.clone()
    levels = build(name, x, valid, factors).reduce(x)
    assert all(level.is_contiguous() for level in levels)
    if factors[0] == 1:
        assert levels[0] is x
    filled = [level for level in levels if level.numel()]
    memory = {level.untyped_storage().data_ptr() for level in filled}
    assert len(memory) == len(filled)
    assert_equal((x, valid), (before, mask))


@each_pyramid
@pytest.mark.parametrize('dtype', [torch.float32, torch.float64])
def test_levels_have_the_dtype_of_the_residual(name, dtype):
    x, valid = residual_and_mask(9, 9)
    x = x.to(dtype)
    pyramid = build(name, x, valid, (1, 2, 4))
    for level, mask in zip(pyramid.reduce(x), pyramid.valid):
        assert level.dtype == dtype and mask.dtype == torch.bool


@each_pyramid
def test_strides_do_not_matter(name):
    x, valid = residual_and_mask(13, 10)
    expected = build(name, x, valid, (1, 2, 4))
    flipped = x.mT.contiguous().mT, valid.mT.contiguous().mT
    assert not flipped[0].is_contiguous()
    actual = build(name, *flipped, (1, 2, 4))
    assert_equal(actual.reduce(flipped[0]), expected.reduce(x))
    assert_equal(actual.valid, expected.valid)


@each_case
def test_factors_that_exist(name, factors):
    PYRAMIDS[name].check_factors(factors)

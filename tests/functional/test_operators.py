import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from plain_loops import KERNELS
from plain_loops import correlate as correlate_by_loops

from mmdepth_gradloss.functional import spatial_gradients
from mmdepth_gradloss.functional.operators import (OPERATORS, correlate, flip,
                                                   kernel_views, stencil_size)

STENCILS = [stencil for stencils in OPERATORS.values() for stencil in stencils]


def rows(width):
    weights = st.integers(-5, 5).filter(bool)
    return st.lists(weights, min_size=width, max_size=width).map(tuple)


kernels = st.tuples(st.integers(1, 3), st.integers(1, 3)).flatmap(
    lambda size: st.lists(
        rows(size[1]), min_size=size[0], max_size=size[0]).map(tuple))


def integers(*shape, seed):
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(-9, 9, shape, generator=generator)


def test_all_operators_are_tested():
    assert set(KERNELS) == set(OPERATORS)


@pytest.mark.parametrize('operator', KERNELS)
def test_against_loops(operator):
    image = torch.rand(2, 1, 5, 7, dtype=torch.float64)
    before = image.clone()
    maps = spatial_gradients(image, operator)
    assert len(maps) == len(KERNELS[operator])
    for gradient, kernel in zip(maps, KERNELS[operator]):
        expected = [[correlate_by_loops(channel.tolist(), kernel)]
                    for channel in image[:, 0]]
        torch.testing.assert_close(
            gradient, torch.tensor(expected, dtype=torch.float64))
    assert torch.equal(image, before)


@pytest.mark.parametrize('operator', KERNELS)
def test_size_of_the_window(operator):
    assert [stencil_size(stencil) for stencil in OPERATORS[operator]] == [
        (len(kernel), len(kernel[0])) for kernel in KERNELS[operator]]


@given(st.lists(kernels, min_size=1, max_size=3), st.integers(0, 99))
def test_kernels_are_correlated_one_after_the_other(stencil, seed):
    image = integers(9, 10, seed=seed)
    expected = image.tolist()
    for kernel in stencil:
        expected = correlate_by_loops(expected, kernel)
    assert correlate(image, tuple(stencil)).tolist() == expected


def test_any_leading_dimensions():
    image = torch.rand(2, 3, 4, 6, 7)
    for stencil in OPERATORS['sobel']:
        torch.testing.assert_close(
            correlate(image, stencil)[1, 2, 3],
            correlate(image[1, 2, 3], stencil))


@given(
    st.one_of(st.sampled_from(STENCILS),
              st.lists(kernels, min_size=1, max_size=2).map(tuple)),
    st.integers(0, 6), st.integers(0, 6), st.integers(0, 99))
def test_flipped_stencil_on_a_padded_map_is_the_transpose(
        stencil, more_rows, more_cols, seed):
    height, width = stencil_size(stencil)
    x = integers(height + more_rows, width + more_cols, seed=seed)
    y = integers(1 + more_rows, 1 + more_cols, seed=seed + 1)
    padded = torch.nn.functional.pad(
        y, (width - 1, width - 1, height - 1, height - 1))
    transposed = correlate(padded, flip(stencil))
    assert transposed.shape == x.shape
    assert (correlate(x, stencil) * y).sum() == (x * transposed).sum()


def test_views_share_the_memory_of_the_image():
    image = torch.zeros(1, 1, 4, 5)
    views = kernel_views(image, ((0, -1), (3, 0)))
    assert [weight for weight, _ in views] == [-1, 3]
    for number, (_, view) in enumerate(views, start=1):
        assert view.shape == (1, 1, 3, 4)
        view[..., 0, 0] = number
    assert image[0, 0].nonzero().tolist() == [[0, 1], [1, 0]]
    assert image[0, 0, 0, 1] == 1 and image[0, 0, 1, 0] == 2


@pytest.mark.parametrize('size', [(1, 1), (2, 5), (5, 2), (1, 4), (0, 0)])
def test_image_smaller_than_the_kernel_gives_empty_maps(size):
    for gradient in spatial_gradients(torch.rand(1, 1, *size), 'sobel'):
        assert gradient.numel() == 0


def test_unknown_operator_lists_the_known():
    with pytest.raises(ValueError, match="'prewitt'.*forward.*sobel"):
        spatial_gradients(torch.rand(1, 1, 4, 4), 'prewitt')

import pytest
import torch

from mmdepth_gradloss.functional import spatial_gradients
from mmdepth_gradloss.functional.operators import OPERATORS


def correlate(image, kernel):
    """Valid correlation of one (H, W) map in plain loops."""
    kh, kw = len(kernel), len(kernel[0])
    height, width = image.shape
    out = torch.zeros(height - kh + 1, width - kw + 1, dtype=torch.float64)
    for y in range(out.shape[0]):
        for x in range(out.shape[1]):
            out[y, x] = sum(kernel[i][j] * image[y + i, x + j]
                            for i in range(kh) for j in range(kw))
    return out


EXPECTED = {
    'sobel': [[(-1, 0, 1), (-2, 0, 2), (-1, 0, 1)],
              [(-1, -2, -1), (0, 0, 0), (1, 2, 1)]],
    'scharr': [[(-3, 0, 3), (-10, 0, 10), (-3, 0, 3)],
               [(-3, -10, -3), (0, 0, 0), (3, 10, 3)]],
    'forward': [[(-1, 1)], [(-1, ), (1, )]],
    'central': [[(-1, 0, 1)], [(-1, ), (0, ), (1, )]],
    'laplace': [[(0, 1, 0), (1, -4, 1), (0, 1, 0)]],
}


def test_all_operators_are_tested():
    assert set(EXPECTED) == set(OPERATORS)


@pytest.mark.parametrize('operator', EXPECTED)
def test_against_loops(operator):
    image = torch.rand(2, 1, 5, 7, dtype=torch.float64)
    maps = spatial_gradients(image, operator)
    assert len(maps) == len(EXPECTED[operator])
    for gradient, kernel in zip(maps, EXPECTED[operator]):
        for n in range(2):
            torch.testing.assert_close(gradient[n, 0],
                                       correlate(image[n, 0], kernel))


@pytest.mark.parametrize('size', [(1, 1), (2, 5), (5, 2), (1, 4)])
def test_image_smaller_than_the_kernel_gives_empty_maps(size):
    for gradient in spatial_gradients(torch.rand(1, 1, *size), 'sobel'):
        assert gradient.numel() == 0


def test_unknown_operator_lists_the_known():
    with pytest.raises(ValueError, match="'prewitt'.*forward.*sobel"):
        spatial_gradients(torch.rand(1, 1, 4, 4), 'prewitt')

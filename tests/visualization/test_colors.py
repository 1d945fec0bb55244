import matplotlib
import numpy as np

from mmdepth_gradloss.visualization.colors import (INVALID_COLOR, colorize,
                                                   value_range)


def test_colorize_ends_and_invalid_pixels():
    values = np.array([[1.0, 3.0, np.nan, -9.0, 99.0]])
    valid = np.array([[True, True, False, True, True]])
    colors = colorize(values, valid, 1.0, 3.0, 'turbo_r')
    colormap = matplotlib.colormaps['turbo_r']
    first, last = (colormap(i, bytes=True)[:3] for i in (0, 255))
    assert colors.dtype == np.uint8
    expected = [first, last, INVALID_COLOR, first, last]
    np.testing.assert_array_equal(colors[0], expected)


def test_colorize_a_constant_map():
    colors = colorize(np.full((2, 2), 5.0), np.ones((2, 2), bool), 5.0, 5.0,
                      'magma')
    assert (colors == matplotlib.colormaps['magma'](0, bytes=True)[:3]).all()


def test_no_scale_contains_the_invalid_color():
    for name in ('turbo_r', 'inferno', 'magma'):
        colors = matplotlib.colormaps[name](range(256), bytes=True)[:, :3]
        distance = np.abs(colors.astype(int) - INVALID_COLOR).max(1)
        assert distance.min() > 20


def test_value_range_ignores_invalid_pixels():
    values = np.arange(101.0)
    valid = np.ones(101, bool)
    assert value_range(values, valid) == (2.0, 98.0)
    assert value_range(values, values < 50, 0, 100) == (0.0, 49.0)
    values[values >= 50] = np.nan
    assert value_range(values, values < 50, 0, 100) == (0.0, 49.0)
    assert value_range(values, np.zeros(101, bool)) == (0.0, 1.0)

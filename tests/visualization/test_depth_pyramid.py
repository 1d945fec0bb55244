import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmdepth_gradloss.visualization.depth_pyramid import (gradient_magnitude,
                                                          reduce_map)


@given(st.integers(0, 2**32 - 1), st.sampled_from([0, 1, 2]))
def test_reduce_map_is_the_mean_of_valid_pixels(seed, level):
    rng = np.random.default_rng(seed)
    values = rng.uniform(1, 9, (16, 12))
    valid = rng.random((16, 12)) < 0.3
    values[~valid] = np.nan
    reduced, known = reduce_map(values, valid, level)
    block = 2**level
    assert reduced.shape == known.shape == (16 // block, 12 // block)
    for y, x in np.ndindex(reduced.shape):
        window = np.s_[y * block:(y + 1) * block, x * block:(x + 1) * block]
        assert known[y, x] == valid[window].any()
        if known[y, x]:
            mean = values[window][valid[window]].mean()
            assert reduced[y, x] == pytest.approx(mean, rel=1e-5)


def test_reduce_map_keeps_a_constant_at_odd_sizes():
    values = np.full((13, 19), 5.0)
    valid = np.random.default_rng(0).random((13, 19)) < 0.2
    reduced, known = reduce_map(values, valid, 2)
    assert reduced.shape == (3, 4)
    np.testing.assert_allclose(reduced[known], 5.0, rtol=1e-5)


def test_too_small_for_a_level():
    with pytest.raises(ValueError, match='level 3 of a 20x40 map has 2x5'):
        reduce_map(np.ones((20, 40)), np.ones((20, 40), bool), 3)


def test_gradient_of_a_ramp_is_its_slope():
    y, x = np.mgrid[:6, :7]
    gradient, known = gradient_magnitude(3.0 * x + 4.0 * y,
                                         np.ones((6, 7), bool))
    np.testing.assert_allclose(gradient[known], 5.0, rtol=1e-6)
    expected = np.zeros((6, 7), bool)
    expected[1:-1, 1:-1] = True
    np.testing.assert_array_equal(known, expected)


def test_gradient_needs_the_whole_window():
    valid = np.ones((7, 7), bool)
    valid[3, 3] = False
    _, known = gradient_magnitude(np.zeros((7, 7)), valid)
    for y, x in np.ndindex(7, 7):
        inside = 0 < y < 6 and 0 < x < 6
        touches = abs(y - 3) <= 1 and abs(x - 3) <= 1
        assert known[y, x] == (inside and not touches)

import numpy as np
import plain_loops
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import binary_erosion

from mmdepth_gradloss.visualization.depth_pyramid import (gradient_magnitude,
                                                          reduce_map)


@given(st.integers(0, 2**32 - 1), st.sampled_from([0, 1, 2, 3]))
def test_reduce_map_repeats_means_of_valid_pixels(seed, level):
    rng = np.random.default_rng(seed)
    values = rng.uniform(1, 9, (33, 24))
    values[rng.random((33, 24)) < 0.7] = np.nan
    reduced, known = reduce_map(values, np.isfinite(values), level)
    means, valid = values.tolist(), np.isfinite(values).tolist()
    for _ in range(level):
        means, valid = plain_loops.halve(means, valid, plain_loops.BLOCK)
    np.testing.assert_array_equal(known, valid)
    np.testing.assert_allclose(reduced, np.nan_to_num(means), rtol=1e-5)


def test_too_small_for_a_level():
    with pytest.raises(ValueError, match='level 4 of a 20x40 map has 2x3'):
        reduce_map(np.ones((20, 40)), np.ones((20, 40), bool), 4)


def test_gradient_of_a_ramp_is_its_slope_where_the_window_is_whole():
    y, x = np.mgrid[:7, :8]
    valid = (y != 3) | (x != 3)
    gradient, known = gradient_magnitude(3.0 * x + 4.0 * y, valid)
    np.testing.assert_array_equal(
        known, binary_erosion(valid, np.ones((3, 3))))
    np.testing.assert_allclose(gradient[known], 5.0, rtol=1e-6)

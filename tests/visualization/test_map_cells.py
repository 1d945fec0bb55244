import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mmdepth_gradloss.visualization.map_cells import enlarge_points


@given(st.integers(0, 2**32 - 1), st.sampled_from([1.0, 1.5, 2.5]))
def test_each_new_pixel_has_a_valid_one_nearby(seed, radius):
    rng = np.random.default_rng(seed)
    valid = rng.random((9, 12)) < 0.1
    values = rng.random((9, 12))
    large, known = enlarge_points(values, valid, radius)
    np.testing.assert_array_equal(large[valid], values[valid])
    assert known[valid].all()
    points = np.argwhere(valid)
    for y, x in np.ndindex(9, 12):
        distance = np.hypot(*(points - (y, x)).T)
        near = values[valid][distance <= radius + 0.1]
        assert not known[y, x] or large[y, x] in near
        # The 5x5 distance transform is off by a few per cent.
        assert known[y, x] or not (distance <= 0.95 * radius).any()

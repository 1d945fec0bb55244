import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmdepth_gradloss.functional.image_sizes import same_proportions

sides = st.integers(1, 3000)


@given(sides, sides, st.floats(0.01, 1), st.booleans(), st.booleans())
def test_any_resize_to_whole_pixels(height, width, factor, up, left):
    small = [max(1, int(side * factor) + extra)
             for side, extra in ((height, up), (width, left))]
    if factor * min(height, width) >= 1:
        assert same_proportions((height, width), small)
        assert same_proportions(small, [height, width])


@pytest.mark.parametrize('first, second, same', [
    ((480, 640), (100, 133), True), ((480, 640), (100, 134), True),
    ((480, 640), (100, 136), False), ((480, 640), (99, 133), True),
    ((480, 640), (98, 133), False), ((480, 640), (480, 640), True),
    ((480, 640), (480, 637), False), ((480, 640), (640, 480), False),
    ((1216, 1936), (384, 640), False)])
def test_where_rounding_ends(first, second, same):
    assert same_proportions(first, second) is same
    assert same_proportions(second, first) is same

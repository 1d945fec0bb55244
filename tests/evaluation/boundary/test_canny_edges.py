"""Distances between edges against plain Python loops."""
import math

import hypothesis.extra.numpy as hnp
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mmdepth_gradloss.evaluation.boundary.canny_edges import edge_distances

PAIRS = hnp.arrays(
    bool,
    hnp.array_shapes(min_dims=2, max_dims=2, max_side=7).map(
        lambda shape: (2, *shape)),
    elements=st.booleans())


@given(PAIRS)
def test_distances(maps):
    edges, others = maps
    expected = [
        min((math.dist(place, other) for other in np.argwhere(others)),
            default=math.inf) for place in np.argwhere(edges)
    ]
    np.testing.assert_allclose(edge_distances(edges, others), expected)

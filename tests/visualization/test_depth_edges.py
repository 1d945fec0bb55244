import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mmdepth_gradloss.evaluation.depth_edges import edge_pixels
from mmdepth_gradloss.visualization.colors import INVALID_COLOR
from mmdepth_gradloss.visualization.depth_edges import (EDGE_COLORS, FALSE,
                                                        FOUND, MISSED,
                                                        color_edges,
                                                        compare_edges,
                                                        depth_edges)


def step_map(column):
    """2 m left of the column, 3 m from there."""
    depth = np.full((5, 8), 2.0)
    depth[:, column:] = 3.0
    return depth


@pytest.mark.parametrize('true, predicted, expected', [
    (4, 4, {3: FOUND}), (4, 6, {3: MISSED, 5: FALSE}), (4, 8, {3: MISSED})])
def test_classes_of_the_nearer_side(true, predicted, expected):
    valid = np.ones((5, 8), bool)
    classes = compare_edges(step_map(true), 7 * step_map(predicted), valid,
                            1.1)
    image = color_edges(classes, valid)
    for column in range(8):
        edge_class = expected.get(column, 0)
        assert (classes[:, column] == edge_class).all()
        if edge_class:
            assert (image[:, column] == EDGE_COLORS[edge_class]).all()


def test_holes_make_no_edges_and_are_grey():
    depth, valid = step_map(4), np.ones((5, 8), bool)
    valid[:, 4] = False
    depth[:, 4] = np.nan
    classes = compare_edges(depth, depth[:, ::-1], valid, 1.1)
    assert not classes[:, :5].any()
    image = color_edges(classes, valid)
    assert (image[:, 4] == INVALID_COLOR).all()
    assert (image[:, 0] != INVALID_COLOR).all()


def test_thickness():
    classes = np.zeros((9, 9), np.uint8)
    classes[4, 4] = MISSED
    image = color_edges(classes, np.ones((9, 9), bool), thickness=3)
    missed = (image == EDGE_COLORS[MISSED]).all(-1)
    assert missed.sum() == 9 and missed[3:6, 3:6].all()


@given(st.integers(0, 2**32 - 1))
def test_depth_edges_in_plain_loops(seed):
    rng = np.random.default_rng(seed)
    depth = rng.uniform(1, 1.4, (6, 7))
    valid = rng.random((6, 7)) < 0.8
    depth[~valid] = rng.choice([np.nan, 0, np.inf, 1e30])
    nearer, farther = np.zeros((2, 6, 7), bool)
    for y, x in np.argwhere(valid):
        for v, u in ((y - 1, x), (y + 1, x), (y, x - 1), (y, x + 1)):
            if 0 <= v < 6 and 0 <= u < 7 and valid[v, u] and (
                    depth[v, u] / depth[y, x] > 1.1):
                nearer[y, x] = farther[v, u] = True
    np.testing.assert_array_equal(depth_edges(depth, valid, 1.1), nearer)
    found = edge_pixels(*map(torch.from_numpy, (depth, valid)), 1.1)
    np.testing.assert_array_equal(torch.stack(found), [nearer, farther])

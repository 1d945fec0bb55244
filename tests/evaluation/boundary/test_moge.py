"""The scores of MoGe against plain Python loops."""
import math

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mmdepth_gradloss.evaluation.boundary.moge import RADII, moge_boundary

THRESHOLDS = [0.05 + 0.2 * i / 9 for i in range(10)]
# No two of these have a ratio at which rounding decides.
PAIRS = hnp.arrays(
    np.float64,
    hnp.array_shapes(min_dims=2, max_dims=2, min_side=3, max_side=9).map(
        lambda shape: (2, *shape)),
    elements=st.sampled_from([1.0, 1.08, 1.17, 1.3, 2.0, 5.0]))


def contours(depth, mask, radius, threshold):
    """Set of (centre, neighbour) pairs."""
    height, width = depth.shape
    pairs = set()
    for y in range(radius, height - radius):
        for x in range(radius, width - radius):
            for dy in range(-radius, radius + 1):
                for dx in range(-radius, radius + 1):
                    v, u = y + dy, x + dx
                    if (dy * dy + dx * dx <= radius * radius and mask[y, x]
                            and mask[v, u]
                            and depth[v, u] / depth[y, x] > 1 + threshold):
                        pairs.add((y, x, v, u))
    return pairs


def expected_scores(pred, target, mask, leave_out_empty=True):
    """F1 by radius, or None where a radius has no edge to find."""
    result = []
    for radius in RADII:
        total = weight = edges = 0
        for threshold in THRESHOLDS:
            p = contours(pred, mask, radius, threshold)
            t = contours(target, mask, radius, threshold)
            edges += len(t)
            if p or t:
                total += threshold * 2 * len(p & t) / (len(p) + len(t))
            if p or t or not leave_out_empty:
                weight += threshold
        if not edges:
            return None
        result.append(total / weight)
    return result


def scores(pred, target, mask=None, **options):
    mask = None if mask is None else torch.from_numpy(mask)
    result = moge_boundary(
        torch.from_numpy(pred), torch.from_numpy(target), mask, **options)
    return [result[f'boundary_f1_radius{radius}'].item() for radius in RADII]


@pytest.mark.parametrize('case', ['sharp', 'soft'])
@pytest.mark.parametrize('dtype', ['float32', 'float64'])
def test_equals_the_published_code(case, dtype, reference):
    maps = (reference[f'{case}/{name}'] for name in ('pred', 'target'))
    result = scores(*(x.astype(dtype) for x in maps),
                    reference[f'{case}/mask'])
    assert result == pytest.approx(
        [float(reference[f'{case}/moge_f1_radius{r}']) for r in RADII],
        abs=1e-6)


@pytest.mark.parametrize('masked', [False, True])
def test_equals_the_formula(masked, make_scene):
    pred, target = make_scene(shape=(15, 18), noise=0.1)
    mask = np.ones(target.shape, bool)
    expected = expected_scores(pred, target, mask, leave_out_empty=masked)
    assert 0.1 < expected[0] < 0.9
    assert scores(pred, target, masked=masked) == pytest.approx(expected)


@pytest.mark.parametrize('density', [0.9, 0.5])
def test_equals_the_formula_on_holes(density, make_scene):
    pred, target = make_scene(shape=(15, 18))
    mask = np.random.default_rng(1).random(target.shape) < density
    assert scores(pred, target, mask) == pytest.approx(
        expected_scores(pred, target, mask))


@given(PAIRS)
def test_equals_the_published_formula_on_any_map(maps):
    pred, target = maps
    expected = expected_scores(
        pred, target, np.ones(target.shape, bool), leave_out_empty=False)
    result = scores(pred, target, masked=False)
    if expected is None:
        assert all(map(math.isnan, result))
    else:
        assert result == pytest.approx(expected)


def test_step_below_the_highest_threshold():
    # Exact, but no contour at the upper thresholds: those count as misses in
    # the published form only.
    target = np.ones((12, 12))
    target[:, 6:] = 1.1
    assert scores(target, target) == [1, 1, 1]
    below = [t for t in THRESHOLDS if t < 0.1]
    expected = sum(below) / sum(THRESHOLDS)
    assert scores(
        target, target, masked=False) == pytest.approx([expected] * 3)


@pytest.mark.parametrize('step', [1.06, 2.0])  # thresholds: 1.05, 1.072
def test_number_of_edges_is_that_of_the_lowest_threshold(step):
    target = np.ones((12, 15))
    target[:, 6:] = step
    mask = np.random.default_rng(1).random(target.shape) < 0.8
    expected = [
        len(contours(target, mask, radius, THRESHOLDS[0])) for radius in RADII
    ]
    assert 0 < min(expected) < max(expected)
    result = moge_boundary(*map(torch.from_numpy, (target, target, mask)))
    assert result['num_edges'] == min(expected)
    assert scores(target, target, mask) == [1, 1, 1]


def test_single_contour_that_is_missed_counts():
    target = np.ones((7, 7))
    target[3, 4] = 2
    only = np.zeros(target.shape, bool)
    only[3, 3:5] = True
    assert scores(np.ones_like(target), target, only) == [0, 0, 0]


def test_wider_radius_forgives_more(make_scene):
    _, target = make_scene(noise=0)
    shifted = np.roll(target, 1, axis=1)
    near, middle, far = scores(shifted, target)
    assert near < middle < far


@pytest.mark.parametrize('size', range(1, 8))
def test_image_too_small_for_a_radius_is_missing(size):
    target = torch.ones(size, size)
    target[size // 2 + 1:] = 2
    result = moge_boundary(target, target)
    assert bool(result['num_edges'] > 0) == (size >= 7)
    assert result['boundary_f1_radius1'].isnan() == (size < 7)

"""The scores of MoGe against Python loops."""
import math

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from depth_maps import call, contours, make_scene, pairs, random_mask
from hypothesis import given
from hypothesis import strategies as st

from mmdepth_gradloss.evaluation.boundary.moge import RADII, moge_boundary

THRESHOLDS = [0.05 + 0.2 * i / 9 for i in range(10)]


def expected_scores(pred, target, mask=None, published=False):
    """F1 by radius, and the smallest number of edges."""
    if mask is None:
        mask = np.ones(target.shape, bool)
    result, edges = [], []
    for radius in RADII:
        reach = range(-radius, radius + 1)
        offsets = [(y, x) for y in reach for x in reach
                   if math.hypot(y, x) <= radius]
        total = weight = 0
        for threshold in THRESHOLDS:
            p, t = (contours(depth, mask, offsets, 1 + threshold, radius)
                    for depth in (pred, target))
            if threshold == THRESHOLDS[0]:
                edges.append(len(t))
            if p or t:
                total += threshold * 2 * len(p & t) / (len(p) + len(t))
            if p or t or published:
                weight += threshold
        result.append(total / weight if weight else math.nan)
    return (result if min(edges) else [math.nan] * 3) + [min(edges)]


def scores(*maps, **options):
    return list(call(moge_boundary, *maps, **options).values())


@pytest.mark.parametrize('case', ['sharp', 'soft'])
@pytest.mark.parametrize('dtype', ['float32', 'float64'])
def test_equals_the_published_code(case, dtype, reference):
    maps = (reference[f'{case}/{name}'].astype(dtype)
            for name in ('pred', 'target'))
    result = scores(*maps, reference[f'{case}/mask'])
    assert result[:3] == pytest.approx(
        [float(reference[f'{case}/moge_f1_radius{r}']) for r in RADII],
        abs=1e-6)


@pytest.mark.parametrize('masked', [False, True])
@given(maps=pairs(3, 9), data=st.data())
def test_equals_the_formula(masked, maps, data):
    mask = data.draw(hnp.arrays(bool, maps[0].shape)) if masked else None
    assert scores(*maps, mask, masked=masked) == pytest.approx(
        expected_scores(*maps, mask, not masked), nan_ok=True)


@pytest.mark.parametrize('density', [1.0, 0.8])
def test_equals_the_formula_on_a_scene(density):
    pred, target = make_scene(shape=(15, 18), noise=0.1)
    mask = random_mask(target.shape, density)
    expected = expected_scores(pred, target, mask)
    assert 0.1 < expected[0] < 0.9
    assert scores(pred, target, mask) == pytest.approx(expected)

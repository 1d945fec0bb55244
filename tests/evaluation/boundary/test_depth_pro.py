"""The scores of Depth Pro against Python loops."""
import math

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from depth_maps import (DIRECTIONS, call, contours, make_scene, pairs,
                        random_mask)
from hypothesis import given
from hypothesis import strategies as st

from mmdepth_gradloss.evaluation.boundary.depth_pro import depth_pro_boundary

THRESHOLDS = [1.05 + 0.2 * i / 9 for i in range(10)]


def expected_scores(pred, target, mask=None, published=False):
    """F1, precision, recall and number of edges."""
    if mask is None:
        mask = np.ones(target.shape, bool)
    totals, total_weight = np.zeros(3), 0.0
    edges = []
    for threshold in THRESHOLDS:
        rates = []
        found = [[contours(depth, mask, [direction], threshold)
                  for depth in (pred, target)] for direction in DIRECTIONS]
        for p, t in found:
            if p or t or published:
                rates.append([len(p & t) / max(len(p), 1),
                              len(p & t) / max(len(t), 1)])
        edges.append(sum(len(t) for _, t in found))
        if rates:
            precision, recall = np.mean(rates, axis=0)
            f1 = (2 * precision * recall / (precision + recall)
                  if precision + recall else 0)
            total_weight += threshold
            totals += threshold * np.array([f1, precision, recall])
    if not edges[0]:
        return [math.nan] * 3 + [0]
    return [*totals / total_weight, edges[0]]


def scores(*maps, **options):
    found = call(depth_pro_boundary, *maps, **options)
    return [found[name] for name in (
        'boundary_f1', 'boundary_precision', 'boundary_recall', 'num_edges')]


@pytest.mark.parametrize('case', ['sharp', 'soft'])
@pytest.mark.parametrize('masked', [False, True])
@pytest.mark.parametrize('dtype, tolerance', [('d', 1e-9), ('f', 1e-6)])
def test_equals_the_published_code(case, masked, dtype, tolerance, reference):
    maps = (reference[f'{case}/{name}'].astype(dtype)
            for name in ('pred', 'target'))
    assert scores(*maps, masked=masked)[0] == pytest.approx(
        float(reference[f'{case}/depth_pro_f1']), abs=tolerance)


@pytest.mark.parametrize('masked', [False, True])
@given(maps=pairs(), data=st.data())
def test_equals_the_formula(masked, maps, data):
    mask = data.draw(hnp.arrays(bool, maps[0].shape)) if masked else None
    assert scores(*maps, mask, masked=masked) == pytest.approx(
        expected_scores(*maps, mask, not masked), rel=1e-12, nan_ok=True)


@pytest.mark.parametrize('tiny', [-3.0, 0.0, 3e-7])
def test_published_form_counts_what_is_below_1e_6_as_that(tiny):
    pred, target = make_scene()
    pred = np.where(random_mask(target.shape, 0.3), tiny * pred, pred)
    target[2:5, 3:9] = 0
    assert scores(pred, target, masked=False) == pytest.approx(
        expected_scores(pred.clip(1e-6), target.clip(1e-6), published=True),
        rel=1e-12)


def test_non_positive_prediction_counts_as_near():
    target = np.array([[1.0, 1.0, 2.0, 2.0]])
    assert scores(np.array([[0.0, -5.0, 2.0, 2.0]]), target) == [1, 1, 1, 1]

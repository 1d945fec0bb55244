"""The scores of Depth Pro against plain Python loops."""
import math

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mmdepth_gradloss.evaluation.boundary.depth_pro import depth_pro_boundary

SCORES = ('boundary_f1', 'boundary_precision', 'boundary_recall')
THRESHOLDS = [1.05 + 0.2 * i / 9 for i in range(10)]
DIRECTIONS = [(0, 1), (0, -1), (1, 0), (-1, 0)]

DEPTHS = hnp.arrays(
    np.float64,
    hnp.array_shapes(min_dims=2, max_dims=2, max_side=7),
    elements=st.sampled_from([1.0, 1.08, 1.17, 1.3, 2.0, 5.0]))
# A prediction and its ground truth.
PAIRS = hnp.arrays(
    np.float64,
    hnp.array_shapes(min_dims=2, max_dims=2, max_side=7).map(
        lambda shape: (2, *shape)),
    elements=st.sampled_from([1.0, 1.08, 1.17, 1.3, 2.0, 5.0]))


def contour(depth, mask, direction, threshold):
    """Set of the pixels on an occluding contour."""
    height, width = depth.shape
    pixels = set()
    for y in range(height):
        for x in range(width):
            v, u = y + direction[0], x + direction[1]
            if (0 <= v < height and 0 <= u < width and mask[y, x]
                    and mask[v, u] and depth[y, x] / depth[v, u] > threshold):
                pixels.add((y, x))
    return pixels


def expected_scores(pred, target, mask, leave_out_empty=True):
    """F1, precision and recall, or None without an edge to find.

    ``leave_out_empty=False`` is the published form.
    """
    totals, total_weight = [0.0, 0.0, 0.0], 0.0
    edges = 0
    for threshold in THRESHOLDS:
        precisions, recalls = [], []
        for direction in DIRECTIONS:
            p = contour(pred, mask, direction, threshold)
            t = contour(target, mask, direction, threshold)
            edges += len(t)
            if p or t or not leave_out_empty:
                precisions.append(len(p & t) / max(len(p), 1))
                recalls.append(len(p & t) / max(len(t), 1))
        if not precisions:
            continue
        precision = sum(precisions) / len(precisions)
        recall = sum(recalls) / len(recalls)
        f1 = 0.0
        if precision + recall:
            f1 = 2 * precision * recall / (precision + recall)
        total_weight += threshold
        for i, value in enumerate((f1, precision, recall)):
            totals[i] += threshold * value
    return [total / total_weight for total in totals] if edges else None


def scores(pred, target, mask=None, **options):
    mask = None if mask is None else torch.from_numpy(mask)
    result = depth_pro_boundary(
        torch.from_numpy(pred), torch.from_numpy(target), mask, **options)
    return [result[name].item() for name in SCORES]


@pytest.mark.parametrize('case', ['sharp', 'soft'])
@pytest.mark.parametrize('masked', [False, True])
def test_equals_the_published_code(case, masked, reference):
    pred, target = reference[f'{case}/pred'], reference[f'{case}/target']
    expected = float(reference[f'{case}/depth_pro_f1'])
    assert scores(
        pred, target, masked=masked)[0] == pytest.approx(expected, 1e-9)
    single = scores(
        pred.astype('f'), target.astype('f'), masked=masked)[0]
    assert single == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize('seed', range(3))
@pytest.mark.parametrize('masked', [False, True])
def test_equals_the_published_formula_where_all_directions_have_edges(
        seed, masked, make_scene):
    pred, target = make_scene(seed)
    mask = np.ones(target.shape, bool)
    expected = expected_scores(pred, target, mask, leave_out_empty=False)
    assert 0.1 < expected[0] < 0.9
    assert scores(
        pred, target, masked=masked) == pytest.approx(
            expected, rel=1e-12)


@pytest.mark.parametrize('tiny', [-3.0, 0.0, 1e-7])
def test_published_form_counts_what_is_below_1e_6_as_that(tiny, make_scene):
    pred, target = make_scene()
    bad = np.random.default_rng(1).random(target.shape) < 0.05
    pred = np.where(bad, tiny * pred, pred)
    target[2:5, 3:9] = 0
    mask = np.ones(target.shape, bool)
    expected = expected_scores(
        pred.clip(1e-6), target.clip(1e-6), mask, leave_out_empty=False)
    assert scores(
        pred, target, masked=False) == pytest.approx(
            expected, rel=1e-12)


def test_published_form_takes_holes_for_edges_and_missing_ones_for_misses(
        make_scene):
    _, target = make_scene()
    holes = np.where(
        np.random.default_rng(1).random(target.shape) < 0.1, 0, target)
    assert scores(target, holes)[0] == pytest.approx(1)
    assert scores(target, holes, masked=False)[0] < 0.5
    # Up to the right, so of the four directions one has an edge.
    step = np.array([[1.0, 1.0, 2.0]])
    assert scores(step, step) == [1, 1, 1]
    assert scores(
        step, step, masked=False) == pytest.approx([0.25, 0.25, 0.25])


@pytest.mark.parametrize('density', [0.9, 0.5, 0.1])
def test_equals_the_formula_on_holes(density, make_scene):
    pred, target = make_scene()
    mask = np.random.default_rng(1).random(target.shape) < density
    assert scores(pred, target, mask) == pytest.approx(
        expected_scores(pred, target, mask), rel=1e-12)


@settings(deadline=None)
@given(PAIRS)
def test_equals_the_published_formula(maps):
    pred, target = maps
    mask = np.ones(target.shape, bool)
    expected = expected_scores(pred, target, mask, leave_out_empty=False)
    result = scores(pred, target, masked=False)
    if expected is None:
        assert all(map(math.isnan, result))
    else:
        assert result == pytest.approx(expected, rel=1e-12)


@settings(deadline=None)
@given(PAIRS, st.data())
def test_equals_the_formula(maps, data):
    pred, target = maps
    mask = data.draw(hnp.arrays(bool, target.shape))
    expected = expected_scores(pred, target, mask)
    result = scores(pred, target, mask)
    if expected is None:
        assert all(map(math.isnan, result))
    else:
        assert result == pytest.approx(expected, rel=1e-12)
        assert all(0 <= score <= 1 for score in result)


@settings(deadline=None)
@given(DEPTHS, st.data())
def test_exact_prediction_scores_one_under_any_mask(target, data):
    mask = data.draw(hnp.arrays(bool, target.shape))
    assume(expected_scores(target, target, mask) is not None)
    assert scores(2 * target, target, mask) == pytest.approx([1, 1, 1])


@settings(deadline=None)
@given(PAIRS, st.integers(-8, 8))
def test_scale_of_the_prediction_does_not_matter(maps, exponent):
    pred, target = maps  # powers of two, which round nothing
    np.testing.assert_equal(
        scores(pred * 2.0**exponent, target), scores(pred, target))


@settings(deadline=None)
@given(PAIRS)
def test_flips_and_transposition_do_not_matter(maps):
    original = scores(*maps)
    for changed in (maps[:, ::-1], maps[:, :, ::-1], maps.swapaxes(1, 2)):
        np.testing.assert_allclose(
            scores(*changed.copy()), original, rtol=1e-12)


@pytest.mark.parametrize('shape', [(1, 6), (6, 1)])
def test_images_of_one_row_or_column(shape):
    target = torch.tensor([1.0, 1, 2, 2, 1, 1]).reshape(shape)
    pred = torch.tensor([1.0, 1, 2, 1, 1, 1]).reshape(shape)
    result = depth_pro_boundary(pred, target)
    assert result['num_edges'] == 2
    # Of the step up and the step down, only the first is where it should be.
    assert [result[name].item() for name in SCORES] == [0.5] * 3


def test_edges_are_counted_at_the_lowest_threshold():
    target = torch.tensor([[1.0, 1.0, 1.06, 1.0]])  # the next is 1.072
    result = depth_pro_boundary(target, target)
    assert result['num_edges'] == 2
    assert [result[name].item() for name in SCORES] == [1, 1, 1]


def test_flat_prediction_finds_nothing(make_scene):
    _, target = make_scene()
    assert scores(np.ones_like(target), target) == [0, 0, 0]


def test_blur_costs_f1(make_scene):
    _, target = make_scene()
    blurred = torch.nn.functional.avg_pool2d(
        torch.from_numpy(target)[None], 5, 1, 2, count_include_pad=False)
    assert scores(blurred[0].numpy(), target)[0] < 0.5


def test_non_positive_prediction_counts_as_near():
    target = np.array([[1.0, 1.0, 2.0, 2.0]])
    assert scores(np.array([[0.0, -5.0, 2.0, 2.0]]), target) == [1, 1, 1]

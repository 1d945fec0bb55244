"""The boundary scores against plain Python loops, and what they promise."""
import math
from pathlib import Path

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mmdepth_gradloss.functional.depth_boundary import (BOUNDARY_PROTOCOLS,
                                                        depth_pro_boundary)

REFERENCE = (
    Path(__file__).resolve().parents[2] /
    '../shared/reference/boundary_metrics.npz')
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


def scene(seed=0, shape=(24, 31)):
    """Random blocks, and a noisy prediction of them."""
    rng = np.random.default_rng(seed)
    target = np.full(shape, 4.0)
    for _ in range(8):
        y, x = rng.integers(0, shape[0] - 6), rng.integers(0, shape[1] - 6)
        target[y:y + 6, x:x + 6] = rng.uniform(1, 6)
    return target * rng.uniform(0.95, 1.06, shape), target


def scores(pred, target, mask=None):
    mask = None if mask is None else torch.from_numpy(mask)
    result = depth_pro_boundary(
        torch.from_numpy(pred), torch.from_numpy(target), mask)
    return [result[name].item() for name in SCORES]


@pytest.mark.parametrize('case', ['sharp', 'soft', 'blurry'])
def test_equals_the_published_code(case):
    if not REFERENCE.is_file():
        pytest.skip(f'no reference values at {REFERENCE}')
    reference = np.load(REFERENCE)
    pred, target = reference[f'{case}/pred'], reference[f'{case}/target']
    f1 = scores(pred, target, np.ones(target.shape, bool))[0]
    assert f1 == pytest.approx(float(reference[f'{case}/depth_pro_f1']), 1e-9)
    result = depth_pro_boundary(
        torch.from_numpy(pred).float(),
        torch.from_numpy(target).float())
    assert result['boundary_f1'].item() == pytest.approx(f1, abs=1e-6)


@pytest.mark.parametrize('seed', range(3))
def test_equals_the_published_formula_where_all_directions_have_edges(seed):
    pred, target = scene(seed)
    mask = np.ones(target.shape, bool)
    expected = expected_scores(pred, target, mask, leave_out_empty=False)
    assert 0.1 < expected[0] < 0.9
    assert scores(pred, target) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize('density', [0.9, 0.5, 0.1])
def test_equals_the_formula_on_holes(density):
    pred, target = scene()
    mask = np.random.default_rng(1).random(target.shape) < density
    assert scores(pred, target, mask) == pytest.approx(
        expected_scores(pred, target, mask), rel=1e-12)


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


@pytest.mark.parametrize('garbage', [math.nan, math.inf, -1e30, 0, 1e30])
def test_invalid_pixels_do_not_matter(garbage):
    pred, target = scene()
    mask = np.random.default_rng(1).random(target.shape) < 0.7
    clean = scores(pred, target, mask)
    assert scores(
        np.where(mask, pred, garbage), np.where(mask, target, garbage),
        mask) == clean
    # A hole in the ground truth is the same as one in the mask.
    assert scores(pred, np.where(mask, target, 0)) == clean


def test_depth_range_limits_the_ground_truth():
    pred, target = map(torch.from_numpy, scene())
    limited = depth_pro_boundary(pred, target, min_depth=2, max_depth=5)
    masked = depth_pro_boundary(pred, target, (target >= 2) & (target <= 5))
    assert limited == masked
    assert limited != depth_pro_boundary(pred, target)


def test_images_of_a_batch_are_independent():
    pairs = [scene(seed) for seed in range(3)]
    pred, target = (np.stack(maps) for maps in zip(*pairs))
    target[1] = 0
    pred[2, 0, 0] = math.nan
    batch = depth_pro_boundary(torch.from_numpy(pred),
                               torch.from_numpy(target))
    for i in range(3):
        alone = scores(pred[i], target[i])
        np.testing.assert_equal([batch[name][i].item() for name in SCORES],
                                alone)
    assert batch['boundary_f1'].isnan().tolist() == [False, True, True]
    assert (batch['num_edges'] > 0).tolist() == [True, False, True]


@pytest.mark.parametrize('target', [
    torch.zeros(5, 6),
    torch.ones(5, 6),
    torch.full((5, 6), math.nan),
    torch.tensor([[1.0, 0.0, 3.0, 0.0, 9.0]]),
    torch.ones(1, 1),
],
                         ids=['empty', 'flat', 'nan', 'no pair', 'one pixel'])
def test_no_edge_is_missing_and_not_zero(target):
    noisy = torch.rand(target.shape, generator=torch.Generator()) + 0.1
    result = depth_pro_boundary(noisy, target)
    assert result['num_edges'] == 0
    assert all(result[name].isnan() for name in SCORES)


@pytest.mark.parametrize('shape', [(1, 6), (6, 1)])
def test_images_of_one_row_or_column(shape):
    target = torch.tensor([1.0, 1, 2, 2, 1, 1]).reshape(shape)
    pred = torch.tensor([1.0, 1, 2, 1, 1, 1]).reshape(shape)
    result = depth_pro_boundary(pred, target)
    assert result['num_edges'] == 2
    # Of the step up and the step down, only the first is where it should be.
    assert [result[name].item() for name in SCORES] == [0.5] * 3


def test_flat_prediction_finds_nothing():
    _, target = scene()
    assert scores(np.ones_like(target), target) == [0, 0, 0]


def test_blur_costs_f1():
    _, target = scene()
    blurred = torch.nn.functional.avg_pool2d(
        torch.from_numpy(target)[None], 5, 1, 2, count_include_pad=False)
    assert scores(blurred[0].numpy(), target)[0] < 0.5


@pytest.mark.parametrize('value', [math.nan, math.inf, -math.inf])
def test_non_finite_prediction_is_visible(value):
    pred, target = scene()
    pred[3, 3] = value
    assert all(map(math.isnan, scores(pred, target)))


def test_non_positive_prediction_counts_as_near():
    target = np.array([[1.0, 1.0, 2.0, 2.0]])
    assert scores(np.array([[0.0, -5.0, 2.0, 2.0]]), target) == [1, 1, 1]


def test_half_precision():
    target = torch.tensor([[1.0, 1.0, 2.0, 2.0]])
    result = depth_pro_boundary(target.bfloat16(), target.bfloat16())
    assert result['boundary_f1'].dtype == torch.float32
    assert result['boundary_f1'] == 1


def test_shapes():
    with pytest.raises(ValueError, match=r'\(3, 4\).*\(4, 3\)'):
        depth_pro_boundary(torch.ones(3, 4), torch.ones(4, 3))


def test_every_protocol_keeps_the_contract():
    pred, target = map(torch.from_numpy, scene())
    for name, protocol in BOUNDARY_PROTOCOLS.items():
        result = protocol(pred, target, None, min_depth=0.1, max_depth=10)
        assert result.pop('num_edges') > 0, name
        assert result and all(v.shape == () for v in result.values()), name

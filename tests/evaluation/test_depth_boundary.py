"""What every boundary protocol promises, whatever its formula."""
import math
import sys

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mmdepth_gradloss.evaluation.depth_boundary import (BOUNDARY_PROTOCOLS,
                                                        PROTOCOLS_WITH_EDGES)

PROTOCOLS = sorted(BOUNDARY_PROTOCOLS)
# Of each, the scores of a perfect prediction and of one without an edge.
PERFECT = {'depth_pro': 1, 'moge': 1, 'ibims': 0, 'sharpdepth': 0}
WORST = {'depth_pro': 0, 'moge': 0, 'ibims': 10, 'sharpdepth': 10}

PAIRS = hnp.arrays(
    np.float64,
    hnp.array_shapes(min_dims=2, max_dims=2, max_side=9).map(
        lambda shape: (2, *shape)),
    elements=st.sampled_from([1.0, 1.08, 1.17, 1.3, 2.0, 5.0]))

for_each_protocol = pytest.mark.parametrize('name', PROTOCOLS)


def score(name, pred, target, mask=None, **options):
    """Scores and number of edges, of two arrays."""
    mask = None if mask is None else torch.from_numpy(mask)
    return {
        key: value.tolist()
        for key, value in BOUNDARY_PROTOCOLS[name](
            torch.from_numpy(pred), torch.from_numpy(target), mask,
            **options).items()
    }


def scores_alone(result):
    return [value for key, value in result.items() if key != 'num_edges']


@for_each_protocol
@pytest.mark.parametrize('masked', [False, True])
def test_exact_prediction_is_perfect_and_a_flat_one_the_worst(
        name, masked, make_scene):
    _, target = make_scene()
    exact = score(name, target, target, masked=masked)
    assert exact['num_edges'] > 0
    assert scores_alone(exact) == pytest.approx([PERFECT[name]] *
                                                (len(exact) - 1))
    flat = score(name, np.ones_like(target), target, masked=masked)
    assert flat['num_edges'] == exact['num_edges']
    assert set(scores_alone(flat)) == {WORST[name]}


@for_each_protocol
@given(maps=PAIRS, data=st.data())
def test_perfect_under_any_mask(name, maps, data):
    target = maps[1]
    mask = data.draw(hnp.arrays(bool, target.shape))
    exact = score(name, target, target, mask)
    expected = PERFECT[name] if exact['num_edges'] else math.nan
    assert scores_alone(exact) == pytest.approx(
        [expected] * (len(exact) - 1), nan_ok=True)


@for_each_protocol
@given(maps=PAIRS, exponent=st.integers(-6, 6), masked=st.booleans())
def test_scale_of_the_prediction_does_not_matter(name, maps, exponent,
                                                 masked):
    pred, target = maps  # powers of two, which round nothing
    np.testing.assert_equal(
        score(name, pred * 2.0**exponent, target, masked=masked),
        score(name, pred, target, masked=masked))


@for_each_protocol
@pytest.mark.parametrize('garbage', [math.nan, math.inf, -1e30, 0.0, 1e30])
@pytest.mark.parametrize('hole', ['pixels', 'block'])
def test_invalid_pixels_do_not_matter(name, garbage, hole, make_scene):
    pred, target = make_scene()
    mask = np.ones(target.shape, bool)
    if hole == 'pixels':
        mask = np.random.default_rng(1).random(target.shape) < 0.97
    else:
        mask[8:15, 5:20] = False
    clean = score(name, pred, target, mask)
    assert clean['num_edges'] > 0
    assert score(name, np.where(mask, pred, garbage),
                 np.where(mask, target, garbage), mask) == clean
    # A hole in the ground truth is the same as one in the mask.
    assert score(name, pred, np.where(mask, target, 0)) == clean


@for_each_protocol
def test_depth_range_limits_the_ground_truth(name, make_scene):
    pred, target = make_scene()
    inside = (target >= 2) & (target <= 5)
    limited = score(name, pred, target, min_depth=2, max_depth=5)
    assert limited == score(name, pred, target, inside)
    assert limited != score(name, pred, target)


@for_each_protocol
@pytest.mark.parametrize('masked', [False, True])
def test_images_of_a_batch_are_independent(name, masked, make_scene):
    pairs = [make_scene(seed) for seed in range(3)]
    pred, target = (np.stack(maps) for maps in zip(*pairs))
    target[1] = 1
    pred[2, 0, 0] = math.nan
    batch = score(name, pred[:, None], target[:, None], masked=masked)
    for i in range(3):
        np.testing.assert_equal(
            {key: value[i][0]
             for key, value in batch.items()},
            score(name, pred[i], target[i], masked=masked))
    assert [value > 0 for [value] in batch['num_edges']] == [1, 0, 1]
    for values in scores_alone(batch):
        assert [math.isnan(value) for [value] in values] == [0, 1, 1]


@for_each_protocol
@pytest.mark.parametrize('masked', [False, True])
@pytest.mark.parametrize('target', [
    np.zeros((5, 6)),
    np.ones((5, 6)),
    np.full((5, 6), math.nan),
    np.ones((1, 1)),
    np.ones((1, 9)),
    np.ones((9, 1)),
],
                         ids=['zero', 'flat', 'nan', 'pixel', 'row', 'column'])
@pytest.mark.filterwarnings('error')
def test_no_edge_is_missing_and_not_zero(name, masked, target):
    noisy = np.random.default_rng(0).uniform(0.1, 1.1, target.shape)
    result = score(name, noisy, target, masked=masked)
    assert result['num_edges'] == 0
    assert all(map(math.isnan, scores_alone(result)))


@for_each_protocol
def test_no_image(name):
    result = score(name, np.ones((0, 5, 6)), np.ones((0, 5, 6)))
    assert all(value == [] for value in result.values())


@for_each_protocol
@pytest.mark.parametrize('masked', [False, True])
@pytest.mark.parametrize('value', [math.nan, math.inf, -math.inf])
def test_non_finite_prediction_is_visible(name, masked, value, make_scene):
    pred, target = make_scene()
    pred[3, 3] = value
    result = score(name, pred, target, masked=masked)
    assert result['num_edges'] > 0
    assert all(map(math.isnan, scores_alone(result)))


@for_each_protocol
@pytest.mark.parametrize('value', [0.0, -5.0])
def test_non_positive_prediction_is_scored(name, value, make_scene):
    pred, target = make_scene()
    pred[3, 3] = value
    assert all(map(math.isfinite, scores_alone(score(name, pred, target))))


@for_each_protocol
def test_dtypes(name, make_scene):
    pred, target = map(torch.from_numpy, make_scene())
    for dtype, expected in ((torch.bfloat16, torch.float32),
                            (torch.float32, torch.float32),
                            (torch.float64, torch.float64)):
        result = BOUNDARY_PROTOCOLS[name](pred.to(dtype), target.to(dtype))
        assert result.pop('num_edges').dtype == torch.long
        assert {value.dtype for value in result.values()} == {expected}


@for_each_protocol
def test_prediction_may_need_a_gradient(name, make_scene):
    pred, target = map(torch.from_numpy, make_scene())
    result = BOUNDARY_PROTOCOLS[name](pred.requires_grad_(), target)
    assert result['num_edges'] > 0


@for_each_protocol
def test_shapes(name):
    with pytest.raises(ValueError, match=r'\(3, 4\).*\(4, 3\)'):
        score(name, np.ones((3, 4)), np.ones((4, 3)))


@for_each_protocol
def test_published_form_takes_no_mask(name):
    target = np.ones((4, 5))
    with pytest.raises(ValueError, match='leave out mask, max_depth'):
        score(
            name, target, target, target > 0, max_depth=3.0, masked=False)


@pytest.mark.parametrize('name', ['ibims', 'sharpdepth'])
@pytest.mark.parametrize('package', ['skimage.feature', 'scipy.spatial'])
def test_absent_package_names_the_extra(name, package, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(
            ImportError,
            match='Canny edges need scikit-image and scipy: pip install '
            r"'mmdepth-gradloss\[boundary\]'"):
        score(name, np.ones((4, 5)), np.ones((4, 5)))


def test_protocols_with_edges_are_known():
    assert set(PROTOCOLS_WITH_EDGES) <= set(BOUNDARY_PROTOCOLS)

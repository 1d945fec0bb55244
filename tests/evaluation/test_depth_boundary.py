"""Properties of every boundary protocol."""
import math

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
import torch
from depth_maps import call, make_scene, pairs, random_mask
from hypothesis import given
from hypothesis import strategies as st

from mmdepth_gradloss.evaluation.depth_boundary import BOUNDARY_PROTOCOLS

# Scores of a perfect prediction, and of one without edges.
PERFECT = {'depth_pro': 1, 'moge': 1, 'ibims': 0, 'sharpdepth': 0}
WORST = {'depth_pro': 0, 'moge': 0, 'ibims': 10, 'sharpdepth': 10}

each_protocol = pytest.mark.parametrize('name', sorted(BOUNDARY_PROTOCOLS))
each_form = pytest.mark.parametrize('masked', [False, True])


def score(name, *maps, **options):
    return call(BOUNDARY_PROTOCOLS[name], *maps, **options)


def scores_alone(result):
    return [value for key, value in result.items() if key != 'num_edges']


@each_protocol
@each_form
def test_exact_prediction_is_perfect_and_a_flat_one_the_worst(name, masked):
    _, target = make_scene()
    exact = score(name, target, target, masked=masked)
    assert exact['num_edges'] > 0
    assert scores_alone(exact) == pytest.approx(
        [PERFECT[name]] * (len(exact) - 1))
    flat = score(name, np.ones_like(target), target, masked=masked)
    assert flat['num_edges'] == exact['num_edges']
    assert set(scores_alone(flat)) == {WORST[name]}


@each_protocol
@given(maps=pairs(max_side=9), data=st.data())
def test_perfect_under_any_mask(name, maps, data):
    target = maps[1]
    exact = score(name, target, target,
                  data.draw(hnp.arrays(bool, target.shape)))
    expected = PERFECT[name] if exact['num_edges'] else math.nan
    assert scores_alone(exact) == pytest.approx(
        [expected] * (len(exact) - 1), nan_ok=True)


@each_protocol
@given(maps=pairs(max_side=9), exponent=st.integers(-6, 6),
       masked=st.booleans())
def test_scale_of_the_prediction_does_not_matter(name, maps, exponent,
                                                 masked):
    pred, target = maps  # powers of two, exact in binary
    np.testing.assert_equal(
        score(name, pred * 2.0**exponent, target, masked=masked),
        score(name, pred, target, masked=masked))


@each_protocol
@pytest.mark.parametrize('garbage', [math.nan, math.inf, -1e30, 0.0, 1e30])
@pytest.mark.parametrize('hole', ['pixels', 'block'])
def test_invalid_pixels_do_not_matter(name, garbage, hole):
    pred, target = make_scene()
    mask = random_mask(target.shape, 0.97)
    if hole == 'block':
        mask[:] = True
        mask[8:15, 5:20] = False
    clean = score(name, pred, target, mask)
    assert clean['num_edges'] > 0
    assert score(name, np.where(mask, pred, garbage),
                 np.where(mask, target, garbage), mask) == clean
    # A hole in the ground truth is equivalent to one in the mask.
    assert score(name, pred, np.where(mask, target, 0)) == clean


@each_protocol
def test_depth_range_limits_the_ground_truth(name):
    pred, target = make_scene()
    inside = (target >= 2) & (target <= 5)
    limited = score(name, pred, target, min_depth=2, max_depth=5)
    assert limited == score(name, pred, target, inside)
    assert limited != score(name, pred, target)


@each_protocol
@each_form
def test_images_of_a_batch_are_independent(name, masked):
    pred, target = map(np.stack, zip(*map(make_scene, range(3))))
    target[1] = 1
    pred[2, 0, 0] = math.nan
    batch = score(name, pred[:, None], target[:, None], masked=masked)
    for i in range(3):
        np.testing.assert_equal(
            {key: value[i][0] for key, value in batch.items()},
            score(name, pred[i], target[i], masked=masked))
    assert [value > 0 for [value] in batch['num_edges']] == [1, 0, 1]
    for values in scores_alone(batch):
        assert [math.isnan(value) for [value] in values] == [0, 1, 1]


@each_protocol
@each_form
@pytest.mark.parametrize('target', [
    np.zeros((5, 6)), np.ones((5, 6)), np.full((5, 6), math.nan),
    np.ones((1, 1)), np.ones((1, 9)), np.ones((9, 1))
], ids=['zero', 'flat', 'nan', 'pixel', 'row', 'column'])
@pytest.mark.filterwarnings('error')
def test_no_edge_is_missing_and_not_zero(name, masked, target):
    noisy = np.random.default_rng(0).uniform(0.1, 1.1, target.shape)
    result = score(name, noisy, target, masked=masked)
    assert result['num_edges'] == 0
    assert all(map(math.isnan, scores_alone(result)))


@each_protocol
def test_no_image(name):
    result = score(name, np.ones((0, 5, 6)), np.ones((0, 5, 6)))
    assert all(value == [] for value in result.values())


@each_protocol
@pytest.mark.parametrize('value, masked, is_scored', [
    *((value, masked, False) for value in (math.nan, math.inf, -math.inf)
      for masked in (False, True)),
    (0.0, True, True), (-5.0, True, True)
])
def test_non_finite_prediction_is_visible(name, value, masked, is_scored):
    pred, target = make_scene()
    pred[3, 3] = value
    result = score(name, pred, target, masked=masked)
    assert result['num_edges'] > 0
    assert all(math.isfinite(x) == is_scored for x in scores_alone(result))


@each_protocol
def test_dtypes_and_predictions_that_need_a_gradient(name):
    pred, target = map(torch.from_numpy, make_scene())
    for dtype, expected in ((torch.bfloat16, torch.float32),
                            (torch.float32, torch.float32),
                            (torch.float64, torch.float64)):
        result = BOUNDARY_PROTOCOLS[name](
            pred.to(dtype).requires_grad_(), target.to(dtype))
        num_edges = result.pop('num_edges')
        assert num_edges.dtype == torch.long and num_edges > 0
        assert {value.dtype for value in result.values()} == {expected}


@each_protocol
def test_wrong_arguments(name):
    target = np.ones((4, 5))
    with pytest.raises(ValueError, match=r'\(4, 5\).*\(5, 4\)'):
        score(name, target, target.T)
    with pytest.raises(
            ValueError, match='leave out mask, max_depth, or set masked=True'):
        score(name, target, target, target > 0, max_depth=3.0, masked=False)
    with pytest.raises(TypeError, match='edges'):
        score(name, target, target, edges=target)

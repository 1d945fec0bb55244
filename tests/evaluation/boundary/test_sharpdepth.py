"""The errors of SharpDepth against distance transforms."""
import numpy as np
import pytest
import torch
from scipy.ndimage import distance_transform_edt
from skimage.feature import canny

from mmdepth_gradloss.evaluation.boundary.sharpdepth import sharpdepth_boundary


def edges_of(depth, mask=None):
    """Union of the edges of depth and inverse depth."""
    edges = np.zeros(depth.shape, bool)
    for image in (depth, 1 / depth.clip(min=1e-6)):
        known = image if mask is None else image[mask]
        low, high = np.nanmin(known), np.nanmax(known)
        image = (image - low) / (high - low)
        edges |= canny(image, np.sqrt(2), 0.1, 0.2, mask)
    return edges


def expected_errors(found, actual):
    to_actual = distance_transform_edt(~actual)
    near = found & (to_actual < 10)
    if not near.any():
        return [10, 10]
    return [
        to_actual[near].mean(),
        distance_transform_edt(~found)[actual].mean()
    ]


def errors(pred, target, mask=None, **options):
    mask = None if mask is None else torch.from_numpy(mask)
    result = sharpdepth_boundary(
        torch.from_numpy(pred), torch.from_numpy(target), mask, **options)
    return [result[name].item() for name in ('dbe_acc', 'dbe_comp')]


@pytest.mark.parametrize('seed', range(3))
@pytest.mark.parametrize('masked', [False, True])
def test_equals_the_formula(seed, masked, make_scene):
    pred, target = make_scene(seed, (48, 64), noise=0.2)
    expected = expected_errors(edges_of(pred), edges_of(target))
    assert min(expected) > 0
    assert errors(
        pred, target, masked=masked) == pytest.approx(
            expected, rel=1e-12)


def test_equals_the_formula_on_holes(make_scene):
    pred, target = make_scene(0, (48, 64), noise=0.2)
    mask = np.random.default_rng(1).random(target.shape) < 0.98
    mask[:20, 30:40] = False
    expected = expected_errors(edges_of(pred, mask), edges_of(target, mask))
    assert min(expected) > 0
    assert errors(pred, target, mask) == pytest.approx(expected)


def test_published_form_takes_holes_for_edges(make_scene):
    _, target = make_scene(0, (48, 64))
    holes = target.copy()
    holes[20:30, 20:30] = 0
    assert errors(target, holes) == [0, 0]
    assert errors(
        target, holes, masked=False) == pytest.approx(
            expected_errors(edges_of(target), edges_of(holes)))
    assert errors(target, holes, masked=False)[1] > 1


def test_published_form_leaves_out_ground_truth_that_is_nan(make_scene):
    pred, target = make_scene(0, (48, 64), noise=0.2)
    target[20:30, 20:30] = np.nan
    expected = expected_errors(edges_of(pred), edges_of(target))
    assert 0 < min(expected) and max(expected) < 10
    assert errors(pred, target, masked=False) == pytest.approx(expected)


def test_near_and_far_edges_are_both_seen():
    target = np.full((40, 60), 100.0)
    target[:, :30] = 80.0  # little in inverse depth
    target[:, :10] = 1.0  # all there is in inverse depth
    target[10:20, 3:7] = 1.5
    near_only, far_only = target.copy(), target.copy()
    near_only[:, 10:] = 100.0
    far_only[:, :10] = 1.0
    for part in (near_only, far_only):
        accuracy, completeness = errors(part, target)
        # rounding decides on which side of a step the edge is
        assert accuracy < 0.5 < completeness


def test_completeness_has_no_upper_limit():
    target = np.full((30, 90), 4.0)
    target[:, 20:], target[:, 70:] = 3.0, 2.0
    pred = np.full((30, 90), 4.0)
    pred[:, 20:] = 3.0
    assert errors(pred, target) == pytest.approx([0, 25], abs=0.5)

"""The errors of iBims-1 against distance transforms and plain loops."""
import math

import numpy as np
import pytest
import torch
from scipy.ndimage import binary_erosion, distance_transform_edt
from skimage.feature import canny

from mmdepth_gradloss.evaluation.boundary.ibims import ibims_boundary


def edges_of(depth, mask=None):
    """Canny edges as published, where a mask holds."""
    depth = depth.astype('f')
    known = depth != 0 if mask is None else mask
    depth = np.where(known, depth, np.float32('nan'))
    depth = depth - np.nanmin(depth)
    depth = depth / np.nanmax(depth)
    return canny(depth, np.sqrt(2), 0.15, 0.3, mask)


def expected_errors(found, actual):
    to_actual = distance_transform_edt(~actual)
    to_found = distance_transform_edt(~found)
    near = found & (to_actual < 10)
    if not near.any():
        return [10, 10]
    total = (
        np.minimum(to_actual[found], 10).sum() +
        np.minimum(to_found[actual], 10).sum())
    return [to_actual[near].mean(), total / (found.sum() + actual.sum())]


def errors(pred, target, mask=None, target_edges=None, **options):
    mask, target_edges = (
        None if x is None else torch.from_numpy(x)
        for x in (mask, target_edges))
    result = ibims_boundary(
        torch.from_numpy(pred),
        torch.from_numpy(target),
        mask,
        target_edges=target_edges,
        **options)
    return [result[name].item() for name in ('dbe_acc', 'dbe_comp')]


def block(left=12, depth=2.0):
    target = np.full((40, 60), 4.0)
    target[10:30, left:left + 20] = depth
    return target


@pytest.mark.parametrize('case', ['sharp', 'soft'])
@pytest.mark.parametrize('dtype', ['float32', 'float64'])
@pytest.mark.parametrize('masked', [False, True])
def test_equals_the_published_code(case, dtype, masked, reference):
    pred, target = (
        reference[f'{case}/{name}'].astype(dtype)
        for name in ('pred', 'target'))
    result = errors(
        pred,
        target,
        target_edges=reference[f'{case}/target_edges'],
        masked=masked)
    assert result == pytest.approx([
        float(reference[f'{case}/ibims_dbe_{name}'])
        for name in ('acc', 'comp')
    ], abs=1e-6)


@pytest.mark.parametrize('seed', range(3))
def test_equals_the_formula(seed, make_scene):
    pred, target = make_scene(seed, (48, 64), noise=0.2)
    expected = expected_errors(edges_of(pred), edges_of(target))
    assert min(expected) > 0
    for masked in (False, True):
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
    given = np.random.default_rng(2).random(target.shape) < 0.1
    visible = binary_erosion(mask, np.ones((3, 3)), border_value=1)
    assert errors(
        pred, target, mask, given) == pytest.approx(
            expected_errors(edges_of(pred, mask), given & visible))


def test_published_form_has_no_edges_near_a_prediction_of_0(make_scene):
    pred, target = make_scene(0, (48, 64), noise=0.2)
    pred[10:14, 20:30] = 0
    assert errors(
        pred, target, masked=False) == pytest.approx(
            expected_errors(edges_of(pred), edges_of(target)))


@pytest.mark.parametrize('shift', [1, 3, 6])
def test_error_is_the_shift_of_an_edge(shift):
    target, pred = np.full((2, 30, 60), 4.0)
    target[:, 30:], pred[:, 30 + shift:] = 2.0, 2.0
    # Either side of the step can be the edge.
    assert errors(pred, target) == pytest.approx([shift, shift], abs=0.2)


def test_edges_far_from_the_truth_cost_completeness_only():
    surplus = block()
    surplus[:, 50:] = 6.0
    accuracy, completeness = errors(surplus, block())
    assert accuracy == 0
    assert 0 < completeness < 10
    # With nothing else to see, all is as bad as can be.
    far = np.full((40, 60), 4.0)
    far[:, 50:] = 6.0
    assert errors(far, block()) == [10, 10]


def test_given_edges_replace_those_of_the_ground_truth():
    flat = np.full((40, 60), 4.0)
    drawn = edges_of(block())
    assert errors(block(), flat, target_edges=drawn) == [0, 0]
    # 0/1, as files hold them.
    assert errors(
        block(), flat, target_edges=drawn.astype(np.uint8)) == [0, 0]
    assert all(
        map(math.isnan, errors(block(), block(), target_edges=drawn & False)))
    with pytest.raises(
            ValueError,
            match='target_edges must have the shape of target, got '
            r'\(2, 3\) and \(40, 60\)'):
        errors(block(), flat, target_edges=np.zeros((2, 3), bool))
    # None of them lies where there is ground truth.
    hidden = np.where(np.roll(drawn, 1, axis=0) | drawn, 0.0, flat)
    assert all(
        map(math.isnan, errors(block(), hidden, target_edges=drawn)))


def test_shift_of_the_prediction_does_not_matter():
    assert errors(3 * block() + 64, block()) == [0, 0]

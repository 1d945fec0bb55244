"""The errors of iBims-1 and SharpDepth against reference distances."""
import math

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
import torch
from depth_maps import call, make_scene, random_mask
from hypothesis import given
from scipy.ndimage import binary_erosion, distance_transform_edt
from skimage.feature import canny

from mmdepth_gradloss.evaluation.boundary.canny_edges import edge_distances
from mmdepth_gradloss.evaluation.boundary.ibims import ibims_boundary
from mmdepth_gradloss.evaluation.boundary.sharpdepth import sharpdepth_boundary


@given(hnp.arrays(bool, hnp.array_shapes(
    min_dims=2, max_dims=2, max_side=7).map(lambda shape: (2, *shape))))
def test_edge_distances(maps):
    edges, others = maps
    expected = [
        min((math.dist(place, other) for other in np.argwhere(others)),
            default=math.inf) for place in np.argwhere(edges)
    ]
    np.testing.assert_allclose(edge_distances(edges, others), expected)


def ibims_edges(depth, mask=None):
    """Canny edges as published, within a mask."""
    depth = depth.astype('f')
    known = depth != 0 if mask is None else mask
    return normalised_edges(np.where(known, depth, np.float32('nan')),
                            0.15, 0.3, mask)


def sharpdepth_edges(depth, mask=None):
    """Union of the edges of depth and inverse depth."""
    known = np.ones(depth.shape, bool) if mask is None else mask
    images = (np.where(known, x, np.nan)
              for x in (depth, 1 / depth.clip(min=1e-6)))
    return np.any([normalised_edges(x, 0.1, 0.2, mask) for x in images], 0)


def normalised_edges(image, low, high, mask):
    image = image - np.nanmin(image)
    return canny(image / np.nanmax(image), np.sqrt(2), low, high, mask)


def expected_errors(protocol, found, actual):
    to_actual = distance_transform_edt(~actual)
    to_found = distance_transform_edt(~found)[actual]
    near = found & (to_actual < 10)
    if not near.any():
        return [10, 10, actual.sum()]
    if protocol is ibims_boundary:
        both = np.concatenate([to_actual[found], to_found])
        to_found = np.minimum(both, 10)
    return [to_actual[near].mean(), to_found.mean(), actual.sum()]


def errors(protocol, *maps, target_edges=None, **options):
    if target_edges is not None:
        options['target_edges'] = torch.from_numpy(target_edges)
    return list(call(protocol, *maps, **options).values())


each_protocol = pytest.mark.parametrize('protocol, edges_of', [
    (ibims_boundary, ibims_edges), (sharpdepth_boundary, sharpdepth_edges)])


def block():
    target = np.full((40, 60), 4.0)
    target[10:30, 12:32] = 2.0
    return target


@each_protocol
@pytest.mark.parametrize('seed', range(3))
@pytest.mark.parametrize('masked', [False, True])
def test_equals_the_formula(protocol, edges_of, seed, masked):
    pred, target = make_scene(seed, (48, 64), noise=0.2)
    expected = expected_errors(protocol, edges_of(pred), edges_of(target))
    assert min(expected) > 0
    assert errors(protocol, pred, target, masked=masked) == pytest.approx(
        expected, rel=1e-12)


@each_protocol
def test_equals_the_formula_on_holes(protocol, edges_of):
    pred, target = make_scene(0, (48, 64), noise=0.2)
    mask = random_mask(target.shape, 0.98)
    mask[:20, 30:40] = False
    expected = expected_errors(protocol, edges_of(pred, mask),
                               edges_of(target, mask))
    assert min(expected) > 0
    assert errors(protocol, pred, target, mask) == pytest.approx(expected)
    if protocol is ibims_boundary:
        drawn = random_mask(target.shape, 0.1, seed=2)
        visible = binary_erosion(mask, np.ones((3, 3)), border_value=1)
        assert errors(
            protocol, pred, target, mask, target_edges=drawn
        ) == pytest.approx(expected_errors(
            protocol, edges_of(pred, mask), drawn & visible))


@pytest.mark.parametrize('case', ['sharp', 'soft'])
@pytest.mark.parametrize('dtype', ['float32', 'float64'])
@pytest.mark.parametrize('masked', [False, True])
def test_ibims_equals_the_published_code(case, dtype, masked, reference):
    pred, target = (reference[f'{case}/{name}'].astype(dtype)
                    for name in ('pred', 'target'))
    result = errors(ibims_boundary, pred, target, masked=masked,
                    target_edges=reference[f'{case}/target_edges'])
    assert result[:2] == pytest.approx(
        [float(reference[f'{case}/ibims_dbe_{x}']) for x in ('acc', 'comp')],
        abs=1e-6)


@pytest.mark.parametrize('protocol, edges_of, which, hole', [
    (ibims_boundary, ibims_edges, 0, 0.0),
    (ibims_boundary, ibims_edges, 1, 0.0),
    (sharpdepth_boundary, sharpdepth_edges, 0, 0.0),
    (sharpdepth_boundary, sharpdepth_edges, 1, 0.0),
    (sharpdepth_boundary, sharpdepth_edges, 1, math.nan)])
def test_published_form_at_holes(protocol, edges_of, which, hole):
    """iBims-1 finds no edges at holes; SharpDepth finds them at zeros."""
    maps = make_scene(0, (48, 64), noise=0.2)
    maps[which][20:30, 20:30] = hole
    expected = expected_errors(protocol, *map(edges_of, maps))
    assert 0 < min(expected)
    assert errors(protocol, *maps, masked=False) == pytest.approx(expected)


def test_edges_far_from_the_truth_cost_completeness_only():
    surplus = block()
    surplus[:, 50:] = 6.0
    expected = expected_errors(
        ibims_boundary, ibims_edges(surplus), ibims_edges(block()))
    assert expected[0] == 0 and 0 < expected[1] < 10
    assert errors(ibims_boundary, surplus, block()) == pytest.approx(expected)
    # Without any matching edge, both errors are at their maximum.
    far = np.full((40, 60), 4.0)
    far[:, 50:] = 6.0
    assert errors(ibims_boundary, far, block())[:2] == [10, 10]


def test_given_edges_replace_those_of_the_ground_truth():
    flat, drawn = np.full((40, 60), 4.0), ibims_edges(block())

    def score(target, edges):
        return errors(ibims_boundary, block(), target, target_edges=edges)[:2]

    for edges in (drawn, drawn.astype(np.uint8)):  # 0/1, as stored in files
        assert score(flat, edges) == [0, 0]
    # No edge at all, or none at pixels with ground truth.
    hidden = np.where(np.roll(drawn, 1, axis=0) | drawn, 0.0, flat)
    for missing in (score(block(), drawn & False), score(hidden, drawn)):
        assert all(map(math.isnan, missing))
    with pytest.raises(
            ValueError,
            match='target_edges must have the shape of target, got '
            r'\(2, 3\) and \(40, 60\)'):
        score(flat, np.zeros((2, 3), bool))


def test_completeness_of_sharpdepth_has_no_upper_limit():
    pred = np.full((30, 90), 4.0)
    pred[:, 20:] = 3.0
    target = pred.copy()
    target[:, 70:] = 2.0
    assert errors(sharpdepth_boundary, pred, target)[:2] == pytest.approx(
        [0, 25], abs=0.5)

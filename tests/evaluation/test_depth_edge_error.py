"""Errors at edges and of gradients against Python loops."""
import math

import hypothesis.extra.numpy as hnp
import numpy as np
import plain_loops
import pytest
import torch
from depth_maps import (DIRECTIONS, call, contours, make_scene, pairs,
                        random_mask)
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import maximum_filter, minimum_filter

from mmdepth_gradloss.evaluation.depth_edge_error import depth_edge_error

COUNTS = ('num_edge_pixels', 'num_flat_pixels', 'num_thin_pixels',
          'num_far_pixels', 'num_gradients')


def expected_errors(pred, target, mask, width, ratio, levels):
    edges = np.zeros(target.shape, bool)
    for y, x, v, u in contours(target, mask, DIRECTIONS, ratio):
        edges[y, x] = edges[v, u] = True
    window = dict(size=2 * width + 1, mode='constant')
    near = maximum_filter(edges, **window, cval=False) & mask
    depth = np.where(mask, target, 0)
    closed = minimum_filter(
        maximum_filter(depth, **window, cval=-math.inf), **window,
        cval=math.inf)
    bound = np.quantile(target[mask], 0.75) if mask.any() else 0
    result = {}
    for name, region in (('edge', near), ('flat', mask & ~near),
                         ('thin', mask & (closed > ratio * depth)),
                         ('far', mask & (target >= bound))):
        errors = abs(pred - target)[region].tolist()
        result[f'{name}_rmse'] = math.sqrt(mean([e**2 for e in errors]))
        result[f'{name}_mae'] = mean(errors)
        result[f'num_{name}_pixels'] = len(errors)
    maps, known = [pred.tolist(), target.tolist()], mask.tolist()
    counts = []
    for level in range(levels):
        if level:
            (maps[0], _), (maps[1], known) = (
                plain_loops.halve(x, known, plain_loops.BLOCK) for x in maps)
        errors = []
        for kernel in plain_loops.KERNELS['forward']:
            gradients = [plain_loops.correlate(x, kernel) for x in maps]
            counted = plain_loops.windows(known, kernel, 'support')
            errors += [
                abs(a - b) for rows in zip(*gradients, counted)
                for a, b, counts_here in zip(*rows) if counts_here
            ]
        result[f'gradient_mae_level{level}'] = mean(errors)
        counts.append(len(errors))
    return dict(result, num_gradients=min(counts))


def mean(values):
    return sum(values) / len(values) if values else math.nan


def errors_of(*maps, **options):
    return call(depth_edge_error, *maps, **options)


@given(pairs(max_side=9, depths=(1.0, 1.05, 1.3, 2.0, 5.0)),
       st.integers(0, 3), st.sampled_from([1.02, 1.1, 1.5]),
       st.integers(1, 4), st.data())
def test_equals_the_formula(maps, width, ratio, levels, data):
    mask = data.draw(hnp.arrays(bool, maps[0].shape))
    expected = expected_errors(*maps, mask, width, ratio, levels)
    assert errors_of(
        *maps, mask, edge_width=width, edge_ratio=ratio, levels=levels
    ) == pytest.approx(expected, nan_ok=True)


def test_defaults():
    pred, target = make_scene()
    # all depths differ, so that every share of pixels gives another result
    target *= np.random.default_rng(0).uniform(0.98, 1.02, target.shape)
    mask = random_mask(target.shape, 0.9)
    expected = expected_errors(pred, target, mask, 3, 1.1, 4)
    assert all(expected[name] for name in COUNTS)
    assert errors_of(pred, target, mask) == pytest.approx(expected)


def test_ratio_equal_to_the_bound_is_no_edge():
    target = np.array([[1.0, 1.5, 1.0]])
    assert errors_of(target, target, edge_ratio=1.5)['num_edge_pixels'] == 0
    assert errors_of(target, target, edge_ratio=1.49)['num_edge_pixels'] == 3


@pytest.mark.parametrize('garbage', [math.nan, math.inf, -1e30, 0.0, 1e30])
def test_invalid_pixels_do_not_matter(garbage):
    pred, target = make_scene()
    mask = random_mask(target.shape, 0.8)
    clean = errors_of(pred, target, mask)
    assert errors_of(np.where(mask, pred, garbage),
                     np.where(mask, target, garbage), mask) == clean
    assert errors_of(pred, np.where(mask, target, 0)) == clean


@pytest.mark.parametrize('batch_shape', [(4, ), (2, 2)])
def test_images_of_a_batch_are_independent(batch_shape):
    pred, target = map(np.stack, zip(*map(make_scene, range(4))))
    target[1], target[2] = 0, 1
    pred[3, 5, 5] = math.nan
    batch = errors_of(*(x.reshape(*batch_shape, *x.shape[1:])
                        for x in (pred, target)))
    batch = {name: np.reshape(value, 4) for name, value in batch.items()}
    for i in range(4):
        np.testing.assert_equal(
            {name: value[i] for name, value in batch.items()},
            errors_of(pred[i], target[i]))
    assert np.isfinite(batch['edge_rmse']).tolist() == [1, 0, 0, 0]
    for name in ('flat_mae', 'gradient_mae_level0'):
        assert np.isfinite(batch[name]).tolist() == [1, 0, 1, 0]


@pytest.mark.parametrize('pred, depth_range', [
    ([0.2, 1.0, 9.0, 9.0], dict(min_depth=1.0)),
    ([1.0, 1.0, 9.0, 40.0], dict(max_depth=9.0)),
    ([0.2, 1.0, 9.0, 40.0], dict(min_depth=1.0, max_depth=9.0)),
])
def test_predictions_are_clamped_to_the_depth_range(pred, depth_range):
    target = np.array([[1.0, 1.0, 9.0, 9.0]])
    errors = errors_of(np.array([pred]), target, **depth_range)
    assert errors['edge_rmse'] == errors['gradient_mae_level0'] == 0


def test_dtypes():
    pred, target = map(torch.from_numpy, make_scene())
    for dtype, expected in ((torch.bfloat16, torch.float32),
                            (torch.float64, torch.float64)):
        result = depth_edge_error(pred.to(dtype), target.to(dtype))
        assert {result.pop(name).dtype for name in COUNTS} == {torch.long}
        assert {value.dtype for value in result.values()} == {expected}


@pytest.mark.parametrize('options, message', [
    (dict(edge_width=-1), 'edge_width must be an integer >= 0, got -1'),
    (dict(edge_width=1.5), 'edge_width must be .* got 1.5'),
    (dict(edge_ratio=1), 'edge_ratio must be above 1, got 1'),
    (dict(edge_ratio=math.nan), 'edge_ratio must be above 1, got nan'),
    (dict(levels=0), 'levels must be an integer >= 1, got 0'),
])
def test_options_out_of_their_range(options, message):
    with pytest.raises(ValueError, match=message):
        depth_edge_error(torch.ones(4, 5), torch.ones(4, 5), **options)

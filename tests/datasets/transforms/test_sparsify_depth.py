import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mmcv.transforms.utils import cache_random_params

from mmdepth_gradloss.datasets.transforms import SparsifyDepth


def dense(height, width, holes=0.0):
    rng = np.random.default_rng(0)
    depth = rng.uniform(0.5, 10, (height, width)).astype(np.float32)
    depth[rng.random(depth.shape) < holes] = 0
    return depth


def sparsify(depth, seed=0, **arguments):
    np.random.seed(seed)
    results = SparsifyDepth(**arguments)(dict(gt_depth_map=depth))
    return results['gt_depth_map']


@given(
    st.integers(1, 40), st.integers(1, 40), st.floats(0, 1),
    st.integers(0, 999),
    st.sampled_from([
        dict(mode='random', ratio=0.3),
        dict(mode='random', ratio=(0.01, 0.9)),
        dict(mode='lines'),
        dict(mode='lines', num_lines=5, max_slope=1, jitter=9, dropout=0)
    ]))
def test_pixels_are_only_removed(height, width, holes, seed, arguments):
    depth = dense(height, width, holes)
    before = depth.copy()
    sparse = sparsify(depth, seed, **arguments)
    assert sparse.shape == depth.shape and sparse.dtype == np.float32
    assert ((sparse == before) | (sparse == 0)).all()
    np.testing.assert_array_equal(depth, before)


@pytest.mark.parametrize('ratio', [0.005, 0.05, 0.5])
def test_ratio_of_the_valid_pixels(ratio):
    depth = dense(300, 400, holes=0.4)
    valid = (depth > 0).sum()
    kept = (sparsify(depth, ratio=ratio) > 0).sum()
    # 4 standard deviations of a binomial share
    assert abs(kept / valid - ratio) < 4 * np.sqrt(
        ratio * (1 - ratio) / valid)


def test_random_pixels_are_spread_evenly():
    kept = sparsify(dense(320, 320), ratio=0.25) > 0
    blocks = kept.reshape(4, 80, 4, 80).mean(axis=(1, 3))
    assert np.abs(blocks - 0.25).max() < 4 * np.sqrt(0.25 * 0.75) / 80
    # neighbours are independent: both kept in 1/16 of the pairs
    pairs = kept[:, :-1] & kept[:, 1:]
    assert abs(pairs.mean() - 1 / 16) < 0.005


def test_range_of_ratios():
    depth = dense(100, 100)
    shares = [(sparsify(depth, seed, ratio=(0.1, 0.5)) > 0).mean()
              for seed in range(200)]
    assert 0.08 < min(shares) < 0.15 and 0.45 < max(shares) < 0.53
    assert abs(np.mean(shares) - 0.3) < 4 * 0.4 / np.sqrt(12 * 200)


def test_ratio_1_keeps_all():
    depth = dense(20, 30, holes=0.3)
    np.testing.assert_array_equal(sparsify(depth, ratio=1), depth)


def test_straight_lines_are_evenly_spaced_rows():
    starts = set()
    for seed in range(30):
        kept = sparsify(
            dense(120, 50), seed, mode='lines', num_lines=12, max_slope=0,
            jitter=0, dropout=0) > 0
        rows = np.flatnonzero(kept.all(axis=1))
        assert kept.sum() == 12 * 50  # nothing outside these rows
        assert np.diff(rows).tolist() == [10] * 11
        starts.add(int(rows[0]))
    assert starts <= set(range(10)) and len(starts) > 5


def test_number_of_lines_need_not_divide_the_height():
    kept = sparsify(
        dense(50, 8), mode='lines', num_lines=12, max_slope=0, jitter=0,
        dropout=0) > 0
    rows = np.flatnonzero(kept.all(axis=1))
    assert len(rows) == 12 and rows[0] < 5 and rows[-1] >= 45
    assert set(np.diff(rows)) <= {4, 5}


def test_sloping_lines_are_straight_parallel_and_within_the_slope():
    slopes = []
    for seed in range(20):
        kept = sparsify(
            dense(120, 300), seed, mode='lines', num_lines=4, max_slope=0.1,
            jitter=0, dropout=0) > 0
        assert (kept.sum(axis=0) == 4).all()
        rows = np.nonzero(kept.T)[1].reshape(300, 4)
        assert (np.diff(rows, axis=1) == 30).all()
        # the period is 30 rows: follow one line across the columns
        line = np.unwrap(rows[:, 0], period=30)
        slope, start = np.polyfit(np.arange(300), line, 1)
        assert np.abs(line - slope * np.arange(300) - start).max() < 0.75
        slopes.append(slope)
    assert max(np.abs(slopes)) <= 0.1 + 1e-3
    assert min(slopes) < -0.03 and max(slopes) > 0.03


def test_jitter_is_in_pixels():
    kept = sparsify(
        dense(200, 4000), mode='lines', num_lines=1, max_slope=0, jitter=3,
        dropout=0) > 0
    rows = kept.argmax(axis=0)
    # rounding to whole rows adds 1/12 to the variance; 200 rows wrap around
    angle = np.exp(2j * np.pi * rows / 200)
    offset = np.angle(angle / angle.mean()) * 200 / (2 * np.pi)
    assert abs(offset.std() - np.sqrt(9 + 1 / 12)) < 0.2


@pytest.mark.parametrize('dropout', [0.0, 0.3, 0.8])
def test_dropout_thins_the_lines(dropout):
    kept = sparsify(
        dense(120, 1000), mode='lines', num_lines=12, max_slope=0, jitter=0,
        dropout=dropout) > 0
    share = kept.mean() * 120 / 12
    assert abs(share - (1 - dropout)) < 4 * 0.5 / np.sqrt(12 * 1000) + 1e-9
    on_lines = kept.any(axis=1)
    assert on_lines.sum() == 12


def test_other_key():
    depth = dense(30, 30)
    results = SparsifyDepth(key='sparse_depth')(
        dict(gt_depth_map=depth, sparse_depth=depth))
    assert (results['gt_depth_map'] > 0).all()
    assert 0 < (results['sparse_depth'] > 0).mean() < 0.2


def test_each_sample_has_its_own_pattern_unless_cached():
    depth = dense(30, 30)
    transform = SparsifyDepth(ratio=0.5)

    def draw():
        return transform(dict(gt_depth_map=depth))['gt_depth_map']

    assert not np.array_equal(draw(), draw())
    with cache_random_params(transform):
        np.testing.assert_array_equal(draw(), draw())


def test_unknown_mode():
    with pytest.raises(ValueError, match=r"'grid'.*\['lines', 'random'\]"):
        SparsifyDepth(mode='grid')


@pytest.mark.parametrize('arguments, message', [
    (dict(ratio=0), r'ratio.*\(0, 1\].*0'),
    (dict(ratio=1.5), 'ratio.*1.5'),
    (dict(ratio=(0.5, 0.1)), 'ratio'),
    (dict(mode='lines', num_lines=0), 'num_lines.*0'),
    (dict(mode='lines', max_slope=-1), 'max_slope.*-1'),
    (dict(mode='lines', jitter=-1), 'jitter.*-1'),
    (dict(mode='lines', dropout=1), 'dropout.*1'),
])
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        SparsifyDepth(**arguments)


def test_argument_of_the_other_mode():
    with pytest.raises(TypeError, match='ratio'):
        SparsifyDepth(mode='lines', ratio=0.1)


def test_missing_key():
    with pytest.raises(KeyError, match="no 'sparse'.*gt_depth_map"):
        SparsifyDepth(key='sparse')(dict(gt_depth_map=dense(3, 3)))


def test_sparse_input_is_drawn_from_the_ground_truth():
    depth = np.random.default_rng(0).uniform(1, 9, (40, 60))
    results = SparsifyDepth(ratio=0.3, output_key='sparse_depth_map')(
        dict(gt_depth_map=depth.copy()))
    np.testing.assert_array_equal(results['gt_depth_map'], depth)
    sparse = results['sparse_depth_map']
    assert 0.2 < (sparse > 0).mean() < 0.4
    np.testing.assert_array_equal(sparse, np.where(sparse > 0, depth, 0))


def test_repr():
    assert repr(SparsifyDepth()) == (
        "SparsifyDepth(mode='random', key='gt_depth_map', "
        "output_key='gt_depth_map', ratio=0.05)")
    assert repr(SparsifyDepth('lines', num_lines=8)) == (
        "SparsifyDepth(mode='lines', key='gt_depth_map', "
        "output_key='gt_depth_map', num_lines=8, "
        'max_slope=0.02, jitter=0.3, dropout=0.5)')

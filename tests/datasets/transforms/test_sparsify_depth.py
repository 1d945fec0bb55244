import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

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


def kept_lines(height, width, num_lines, seed=0, **arguments):
    """Mask of kept pixels; randomness is off unless requested."""
    off = dict(max_slope=0, jitter=0, dropout=0)
    return sparsify(dense(height, width), seed, mode='lines',
                    num_lines=num_lines, **{**off, **arguments}) > 0


@given(
    st.integers(1, 40), st.integers(1, 40), st.floats(0, 1),
    st.integers(0, 999),
    st.sampled_from([
        dict(ratio=(0.01, 0.9)), dict(ratio=1), dict(mode='lines'),
        dict(mode='lines', num_lines=5, max_slope=1, jitter=9, dropout=0)]))
def test_pixels_are_only_removed(height, width, holes, seed, arguments):
    depth = dense(height, width, holes)
    before = depth.copy()
    sparse = sparsify(depth, seed, **arguments)
    assert sparse.shape == depth.shape and sparse.dtype == np.float32
    assert ((sparse == before) | (sparse == 0)).all()
    np.testing.assert_array_equal(depth, before)
    if arguments.get('ratio') == 1:
        np.testing.assert_array_equal(sparse, depth)


@pytest.mark.parametrize('ratio', [0.005, 0.05, 0.25])
def test_random_pixels_are_independent(ratio):
    kept = sparsify(dense(320, 320), ratio=ratio) > 0
    blocks = kept.reshape(4, 80, 4, 80).mean(axis=(1, 3))
    # 4 standard deviations of a binomial share
    assert np.abs(blocks - ratio).max() < 4 * np.sqrt(ratio * (1 - ratio)) / 80
    neighbours = kept[:, :-1] & kept[:, 1:]
    assert abs(neighbours.mean() - ratio**2) < 0.005


def test_range_of_ratios():
    depth = dense(100, 100)
    shares = [(sparsify(depth, seed, ratio=(0.1, 0.5)) > 0).mean()
              for seed in range(200)]
    assert 0.08 < min(shares) < 0.15 and 0.45 < max(shares) < 0.53
    assert abs(np.mean(shares) - 0.3) < 4 * 0.4 / np.sqrt(12 * 200)


@pytest.mark.parametrize('height, steps', [(120, {10}), (50, {4, 5})])
def test_straight_lines_are_evenly_spaced_rows(height, steps):
    starts = set()
    for seed in range(30):
        kept = kept_lines(height, 8, 12, seed)
        rows = np.flatnonzero(kept.all(axis=1))
        assert len(rows) == 12
        assert kept.sum() == 12 * 8  # only in these rows
        assert set(np.diff(rows)) <= steps
        assert rows[-1] >= height - max(steps)
        starts.add(int(rows[0]))
    assert max(starts) < max(steps) and len(starts) > max(steps) // 2


def test_sloping_lines_are_straight_parallel_and_within_the_slope():
    slopes = []
    for seed in range(20):
        kept = kept_lines(120, 300, 4, seed, max_slope=0.1)
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
    rows = kept_lines(200, 4000, 1, jitter=3).argmax(axis=0)
    # rounding to whole rows adds 1/12 to the variance; 200 rows wrap around
    angle = np.exp(2j * np.pi * rows / 200)
    offset = np.angle(angle / angle.mean()) * 200 / (2 * np.pi)
    assert abs(offset.std() - np.sqrt(9 + 1 / 12)) < 0.2


@pytest.mark.parametrize('dropout', [0.0, 0.3, 0.8])
def test_dropout_thins_the_lines(dropout):
    kept = kept_lines(120, 1000, 12, dropout=dropout)
    assert kept.any(axis=1).sum() == 12
    share = kept.mean() * 120 / 12
    assert abs(share - (1 - dropout)) < 4 * 0.5 / np.sqrt(12 * 1000) + 1e-9


def test_keys_and_arguments():
    sample = dict(gt_depth_map=dense(40, 60), other=dense(40, 60))
    results = SparsifyDepth(key='other')(dict(sample))
    assert 0 < (results['other'] > 0).mean() < 0.2
    assert (results['gt_depth_map'] > 0).all()
    results = SparsifyDepth(ratio=0.3, output_key='sparse_depth_map')(
        dict(sample))
    assert (results['gt_depth_map'] > 0).all()
    sparse = results['sparse_depth_map']
    assert 0.2 < (sparse > 0).mean() < 0.4
    np.testing.assert_array_equal(
        sparse, np.where(sparse > 0, sample['gt_depth_map'], 0))
    with pytest.raises(KeyError, match="no 'sparse'.*gt_depth_map"):
        SparsifyDepth(key='sparse')(sample)
    with pytest.raises(TypeError, match='ratio'):  # belongs to the other mode
        SparsifyDepth(mode='lines', ratio=0.1)

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mmcv.transforms.utils import cache_random_params

from mmdepth_gradloss.datasets.transforms import RandomFlipDepth


@pytest.mark.parametrize('direction, rows, columns', [
    ('horizontal', 1, -1), ('vertical', -1, 1), ('diagonal', -1, -1)])
def test_flip_of_image_and_depth(random_sample, direction, rows, columns):
    sample = random_sample()
    results = RandomFlipDepth(1.0, direction)(dict(sample))
    for key in ('img', 'gt_depth_map'):
        np.testing.assert_array_equal(results[key],
                                      sample[key][::rows, ::columns])
    assert results['flip'] is True
    assert results['flip_direction'] == direction


def test_never(random_sample):
    sample = random_sample()
    results = RandomFlipDepth(0)(dict(sample))
    for key in ('img', 'gt_depth_map'):
        np.testing.assert_array_equal(results[key], sample[key])
    assert results['flip'] is False and results['flip_direction'] is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(1, 30), st.integers(1, 30), st.integers(0, 999))
def test_image_and_depth_stay_aligned(random_sample, millimetres, height,
                                      width, seed):
    np.random.seed(seed)
    flip = RandomFlipDepth(0.9, ['horizontal', 'vertical', 'diagonal'])
    results = flip(random_sample(height, width))
    np.testing.assert_allclose(
        results['gt_depth_map'] * 1000, millimetres(results['img']), rtol=1e-6)


@pytest.mark.parametrize('prob, expected', [
    (0.6, dict(horizontal=0.3, vertical=0.3)),
    ([0.1, 0.7], dict(horizontal=0.1, vertical=0.7))])
def test_frequencies(random_sample, prob, expected):
    np.random.seed(0)
    flip = RandomFlipDepth(prob, ['horizontal', 'vertical'])
    drawn = [
        flip(random_sample(2, 2))['flip_direction'] for _ in range(1000)]
    for direction, share in expected.items():
        tolerance = 4 * np.sqrt(share * (1 - share) / 1000)
        assert abs(drawn.count(direction) / 1000 - share) < tolerance


def test_without_a_depth_map(random_sample):
    sample = random_sample()
    del sample['gt_depth_map']
    assert 'gt_depth_map' not in RandomFlipDepth(1)(sample)


def test_cached_randomness(random_sample):
    flip = RandomFlipDepth()
    with cache_random_params(flip):
        flips = {flip(random_sample())['flip'] for _ in range(20)}
    assert len(flips) == 1


@pytest.mark.parametrize('arguments, message', [
    (dict(prob=-0.1), r'\[0, 1\].*-0.1'),
    (dict(prob=1.5), r'\[0, 1\].*1.5'),
    (dict(prob=[0.6, 0.6], direction=['horizontal', 'vertical']), '0.6'),
    (dict(prob=[0.6], direction=['horizontal', 'vertical']), 'each'),
    (dict(direction='sideways'), 'sideways.*horizontal'),
])
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        RandomFlipDepth(**arguments)


def test_repr():
    assert repr(RandomFlipDepth(0.5)) == (
        "RandomFlipDepth(prob=[0.5], direction=['horizontal'])")

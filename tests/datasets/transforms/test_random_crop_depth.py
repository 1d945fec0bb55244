import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mmcv.transforms.utils import cache_random_params

from mmdepth_gradloss.datasets.transforms import RandomCropDepth


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data(), st.integers(1, 30), st.integers(1, 30))
def test_image_and_depth_are_cut_at_the_same_place(random_sample, millimetres,
                                                   data, height, width):
    crop_size = (data.draw(st.integers(1, height)),
                 data.draw(st.integers(1, width)))
    np.random.seed(data.draw(st.integers(0, 999)))
    results = RandomCropDepth(crop_size)(random_sample(height, width))
    assert results['gt_depth_map'].shape == crop_size
    assert results['img'].shape == crop_size + (3,)
    assert results['img_shape'] == crop_size
    assert results['ori_shape'] == (height, width)
    np.testing.assert_allclose(
        results['gt_depth_map'] * 1000, millimetres(results['img']), rtol=1e-6)


def test_every_place_is_drawn_and_is_a_window():
    depth = np.arange(1, 21, dtype=np.float32).reshape(4, 5)
    sample = dict(img=np.zeros((4, 5, 3), np.uint8), gt_depth_map=depth)
    np.random.seed(0)
    corners = set()
    for _ in range(200):
        cut = RandomCropDepth((3, 3))(dict(sample))['gt_depth_map']
        top, left = np.divmod(int(cut[0, 0]) - 1, 5)
        np.testing.assert_array_equal(
            cut, depth[top:top + 3, left:left + 3])
        corners.add((int(top), int(left)))
    assert corners == {(i, j) for i in range(2) for j in range(3)}


def test_crop_of_the_whole_image(random_sample):
    sample = random_sample(16, 16)
    results = RandomCropDepth(16)(dict(sample))
    np.testing.assert_array_equal(results['img'], sample['img'])


def test_without_a_depth_map(random_sample):
    sample = random_sample()
    del sample['gt_depth_map']
    assert 'gt_depth_map' not in RandomCropDepth(8)(sample)


def test_cached_randomness(random_sample):
    crop = RandomCropDepth(4)
    with cache_random_params(crop):
        first, second = (crop(random_sample())['img'] for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_image_smaller_than_the_crop(random_sample):
    with pytest.raises(ValueError, match='24 x 36.*25 x 10'):
        RandomCropDepth((25, 10))(random_sample(24, 36))


def test_depth_of_another_size(random_sample):
    sample = random_sample(24, 36)
    sample['gt_depth_map'] = sample['gt_depth_map'][:20]
    with pytest.raises(ValueError, match=r'\(20, 36\).*\(24, 36\)'):
        RandomCropDepth(8)(sample)


@pytest.mark.parametrize('crop_size', [0, (8, -1), (8, 8, 3)])
def test_bad_crop_size(crop_size):
    with pytest.raises(ValueError, match='crop_size must be'):
        RandomCropDepth(crop_size)


def test_repr():
    assert repr(RandomCropDepth([8, 6])) == 'RandomCropDepth(crop_size=(8, 6))'

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mmcv.transforms import RandomResize

from mmdepth_gradloss.datasets.transforms import ResizeDepth

sides = st.integers(1, 40)


def coordinates(height, width):
    """Sample whose image is (x, y) and whose depth is the pixel number."""
    y, x = np.mgrid[:height, :width].astype(np.float32)
    return dict(
        img=np.stack([x, y, 0 * x], axis=-1), gt_depth_map=1 + x + width * y)


def positions(depth, width):
    """x and y of the pixels picked for a resized depth map."""
    return np.divmod(depth - 1, width)[::-1]


@given(sides, sides, sides, sides)
def test_depth_is_picked_at_the_nearest_centre(height, width, new_height,
                                               new_width):
    """Pixels are not interpolated, so no new depth value appears."""
    results = ResizeDepth((new_width, new_height))(coordinates(height, width))
    depth = results['gt_depth_map']
    assert depth.shape == results['img'].shape[:2] == (new_height, new_width)
    assert depth.dtype == np.float32
    x, y = positions(depth, width)
    rows = (np.arange(new_height) + 0.5) * height / new_height - 0.5
    columns = (np.arange(new_width) + 0.5) * width / new_width - 0.5
    assert np.abs(y - rows[:, None]).max() <= 0.5 + 1e-9
    assert np.abs(x - columns).max() <= 0.5 + 1e-9
    assert (x % 1 == 0).all() and (y % 1 == 0).all()


@pytest.mark.parametrize('new_size', [
    (80, 48), (60, 60), (20, 12), (13, 7), (11, 48), (55, 9)])
def test_image_and_depth_stay_aligned(new_size):
    results = ResizeDepth(new_size)(coordinates(24, 40))
    # The resized coordinates are the sampling positions of the image, off
    # by up to 1/8 where an area begins or ends inside a pixel.
    for channel, place in enumerate(positions(results['gt_depth_map'], 40)):
        error = results['img'][..., channel] - place
        assert np.abs(error).max() <= 0.5 + 1 / 8
        # ... and no mean shift if there are no ties
        if new_size == (13, 7) and channel == 0:
            assert abs(error.mean()) < 0.05


def test_shrunk_image_is_a_mean_over_areas():
    img = np.random.default_rng(0).integers(0, 256, (12, 20, 3), np.uint8)
    small = ResizeDepth((5, 3))(dict(img=img))['img']
    mean = img.reshape(3, 4, 5, 4, 3).mean(axis=(1, 3))
    assert np.abs(small - mean).max() <= 0.5 + 1e-6


@pytest.mark.parametrize('arguments, expected', [
    (dict(scale=(30, 20)), (20, 30)), (dict(scale=[30, 20]), (20, 30)),
    (dict(scale=16), (16, 16)), (dict(scale=(80, 40)), (40, 80)),
    (dict(scale=(100, 10), keep_ratio=True), (10, 20)),
    (dict(scale=(50, 100), keep_ratio=True), (50, 100)),
    (dict(scale_factor=0.25), (10, 20)), (dict(scale_factor=1.5), (60, 120)),
])
def test_new_size(random_sample, arguments, expected):
    sample = random_sample(40, 80)
    results = ResizeDepth(**arguments)(dict(sample))
    for key in ('img', 'gt_depth_map'):
        assert results[key].shape[:2] == expected
        if expected == (40, 80):
            np.testing.assert_array_equal(results[key], sample[key])
    assert results['img_shape'] == expected
    assert results['ori_shape'] == (40, 80)
    assert results['scale'] == expected[::-1]
    assert results['scale_factor'] == (expected[1] / 80, expected[0] / 40)


def test_random_sizes_of_mmcv(random_sample):
    np.random.seed(0)
    resize = RandomResize(scale=(72, 48), ratio_range=(0.5, 2.0),
                          keep_ratio=True, resize_type='ResizeDepth')
    sizes = {resize(random_sample(24, 36))['gt_depth_map'].shape
             for _ in range(10)}
    assert len(sizes) > 1


@pytest.mark.parametrize('arguments', [
    dict(scale=0), dict(scale=(8, -1)), dict(scale_factor=0.001)])
def test_empty_size(random_sample, arguments):
    with pytest.raises(ValueError, match='ResizeDepth.*24 x 36'):
        ResizeDepth(**arguments)(random_sample(24, 36))

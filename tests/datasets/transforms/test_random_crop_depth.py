import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mmdepth_gradloss.datasets.transforms import RandomCropDepth


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data(), st.integers(1, 30), st.integers(1, 30))
def test_image_and_depth_are_cut_at_the_same_place(
        random_sample, data, height, width):
    crop_size = tuple(data.draw(st.integers(1, x)) for x in (height, width))
    np.random.seed(data.draw(st.integers(0, 999)))
    results = RandomCropDepth(crop_size)(random_sample(height, width))
    assert results['gt_depth_map'].shape == crop_size
    assert results['img'].shape == crop_size + (3,)
    assert results['img_shape'] == crop_size
    assert results['ori_shape'] == (height, width)
    img = results['img'].astype(int)
    np.testing.assert_allclose(results['gt_depth_map'] * 1000,
                               img[..., 0] * 256 + img[..., 1], rtol=1e-6)


def test_every_place_is_drawn_and_is_a_window():
    depth = np.arange(1, 21, dtype=np.float32).reshape(4, 5)
    sample = dict(img=np.zeros((4, 5, 3), np.uint8), gt_depth_map=depth)
    np.random.seed(0)
    corners = set()
    for _ in range(200):
        cut = RandomCropDepth(3)(dict(sample))['gt_depth_map']
        top, left = divmod(int(cut[0, 0]) - 1, 5)
        np.testing.assert_array_equal(cut, depth[top:top + 3, left:left + 3])
        corners.add((top, left))
    assert corners == {(i, j) for i in range(2) for j in range(3)}


@pytest.mark.parametrize('crop_size, rows, message', [
    ((25, 10), 24, '24 x 36.*25 x 10'), (8, 20, r'\(20, 36\).*\(24, 36\)')])
def test_what_does_not_fit(random_sample, crop_size, rows, message):
    sample = random_sample(24, 36)
    sample['gt_depth_map'] = sample['gt_depth_map'][:rows]
    with pytest.raises(ValueError, match=message):
        RandomCropDepth(crop_size)(sample)

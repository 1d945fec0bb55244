import numpy as np
import pytest

from mmdepth_gradloss.datasets.transforms import RandomCropDepth


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

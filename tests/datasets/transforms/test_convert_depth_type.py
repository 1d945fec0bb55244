import numpy as np
import pytest
from fake_sets import room_camera, room_ray_lengths

from mmdepth_gradloss.datasets.transforms import ConvertDepthType

SIZE = (6, 10)


def sample(**changes):
    depth = np.random.default_rng(0).uniform(1, 9, SIZE).astype(np.float32)
    depth[2] = 0
    results = dict(
        img_path='street/7.png', img_shape=SIZE, depth_type='distance',
        cam2img=room_camera(SIZE), gt_depth_map=depth,
        # a flipped view
        sparse_depth_map=(depth * (depth > 5))[:, ::-1])
    return {k: v for k, v in {**results, **changes}.items() if v is not None}


def test_both_maps_are_converted():
    before = sample()
    results = ConvertDepthType()(sample())
    assert results['depth_type'] == 'depth'
    for key in ('gt_depth_map', 'sparse_depth_map'):
        assert results[key].dtype == np.float32
        np.testing.assert_allclose(
            results[key], before[key] / room_ray_lengths(SIZE), rtol=1e-6)
    back = ConvertDepthType('distance')(results)
    assert back['depth_type'] == 'distance'
    np.testing.assert_allclose(
        back['gt_depth_map'], before['gt_depth_map'], rtol=1e-6)


def test_nothing_to_do_needs_no_intrinsics():
    results = ConvertDepthType('distance')(sample(cam2img=None))
    np.testing.assert_array_equal(results['gt_depth_map'],
                                  sample()['gt_depth_map'])
    results = ConvertDepthType('depth')(
        sample(cam2img=None, gt_depth_map=None, sparse_depth_map=None))
    assert results['depth_type'] == 'depth'


@pytest.mark.parametrize('changes, message', [
    (dict(cam2img=None), 'gt_depth_map of image street/7.png from distance to '
     'depth.*argument cam2img'),
    (dict(depth_type=None), 'street/7.png has no depth_type.*argument depth_'),
    (dict(img_shape=(3, 5)), r'\(6, 10\).*\(3, 5\).*before'),
    (dict(depth_type='range'), "'range'; known: depth, distance"),
    (dict(cam2img=np.eye(4)), '3x3'),
])
def test_what_cannot_be_converted(changes, message):
    with pytest.raises(ValueError, match=message):
        ConvertDepthType()(sample(**changes))

import numpy as np
import pytest
import torch

from mmdepth_gradloss.datasets.transforms import ConvertDepthType

from fake_sets import room_camera, room_ray_lengths  # isort: skip

SIZE = (6, 10)


def sample(**changes):
    depth = np.random.default_rng(0).uniform(1, 9, SIZE).astype(np.float32)
    depth[2] = 0
    results = dict(
        img_path='street/7.png',
        img_shape=SIZE,
        depth_type='distance',
        cam2img=room_camera(SIZE),
        gt_depth_map=depth,
        sparse_depth_map=depth * (depth > 5))
    return {k: v for k, v in {**results, **changes}.items() if v is not None}


def test_both_maps_are_converted():
    before = sample()
    results = ConvertDepthType('depth')(sample())
    assert results['depth_type'] == 'depth'
    for key in ('gt_depth_map', 'sparse_depth_map'):
        assert results[key].dtype == np.float32
        np.testing.assert_allclose(
            results[key], before[key] / room_ray_lengths(SIZE), rtol=1e-6)
    back = ConvertDepthType('distance')(results)
    assert back['depth_type'] == 'distance'
    np.testing.assert_allclose(
        back['gt_depth_map'], before['gt_depth_map'], rtol=1e-6)


def test_flipped_views_are_converted_too():
    results = sample(gt_depth_map=sample()['gt_depth_map'][:, ::-1])
    ConvertDepthType()(results)
    np.testing.assert_allclose(
        results['gt_depth_map'],
        (sample()['gt_depth_map'] / room_ray_lengths(SIZE))[:, ::-1],
        rtol=1e-6)


def test_nothing_to_do_needs_no_intrinsics():
    before = sample()
    results = ConvertDepthType('distance')(sample(cam2img=None))
    np.testing.assert_array_equal(results['gt_depth_map'],
                                  before['gt_depth_map'])
    results = ConvertDepthType('depth')(
        sample(cam2img=None, gt_depth_map=None, sparse_depth_map=None))
    assert results['depth_type'] == 'depth'


def test_missing_intrinsics():
    with pytest.raises(ValueError, match='gt_depth_map of image street/7.png '
                       'from distance to depth.*argument cam2img'):
        ConvertDepthType()(sample(cam2img=None))


def test_missing_depth_type():
    with pytest.raises(ValueError, match='street/7.png has no depth_type.*'
                       'argument depth_type'):
        ConvertDepthType()(sample(depth_type=None))


def test_map_of_another_size_than_the_image():
    with pytest.raises(ValueError, match=r'\(6, 10\).*\(3, 5\).*before'):
        ConvertDepthType()(sample(img_shape=(3, 5)))


def test_unknown_depth_type():
    with pytest.raises(ValueError, match="'range'; known: depth, distance"):
        ConvertDepthType('range')
    with pytest.raises(ValueError, match="'range'; known: depth, distance"):
        ConvertDepthType()(sample(depth_type='range'))


def test_intrinsics_are_checked():
    with pytest.raises(ValueError, match='3x3'):
        ConvertDepthType()(sample(cam2img=torch.eye(4).numpy()))


def test_repr():
    assert repr(ConvertDepthType()) == "ConvertDepthType(target='depth')"

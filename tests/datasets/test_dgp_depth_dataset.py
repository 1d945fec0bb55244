import json

import fake_sets
import numpy as np
import pytest

from mmdepth_gradloss.datasets import DGPDepthDataset


def build(root, **kwargs):
    return fake_sets.build(DGPDepthDataset, root, **kwargs)


@pytest.fixture
def scene(tmp_path):
    """The only scene of a data set that tests may modify."""
    return fake_sets.make_dgp(tmp_path, splits=dict(train=1)) / '000000'


def test_depth(dgp_root):
    dataset = build(dgp_root, input_depth_dir='depth/lidar')
    # 2 scenes of 2 frames, one camera
    assert len(dataset) == 4
    sample = dataset[0]
    img, depth = next(fake_sets.rooms(1, seed=0))
    np.testing.assert_array_equal(sample['img'], img)
    valid = sample['gt_depth_map'] > 0
    assert 0.05 < valid.mean() < 0.15
    np.testing.assert_allclose(
        sample['gt_depth_map'][valid], depth[valid], rtol=1e-6)
    np.testing.assert_array_equal(sample['sparse_depth_map'],
                                  sample['gt_depth_map'])
    assert sample['depth_type'] == 'depth'
    np.testing.assert_allclose(sample['cam2img'], fake_sets.room_camera())


def test_several_cameras_and_a_text_file(dgp_root, tmp_path):
    split = tmp_path / 'own.txt'
    split.write_text('# one scene\n000001\n')
    dataset = build(dgp_root, cameras=['CAMERA_05', 'CAMERA_01'],
                    ann_file=str(split))
    assert [x.split('/')[-4:-1] for x in fake_sets.paths(dataset)] == [
        ['000001', 'rgb', camera] for camera in (
            'CAMERA_05', 'CAMERA_05', 'CAMERA_01', 'CAMERA_01')]


@pytest.mark.parametrize('calibration, message', [
    (dict(names=['CAMERA_05'], intrinsics=[{}]),
     r"camera 'CAMERA_01', names \['CAMERA_05'\]"),
    (dict(names=['CAMERA_01'], intrinsics=[dict(fx=1.0)]), "'cx'"),
    (dict(names=['CAMERA_01'], intrinsics=[]), 'IndexError'),
    ([], 'must have names and intrinsics'),
    (dict(names=['CAMERA_01'],
          intrinsics=[dict(fx=0, fy=1, cx=1, cy=1)]), 'positive fx'),
])
def test_bad_calibration(scene, calibration, message):
    (scene / 'calibration/a1b2c3.json').write_text(json.dumps(calibration))
    with pytest.raises(ValueError, match=f'a1b2c3.json.*{message}'):
        build(scene.parent)


def test_one_calibration_file(scene):
    (scene / 'calibration/second.json').write_text('{}')
    with pytest.raises(FileNotFoundError, match='one JSON file in .*second'):
        build(scene.parent)
    for path in (scene / 'calibration').iterdir():
        path.unlink()
    with pytest.raises(FileNotFoundError, match=r'one JSON file in .*\[\]'):
        build(scene.parent)


def test_image_of_another_suffix_is_not_left_out(scene):
    image = sorted((scene / 'rgb/CAMERA_01').iterdir())[1]
    image.rename(image.with_suffix('.jpg'))
    # an image without a depth map
    image.with_name('other.jpg').touch()
    with pytest.raises(
            ValueError,
            match=rf'^1 images \(.jpg\) in .*000000/rgb/CAMERA_01 have a depth'
            rf' map, but .*: {image.stem}.jpg; set img_suffix='):
        build(scene.parent)
    image.with_name('other.jpg').unlink()
    assert len(build(scene.parent, img_suffix=('.png', '.jpg'))) == 2


def test_missing_depth_map(scene):
    path, _ = sorted((scene / 'depth/lidar/CAMERA_01').iterdir())
    path.unlink()
    with pytest.raises(FileNotFoundError, match='^1 of 2 depth maps of '
                       f'.*train.json are missing: {path}$'):
        build(scene.parent)


@pytest.mark.parametrize('arguments, error, message', [
    (dict(cameras=['CAMERA_09']), FileNotFoundError,
     r"'\*.png' in .*000000/rgb/CAMERA_09"),
    (dict(img_suffix='.jpg'), FileNotFoundError,
     r"'\*.jpg' in .*000000/rgb/CAMERA_01"),
    (dict(ann_file='absent.json'), FileNotFoundError,
     'no such split file: .*absent.json'),
    (dict(depth_dir='depth/radar'), FileNotFoundError,
     '4 of 4 .*/depth/radar/'),
    (dict(cameras='CAMERA_01'), ValueError, 'cameras must be a list'),
    (dict(cameras=[]), ValueError, 'cameras must be a list'),
])
def test_bad_arguments(dgp_root, arguments, error, message):
    with pytest.raises(error, match=message):
        build(dgp_root, **arguments)

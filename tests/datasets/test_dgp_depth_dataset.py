import json

import numpy as np
import pytest

from mmdepth_gradloss.datasets import DGPDepthDataset

import fake_sets  # isort: skip

LOAD = [dict(type='LoadImage'), dict(type='LoadDepthMap')]


def build(root, **kwargs):
    kwargs = {**dict(pipeline=LOAD), **kwargs}
    # MMEngine collects garbage, slowly, where it serialises.
    return DGPDepthDataset(
        data_root=str(root), serialize_data=False, **kwargs)


def test_depth(dgp_root):
    dataset = build(dgp_root)
    # 2 scenes of 2 frames, one camera
    assert len(dataset) == 4
    sample = dataset[0]
    img, depth = next(fake_sets.rooms(1, seed=0))
    np.testing.assert_array_equal(sample['img'], img)
    valid = sample['gt_depth_map'] > 0
    assert 0.05 < valid.mean() < 0.15
    np.testing.assert_allclose(
        sample['gt_depth_map'][valid], depth[valid], rtol=1e-6)
    assert sample['depth_type'] == 'depth'
    np.testing.assert_allclose(sample['cam2img'], fake_sets.room_camera())


def test_several_cameras(dgp_root):
    dataset = build(
        dgp_root, cameras=['CAMERA_05', 'CAMERA_01'], ann_file='val.json')
    places = [dataset.get_data_info(i)['img_path'].split('/')[-2]
              for i in range(len(dataset))]
    assert places == ['CAMERA_05'] * 2 + ['CAMERA_01'] * 2


def test_text_split_file(dgp_root, tmp_path):
    split = tmp_path / 'own.txt'
    split.write_text('# one scene\n000001\n')
    dataset = build(dgp_root, ann_file=str(split))
    assert len(dataset) == 2
    assert '/000001/rgb/' in dataset.get_data_info(0)['img_path']


def test_sparse_input(dgp_root):
    sample = build(dgp_root, input_depth_dir='depth/lidar')[0]
    np.testing.assert_array_equal(sample['sparse_depth_map'],
                                  sample['gt_depth_map'])


def test_missing_depth_maps(tmp_path):
    root = fake_sets.make_dgp(tmp_path, frames=1)
    for path in (root / '000000/depth/lidar/CAMERA_01').iterdir():
        path.unlink()
    with pytest.raises(FileNotFoundError,
                       match='^1 of 2 depth maps of .*train.json are missing: '
                       '.*/000000/depth/lidar/CAMERA_01/'):
        build(root)


@pytest.mark.parametrize('arguments, message', [
    (dict(cameras=['CAMERA_09']), r"'\*.png' in .*000000/rgb/CAMERA_09"),
    (dict(img_suffix='.jpg'), r"'\*.jpg' in .*000000/rgb/CAMERA_01"),
    (dict(ann_file='absent.json'), 'no such split file: .*absent.json'),
    (dict(depth_dir='depth/radar'), '4 of 4 .*depth/radar'),
])
def test_what_is_not_there(dgp_root, arguments, message):
    with pytest.raises(FileNotFoundError, match=message):
        build(dgp_root, **arguments)


@pytest.mark.parametrize('cameras', ['CAMERA_01', []])
def test_bad_cameras(dgp_root, cameras):
    with pytest.raises(ValueError, match='cameras must be a list'):
        build(dgp_root, cameras=cameras)


@pytest.mark.parametrize('calibration, message', [
    (dict(names=['CAMERA_05'], intrinsics=[{}]),
     r"camera 'CAMERA_01', names \['CAMERA_05'\]"),
    (dict(names=['CAMERA_01'], intrinsics=[dict(fx=1.0)]), "'cx'"),
    (dict(names=['CAMERA_01'], intrinsics=[]), 'IndexError'),
    ([], 'must have names and intrinsics'),
    (dict(names=['CAMERA_01'],
          intrinsics=[dict(fx=0, fy=1, cx=1, cy=1)]), 'positive fx'),
])
def test_bad_calibration(tmp_path, calibration, message):
    root = fake_sets.make_dgp(tmp_path, splits=dict(train=1), frames=1)
    path = root / '000000/calibration/a1b2c3.json'
    path.write_text(json.dumps(calibration))
    with pytest.raises(ValueError, match=f'a1b2c3.json.*{message}'):
        build(root)


def test_one_calibration_file(tmp_path):
    root = fake_sets.make_dgp(tmp_path, splits=dict(train=1), frames=1)
    folder = root / '000000/calibration'
    (folder / 'second.json').write_text('{}')
    with pytest.raises(FileNotFoundError, match='one JSON file in .*second'):
        build(root)
    for path in folder.iterdir():
        path.unlink()
    with pytest.raises(FileNotFoundError, match=r'one JSON file in .*\[\]'):
        build(root)

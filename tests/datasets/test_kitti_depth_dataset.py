from pathlib import Path

import fake_sets
import numpy as np
import pytest

from mmdepth_gradloss.datasets import KITTIDepthDataset

SAMPLE_DATA = Path(__file__).parents[3] / 'shared/data/kitti_tiny'
DRIVE = '2011_09_26/2011_09_26_drive_0001_sync'


def build(root, **kwargs):
    return fake_sets.build(KITTIDepthDataset, root, **kwargs)


def names(dataset):
    return [path.split('_sync/')[1] for path in fake_sets.paths(dataset)]


@pytest.mark.parametrize('source, low, high', [
    ('velodyne', 0.05, 0.15), ('groundtruth', 0.25, 0.35)])
def test_depth(kitti_fake_root, source, low, high):
    sample = build(kitti_fake_root, source=source, input_source='velodyne')[1]
    img, depth = list(fake_sets.rooms(3, fake_sets.KITTI_SIZE, 2))[2]
    np.testing.assert_array_equal(sample['img'], img)
    assert low < (sample['gt_depth_map'] > 0).mean() < high
    assert 0.05 < (sample['sparse_depth_map'] > 0).mean() < 0.15
    for key in ('gt_depth_map', 'sparse_depth_map'):
        valid = sample[key] > 0
        np.testing.assert_allclose(
            sample[key][valid], depth[valid], atol=1 / 256)
    assert sample['depth_type'] == 'depth'


@pytest.mark.parametrize('split, expected', [
    ('train', [f'image_02/data/{i:010d}.png' for i in (1, 2, 3)]),
    ('test', [f'image_02/data/{i:010d}.png' for i in (1, 2, 3)]),
    ('val', [f'image_0{c}/data/{i:010d}.png' for i in (1, 2, 3)
             for c in (2, 3)]),
])
def test_forms_of_split_files(kitti_fake_root, split, expected):
    dataset = build(kitti_fake_root, ann_file=f'{split}.txt')
    assert names(dataset) == expected
    # The intrinsics are those of the rectified images.
    for sample in (dataset[0], dataset[1]):
        np.testing.assert_allclose(
            sample['cam2img'], fake_sets.room_camera(fake_sets.KITTI_SIZE),
            rtol=1e-6)


@pytest.mark.parametrize('line', [
    f'{DRIVE} 1', f'{DRIVE} one l', f'{DRIVE} 1 left',
    'image_02/data/0000000001.png', '0000000001'])
def test_unknown_form_of_a_line(tmp_path, line):
    (tmp_path / 'own.txt').write_text(f'# comment\n\n{line}\n')
    with pytest.raises(ValueError, match=f"own.txt must be .*got '{line}'"):
        build(tmp_path, ann_file='own.txt')


def test_depth_in_a_folder_of_its_own_and_no_calibration(tmp_path):
    root = fake_sets.make_kitti(tmp_path)
    (root / '2011_09_26/calib_cam_to_cam.txt').unlink()
    apart = root / 'annotated/2011_09_26_drive_0001_sync'
    apart.mkdir(parents=True)
    (root / DRIVE / 'proj_depth').rename(apart / 'proj_depth')
    dataset = build(root, depth_root=str(root / 'annotated'))
    assert len(dataset) == 3 and 'cam2img' not in dataset[0]
    with pytest.raises(FileNotFoundError, match='3 of 3 depth maps'):
        build(root)


def test_images_without_depth(tmp_path, logged):
    root = fake_sets.make_kitti(tmp_path)
    every = dict(ann_file='all.txt', input_source='velodyne')
    with pytest.raises(FileNotFoundError,
                       match='^1 of 4 depth maps of .*all.txt are missing: '
                       '.*groundtruth/image_02/0000000000.png$'):
        build(root, **every)
    dataset = build(root, **every, skip_missing=True)
    assert names(dataset) == [f'image_02/data/{i:010d}.png' for i in (1, 2, 3)]
    assert logged()[-2].startswith('1 of 4 images of ')
    # the sparse input is missing too
    (root / DRIVE / 'proj_depth/velodyne/image_02/0000000002.npz').unlink()
    with pytest.raises(FileNotFoundError, match='1 of 3 sparse depth maps'):
        build(root, input_source='velodyne')
    assert len(build(root, **every, skip_missing=True)) == 2
    assert len(build(root, skip_missing=True)) == 3
    assert 'skipped' not in logged()[-2]


@pytest.mark.parametrize('name', ['source', 'input_source'])
def test_unknown_source(kitti_fake_root, name):
    with pytest.raises(ValueError,
                       match="'lidar'; known: groundtruth, velodyne"):
        build(kitti_fake_root, **{name: 'lidar'})


@pytest.mark.parametrize('content, message', [
    (b'', 'has neither P_rect_02 nor P_rect_03'),
    (b'\xff\xfe\x00', 'is not text'),
    (b'P_rect_02: 1 2 3\n', 'must be 3x4 matrices: cannot reshape'),
    (b'P_rect_03: ' + b'one ' * 12, 'must be 3x4 matrices: .*numbers'),
    (b'P_rect_02: ' + b'0 ' * 12, 'must be 3x4 matrices: .*positive fx'),
])
def test_bad_calibration(tmp_path, content, message):
    root = fake_sets.make_kitti(tmp_path)
    (root / '2011_09_26/calib_cam_to_cam.txt').write_bytes(content)
    with pytest.raises(ValueError, match=f'calib_cam_to_cam.txt.*{message}'):
        build(root)


def test_nothing_left(tmp_path):
    root = fake_sets.make_kitti(tmp_path, without_depth=range(4))
    with pytest.raises(FileNotFoundError, match='no image of .*all.txt has a '
                       'depth map such as .*groundtruth'):
        build(root, ann_file='all.txt', skip_missing=True)


@pytest.mark.parametrize('number, names', [
    (7, r'0000000009.png$'), (17, r'0000000013.png, \.\.\.$')])
def test_missing_images_are_never_skipped(kitti_fake_root, tmp_path, number,
                                          names):
    split = tmp_path / 'own.txt'
    split.write_text(''.join(f'{DRIVE} {i + 3} l\n' for i in range(number)))
    with pytest.raises(FileNotFoundError,
                       match=f'^{number - 1} of {number} images of .*{names}'):
        build(kitti_fake_root, ann_file=str(split), skip_missing=True)


@pytest.mark.skipif(not SAMPLE_DATA.is_dir(), reason='no sample data')
def test_lidar_sample_data():
    dataset = build(
        SAMPLE_DATA, ann_file='kitti_tiny.txt', source='velodyne',
        pipeline=fake_sets.LOAD + [
            dict(type='ConvertDepthType', target='distance'),
            dict(type='PackDepthInputs')])
    assert len(dataset) == 5
    data_sample = dataset[0]['data_samples']
    assert data_sample.img_path.endswith('data/0000000001.png')
    assert data_sample.depth_type == 'distance'
    assert data_sample.cam2img[0].tolist() == [721.5377, 0, 609.5593]
    stored = np.load(data_sample.depth_map_path)['velodyne_depth']
    rows, columns = np.nonzero(stored)
    # Each point in space, (x, y, z), and its distance from the camera.
    z = stored[rows, columns]
    x = (columns - 609.5593) / 721.5377 * z
    y = (rows - 172.854) / 721.5377 * z
    np.testing.assert_allclose(
        data_sample.gt_depth_map.data[0, rows, columns],
        np.sqrt(x**2 + y**2 + z**2), rtol=1e-5)

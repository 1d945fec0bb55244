import json

import cv2
import numpy as np
import pytest
from mmengine.registry import DATASETS

from mmdepth_gradloss.datasets import NCDBDataset

import fake_sets  # isort: skip

LOAD = [dict(type='LoadImage'), dict(type='LoadDepthMap')]
PACK = [dict(type='PackDepthInputs')]
QUANTITIES = dict(
    depth='depth', depth_original='depth', distance='distance',
    distance_original='distance')


def build(root, **kwargs):
    kwargs = {**dict(pipeline=LOAD), **kwargs}
    # MMEngine collects garbage, slowly, where it serialises.
    return NCDBDataset(data_root=str(root), serialize_data=False, **kwargs)


def truth(split='train'):
    """Depth along z of the first image of a split."""
    seed = ['train', 'val', 'test'].index(split)
    return next(fake_sets.rooms(1, seed=seed))[1]


@pytest.mark.parametrize('depth_type', QUANTITIES)
def test_depth_types(ncdb_root, depth_type):
    sample = build(ncdb_root, depth_type=depth_type)[0]
    assert sample['depth_type'] == QUANTITIES[depth_type]
    depth = sample['gt_depth_map']
    expected = truth()
    if 'distance' in depth_type:
        expected = expected * fake_sets.room_ray_lengths()
    valid = depth > 0
    np.testing.assert_allclose(depth[valid], expected[valid], atol=1 / 256)
    share = valid.mean()
    assert 0.05 < share < 0.15 if 'original' in depth_type else share == 1


def test_image_belongs_to_the_depth_map(ncdb_root):
    sample = build(ncdb_root, ann_file='splits/combined_val.json')[0]
    img, _ = next(fake_sets.rooms(1, seed=1))
    np.testing.assert_array_equal(sample['img'], img)


def test_packed_sample(ncdb_root):
    dataset = DATASETS.build(
        dict(
            type='NCDBDataset', data_root=str(ncdb_root),
            input_depth_type='distance_original', pipeline=LOAD + PACK))
    assert len(dataset) == 4
    data_sample = dataset[3]['data_samples']
    assert data_sample.metainfo['depth_type'] == 'distance'
    dense = data_sample.gt_depth_map.data
    sparse = data_sample.sparse_depth_map.data
    seen = sparse > 0
    assert 0.05 < seen.float().mean() < 0.15
    assert (sparse[seen] == dense[seen]).all()


@pytest.mark.parametrize('in_split', [True, False])
def test_input_takes_the_quantity_of_the_ground_truth(tmp_path, in_split):
    root = fake_sets.make_ncdb(tmp_path, with_cam2img=in_split)
    cam2img = None if in_split else fake_sets.room_camera().tolist()
    for depth_type, other in (('distance', 'depth'), ('depth', 'distance')):
        sample = build(
            root, depth_type=depth_type, input_depth_type=other,
            cam2img=cam2img)[0]
        assert sample['depth_type'] == depth_type
        # Both are dense here; rounding of 1 / 512 m, seen along the ray.
        np.testing.assert_allclose(
            sample['sparse_depth_map'], sample['gt_depth_map'], atol=0.005)
        np.testing.assert_array_equal(sample['cam2img'],
                                      fake_sets.room_camera())


def test_mixed_quantities_without_intrinsics(ncdb_root):
    with pytest.raises(
            ValueError, match="'depth_original' cannot be converted to the "
            "distance.*image .*0000000000.png are missing.*cam2img"):
        build(ncdb_root, input_depth_type='depth_original')


@pytest.mark.parametrize('arguments', [
    dict(depth_type='range'), dict(input_depth_type='range')])
def test_unknown_depth_type(ncdb_root, arguments):
    with pytest.raises(
            ValueError, match="'range'; known: depth, depth_original, "
            'distance, distance_original'):
        build(ncdb_root, **arguments)


def test_one_mask_for_all(ncdb_root):
    plain = build(ncdb_root)[2]
    masked = build(ncdb_root, mask_file='binary_mask.png')[2]
    depth = masked['gt_depth_map']
    assert (depth[-12:] == 0).all()
    np.testing.assert_array_equal(depth[:-12], plain['gt_depth_map'][:-12])


def test_mask_folder(tmp_path):
    root = fake_sets.make_ncdb(tmp_path)
    masks = root / 'drive_train/synced_data/masks'
    masks.mkdir()
    for index in range(4):
        mask = np.zeros(fake_sets.SIZE, np.uint8)
        mask[:, index] = 1
        cv2.imwrite(str(masks / f'{index:010d}.png'), mask)
    dataset = build(root, mask_dir='masks')
    for index, sample in enumerate(dataset):
        columns = np.nonzero(sample['gt_depth_map'].any(axis=0))[0]
        assert columns.tolist() == [index]
    (masks / '0000000003.png').unlink()
    with pytest.raises(FileNotFoundError,
                       match='1 of 4 masks .*masks/0000000003.png$'):
        build(root, mask_dir='masks')


def test_masks_exclude_each_other(ncdb_root):
    with pytest.raises(ValueError, match="one of mask_file and mask_dir"):
        build(ncdb_root, mask_file='binary_mask.png', mask_dir='masks')


def test_missing_mask(ncdb_root):
    with pytest.raises(FileNotFoundError, match='1 of 1 masks .*absent.png$'):
        build(ncdb_root, mask_file='absent.png')


def write_split(root, entries):
    path = root / 'splits/own.json'
    path.write_text(
        entries if isinstance(entries, str) else json.dumps(entries))
    return dict(ann_file='splits/own.json')


def test_other_forms_of_entries(tmp_path):
    root = fake_sets.make_ncdb(tmp_path)
    drive = 'drive_train/synced_data'
    own = write_split(root, [
        dict(image_path=f'{drive}/image_a6/0000000001.png'),
        dict(image_path=str(root / drive / 'image_a6/0000000002.png')),
        dict(dataset_root=str(root / drive), new_filename='0000000003'),
    ])
    dataset = build(root, **own)
    for index, name in enumerate(('1', '2', '3')):
        info = dataset.get_data_info(index)
        assert info['img_path'].endswith(f'image_a6/000000000{name}.png')
        assert info['depth_map_path'] == str(
            root / drive / f'newest_distance_maps/000000000{name}.png')


def test_image_path_of_another_folder(tmp_path):
    root = fake_sets.make_ncdb(tmp_path)
    path = 'drive_train/synced_data/undistorted/0000000001.png'
    own = write_split(root, [dict(image_path=path)])
    # There is an image of that name in image_a6 too.
    with pytest.raises(
            ValueError, match=f"'{path}' of .*own.json is in the folder "
            "'undistorted', but img_dir is 'image_a6'"):
        build(root, **own)


@pytest.mark.parametrize('img_dir', ['rgb/front', 'rgb/front/'])
def test_image_folder_of_several_levels(tmp_path, img_dir):
    root = fake_sets.make_ncdb(tmp_path)
    drive = root / 'drive_train/synced_data'
    (drive / 'rgb').mkdir()
    (drive / 'image_a6').rename(drive / 'rgb/front')
    path = 'drive_train/synced_data/rgb/front/0000000001.png'
    own = write_split(root, [dict(image_path=path)])
    info = build(root, img_dir=img_dir, **own).get_data_info(0)
    assert info['img_path'] == str(root / path)
    assert info['depth_map_path'] == str(
        drive / 'newest_distance_maps/0000000001.png')


def test_first_suffix_that_is_there(tmp_path):
    root = fake_sets.make_ncdb(tmp_path)
    images = root / 'drive_train/synced_data/image_a6'
    img = cv2.imread(str(images / '0000000000.png'))
    cv2.imwrite(str(images / '0000000000.jpg'), img)
    cv2.imwrite(str(images / '0000000001.jpg'), img)
    (images / '0000000001.png').unlink()
    names = [x['img_path'][-5:] for x in map(
        build(root).get_data_info, range(3))]
    assert names == ['0.png', '1.jpg', '2.png']
    with pytest.raises(FileNotFoundError, match='2 of 4 images of .*2.jpg, '):
        build(root, img_suffixes=['.jpg'])


def test_missing_images(tmp_path):
    root = fake_sets.make_ncdb(tmp_path)
    entries = [
        dict(dataset_root='drive_train/synced_data', new_filename=str(i))
        for i in range(12)
    ]
    with pytest.raises(FileNotFoundError) as error:
        build(root, **write_split(root, entries))
    message = str(error.value)
    assert message.startswith('12 of 12 images of ')
    assert '/9.png' in message and '/10.png' not in message
    assert message.endswith(', ...')


@pytest.mark.parametrize('kind, arguments', [
    ('depth maps', {}),
    ('sparse depth maps', dict(
        depth_type='distance_original', input_depth_type='distance'))])
def test_missing_depth_maps(tmp_path, kind, arguments):
    root = fake_sets.make_ncdb(tmp_path)
    drive = root / 'drive_train/synced_data'
    (drive / 'newest_distance_maps/0000000002.png').unlink()
    with pytest.raises(FileNotFoundError, match=f'^1 of 4 {kind} .*2.png$'):
        build(root, **arguments)


@pytest.mark.parametrize('entries, message', [
    ([dict(new_filename='1')], "dataset_root.*{'new_filename': '1'}"),
    ([7], 'image_path, got 7'),
    (dict(train=[]), 'must hold a list'),
    ([], 'at least one entry'),
    ('[1,', 'cannot read .*own.json as JSON: '),
    ([dict(dataset_root='drive_train/synced_data', new_filename='0000000000',
           cam2img=[1, 2])], '3x3'),
])
def test_bad_split(tmp_path, entries, message):
    root = fake_sets.make_ncdb(tmp_path, splits=dict(train=1))
    with pytest.raises(ValueError, match=message):
        build(root, **write_split(root, entries))


def test_missing_split_file(tmp_path):
    with pytest.raises(FileNotFoundError,
                       match='no such split file: .*combined_train.json'):
        build(tmp_path)

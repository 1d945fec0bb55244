import json

import cv2
import fake_sets
import numpy as np
import pytest

from mmdepth_gradloss.datasets import NCDBDataset

DRIVE = 'drive_train/synced_data'


def build(root, **kwargs):
    return fake_sets.build(NCDBDataset, root, **kwargs)


@pytest.fixture
def root(tmp_path):
    """Tiny NCDB that tests may modify."""
    return fake_sets.make_ncdb(tmp_path, splits=dict(train=4))


def build_own(root, entries, **kwargs):
    """Build from a custom split file."""
    (root / 'splits/own.json').write_text(json.dumps(entries))
    return build(root, ann_file='splits/own.json', **kwargs)


@pytest.mark.parametrize('depth_type, quantity', [
    ('depth', 'depth'), ('depth_original', 'depth'), ('distance', 'distance'),
    ('distance_original', 'distance')])
def test_depth_types(ncdb_root, depth_type, quantity):
    sample = build(ncdb_root, depth_type=depth_type,
                   ann_file='splits/combined_val.json')[0]
    img, expected = next(fake_sets.rooms(1, seed=1))
    np.testing.assert_array_equal(sample['img'], img)
    assert sample['depth_type'] == quantity
    if quantity == 'distance':
        expected = expected * fake_sets.room_ray_lengths()
    depth = sample['gt_depth_map']
    valid = depth > 0
    np.testing.assert_allclose(depth[valid], expected[valid], atol=1 / 256)
    share = valid.mean()
    assert 0.05 < share < 0.15 if 'original' in depth_type else share == 1


@pytest.mark.parametrize('in_split', [True, False])
def test_input_takes_the_quantity_of_the_ground_truth(tmp_path, in_split):
    root = fake_sets.make_ncdb(tmp_path, with_cam2img=in_split)
    cam2img = None if in_split else fake_sets.room_camera().tolist()
    for depth_type, other in (('distance', 'depth'), ('depth', 'distance')):
        sample = build(root, depth_type=depth_type, input_depth_type=other,
                       cam2img=cam2img)[0]
        assert sample['depth_type'] == depth_type
        # Both are dense here; stored along the ray, rounded to 1 / 512 m.
        np.testing.assert_allclose(
            sample['sparse_depth_map'], sample['gt_depth_map'], atol=0.005)
        np.testing.assert_array_equal(sample['cam2img'],
                                      fake_sets.room_camera())


@pytest.mark.parametrize('arguments, error, message', [
    (dict(input_depth_type='depth_original'), ValueError,
     "'depth_original' cannot be converted to the distance.*image "
     '.*0000000000.png are missing.*cam2img'),
    (dict(depth_type='range'), ValueError, "'range'; known: depth, depth_orig"
     'inal, distance, distance_original'),
    (dict(input_depth_type='range'), ValueError, "'range'; known: depth"),
    (dict(mask_file='binary_mask.png', mask_dir='masks'), ValueError,
     'one of mask_file and mask_dir'),
    (dict(mask_file='absent.png'), FileNotFoundError,
     '1 of 1 masks .*absent.png$'),
    (dict(ann_file='absent.json'), FileNotFoundError,
     'no such split file: .*absent.json'),
])
def test_bad_arguments(ncdb_root, arguments, error, message):
    with pytest.raises(error, match=message):
        build(ncdb_root, **arguments)


def test_one_mask_for_all(ncdb_root):
    plain = build(ncdb_root)[2]
    depth = build(ncdb_root, mask_file='binary_mask.png')[2]['gt_depth_map']
    assert (depth[-12:] == 0).all()
    np.testing.assert_array_equal(depth[:-12], plain['gt_depth_map'][:-12])


def test_mask_folder(root):
    masks = root / DRIVE / 'masks'
    for index in range(4):
        mask = np.zeros(fake_sets.SIZE, np.uint8)
        mask[:, index] = 1
        fake_sets.write_image(masks / f'{index:010d}.png', mask)
    for index, sample in enumerate(build(root, mask_dir='masks')):
        columns = np.nonzero(sample['gt_depth_map'].any(axis=0))[0]
        assert columns.tolist() == [index]
    (masks / '0000000003.png').unlink()
    with pytest.raises(FileNotFoundError,
                       match='1 of 4 masks .*masks/0000000003.png$'):
        build(root, mask_dir='masks')


def test_other_forms_of_entries(root):
    dataset = build_own(root, [
        dict(image_path=f'{DRIVE}/image_a6/0000000001.png'),
        dict(image_path=str(root / DRIVE / 'image_a6/0000000002.png')),
        dict(dataset_root=str(root / DRIVE), new_filename='0000000003'),
    ])
    for key, folder in (('img_path', 'image_a6'),
                        ('depth_map_path', 'newest_distance_maps')):
        assert fake_sets.paths(dataset, key) == [
            str(root / DRIVE / f'{folder}/000000000{i}.png') for i in '123']


@pytest.mark.parametrize('img_dir', ['rgb/front', 'rgb/front/'])
def test_image_folder_of_several_levels(root, img_dir):
    (root / DRIVE / 'rgb').mkdir()
    (root / DRIVE / 'image_a6').rename(root / DRIVE / 'rgb/front')
    path = f'{DRIVE}/rgb/front/0000000001.png'
    dataset = build_own(root, [dict(image_path=path)], img_dir=img_dir)
    assert fake_sets.paths(dataset) == [str(root / path)]
    assert fake_sets.paths(dataset, 'depth_map_path') == [
        str(root / DRIVE / 'newest_distance_maps/0000000001.png')]


def test_first_suffix_that_is_there(root):
    images = root / DRIVE / 'image_a6'
    img = cv2.imread(str(images / '0000000000.png'))
    for name in '01':
        cv2.imwrite(str(images / f'000000000{name}.jpg'), img)
    (images / '0000000001.png').unlink()
    assert [x[-5:] for x in fake_sets.paths(build(root))] == [
        '0.png', '1.jpg', '2.png', '3.png']
    with pytest.raises(FileNotFoundError, match='2 of 4 images of .*2.jpg, '):
        build(root, img_suffixes=['.jpg'])


@pytest.mark.parametrize('kind, arguments', [
    ('depth maps', {}),
    ('sparse depth maps', dict(
        depth_type='distance_original', input_depth_type='distance'))])
def test_missing_depth_maps(root, kind, arguments):
    (root / DRIVE / 'newest_distance_maps/0000000002.png').unlink()
    with pytest.raises(FileNotFoundError, match=f'^1 of 4 {kind} .*2.png$'):
        build(root, **arguments)


@pytest.mark.parametrize('entries, message', [
    ([dict(new_filename='1')], "dataset_root.*{'new_filename': '1'}"),
    ([7], 'image_path, got 7'), ([], 'at least one entry'),
    ([dict(dataset_root=DRIVE, new_filename='0000000000', cam2img=[1, 2])],
     '3x3'),
    # image_a6 has an image of that name too.
    ([dict(image_path=f'{DRIVE}/undistorted/0000000001.png')],
     f"'{DRIVE}/undistorted/0000000001.png' of .*own.json is in the folder "
     "'undistorted', but img_dir is 'image_a6'"),
])
def test_bad_split(root, entries, message):
    with pytest.raises(ValueError, match=message):
        build_own(root, entries)

import shutil

import cv2
import numpy as np
import pytest
import torch
from mmengine.registry import DATASETS
from mmengine.runner import Runner

from mmdepth_gradloss.datasets.folder_depth_dataset import FolderDepthDataset

# registers the transforms
import mmdepth_gradloss.datasets.transforms  # noqa: F401  isort: skip

LOAD = [dict(type='LoadImage'), dict(type='LoadDepthMap')]
PACK = [dict(type='PackDepthInputs')]


def build(root, **kwargs):
    return FolderDepthDataset(
        **{**dict(data_root=str(root), img_suffix='.png'), **kwargs})


def stems(dataset):
    return [
        dataset.get_data_info(i)['img_path'].split('/images/train/')[1][:-4]
        for i in range(len(dataset))
    ]


def test_pairs(depth_folder):
    root = depth_folder(['b', 'a', 'c'])
    dataset = build(root, depth_scale=256, npz_key='depth')
    assert stems(dataset) == ['a', 'b', 'c']
    assert dataset.get_data_info(1) == dict(
        img_path=str(root / 'images/train/b.png'),
        depth_map_path=str(root / 'annotations/train/b.png'),
        depth_scale=256,
        npz_key='depth',
        depth_type='depth',
        sample_idx=1)


def test_distance_and_intrinsics(depth_folder):
    cam2img = [[30, 0, 18], [0, 30, 12], [0, 0, 1]]
    root = depth_folder(['a'])
    stored = build(root, pipeline=LOAD)[0]['gt_depth_map']
    dataset = build(
        root, depth_type='distance', cam2img=cam2img,
        pipeline=LOAD + [dict(type='ConvertDepthType', target='depth')])
    v, u = np.mgrid[:24, :36]
    lengths = np.sqrt(((u - 18) / 30)**2 + ((v - 12) / 30)**2 + 1)
    np.testing.assert_allclose(
        dataset[0]['gt_depth_map'], stored / lengths, rtol=1e-6)


@pytest.mark.parametrize('arguments, message', [
    (dict(depth_type='range'), "'range'; known: depth, distance"),
    (dict(cam2img=[[1, 2], [3, 4]]), '3x3'),
    (dict(cam2img=[[1], [3, 4]]), '3x3'),
    (dict(cam2img=np.zeros((3, 3))), 'positive fx and fy'),
])
def test_bad_camera(depth_folder, arguments, message):
    with pytest.raises(ValueError, match=message):
        build(depth_folder(), **arguments)


def test_sub_folders(depth_folder):
    root = depth_folder(['hall/1', 'hall/deep/2', '3'])
    dataset = build(root)
    assert stems(dataset) == ['3', 'hall/1', 'hall/deep/2']
    depth_map_path = dataset.get_data_info(2)['depth_map_path']
    assert depth_map_path.endswith('annotations/train/hall/deep/2.png')


def test_suffixes_may_be_more_than_an_extension(depth_folder):
    root = depth_folder(['1', '2'])
    for name in '12':
        images, depths = root / 'images/train', root / 'annotations/train'
        (images / f'{name}.png').rename(images / f'{name}_rgb.png')
        (depths / f'{name}.png').rename(depths / f'{name}_depth.png')
    (root / 'images/train/readme.txt').touch()
    dataset = build(
        root, img_suffix='_rgb.png', depth_map_suffix='_depth.png')
    assert len(dataset) == 2
    assert dataset.get_data_info(0)['depth_map_path'].endswith('/1_depth.png')


def test_loaded_pair_belongs_together(depth_folder, millimetres):
    dataset = build(depth_folder(), pipeline=LOAD, depth_scale=500)
    for sample in dataset:
        np.testing.assert_allclose(
            sample['gt_depth_map'] * 500, millimetres(sample['img']),
            rtol=1e-6)


def test_npz_depth(depth_folder):
    root = depth_folder(['1'])
    stored = np.full((24, 36), 2.5)
    np.savez(root / 'annotations/train/1.npz', near=stored, far=2 * stored)
    dataset = build(
        root, depth_map_suffix='.npz', npz_key='far', depth_scale=1,
        pipeline=LOAD)
    assert (dataset[0]['gt_depth_map'] == 5).all()


def test_split_file(depth_folder):
    root = depth_folder(['hall/1', 'hall/2', '3', '4'])
    (root / 'train.txt').write_text(
        '# two of the hall\n\nhall/2.png\n  hall/1  \n\n4.png\n')
    assert stems(build(root, ann_file='train.txt')) == ['hall/2', 'hall/1',
                                                        '4']
    absolute = str(root / 'train.txt')
    assert len(build(root, ann_file=absolute)) == 3


def test_split_does_not_need_the_other_depth_maps(depth_folder):
    root = depth_folder(['1', '2'])
    (root / 'annotations/train/2.png').unlink()
    (root / 'train.txt').write_text('1\n')
    assert stems(build(root, ann_file='train.txt')) == ['1']


@pytest.mark.parametrize('indices, expected', [
    (2, ['0', '1']), ([3, 0], ['3', '0']), (None, ['0', '1', '2', '3'])])
def test_indices(depth_folder, indices, expected):
    assert stems(build(depth_folder(), indices=indices)) == expected


def test_missing_root(tmp_path):
    with pytest.raises(FileNotFoundError, match='no such folder: .*absent$'):
        build(tmp_path / 'absent')


@pytest.mark.parametrize('folder', ['images', 'annotations'])
def test_missing_folder(depth_folder, folder):
    root = depth_folder()
    shutil.rmtree(root / folder / 'train')
    with pytest.raises(FileNotFoundError, match=f'{folder}/train$'):
        build(root)


def test_no_image(depth_folder):
    with pytest.raises(
            FileNotFoundError,
            match=r"no image in .*images/train \('\*.jpg'\).*'.png': 4"):
        build(depth_folder(), img_suffix='.jpg')


def test_empty_split(depth_folder):
    root = depth_folder()
    (root / 'train.txt').write_text('# nothing\n')
    with pytest.raises(FileNotFoundError, match='no image in .*train.txt'):
        build(root, ann_file='train.txt')


def test_image_without_depth_map(depth_folder):
    root = depth_folder([f'{i:02d}' for i in range(20)])
    for i in range(5, 17):
        (root / f'annotations/train/{i:02d}.png').unlink()
    with pytest.raises(FileNotFoundError) as error:
        build(root)
    message = str(error.value)
    assert message.startswith('12 of 20 depth maps are missing in ')
    first = ', '.join(f'{i:02d}.png' for i in range(5, 15))
    assert message.endswith(f'annotations/train: {first}, ...')


def test_split_with_absent_images(depth_folder):
    root = depth_folder(['1', '2'])
    (root / 'train.txt').write_text('1\n7\n8\n')
    with pytest.raises(
            FileNotFoundError,
            match='2 of 3 images of .*train.txt are missing in '
            r'.*images/train: 7.png, 8.png$'):
        build(root, ann_file='train.txt')


def test_missing_split_file(depth_folder):
    with pytest.raises(
            FileNotFoundError, match='no such split file: .*train.txt'):
        build(depth_folder(), ann_file='train.txt')


@pytest.mark.parametrize('depth_scale', [0, -1, float('nan'), float('inf')])
def test_bad_depth_scale(depth_folder, depth_scale):
    with pytest.raises(ValueError, match=f'depth_scale.*{depth_scale}'):
        build(depth_folder(), depth_scale=depth_scale)


def test_bad_data_prefix(depth_folder):
    with pytest.raises(ValueError, match=r"depth_map_path, got \['img'\]"):
        build(depth_folder(), data_prefix=dict(img='images/train'))


def loader(dataset, seed=0):
    return Runner.build_dataloader(
        dict(
            batch_size=3,
            num_workers=2,
            sampler=dict(type='DefaultSampler', shuffle=True),
            dataset=dataset),
        seed=seed)


def test_batches_of_two_workers(depth_folder, millimetres):
    root = depth_folder([str(i) for i in range(9)])
    dataset = dict(
        type='FolderDepthDataset',
        data_root=str(root),
        img_suffix='.png',
        pipeline=LOAD + [
            dict(type='RandomFlipDepth'),
            dict(type='RandomCropDepth', crop_size=(16, 24)),
            dict(type='SparsifyDepth', ratio=0.5)
        ] + PACK)

    epochs = [list(loader(dataset)) for _ in range(2)]
    seen = []
    for batch, repeated in zip(*epochs):
        assert [x.shape for x in batch['inputs']] == [(3, 16, 24)] * 3
        for i, data_sample in enumerate(batch['data_samples']):
            depth = data_sample.gt_depth_map.data
            assert depth.shape == (1, 16, 24)
            assert data_sample.metainfo['img_shape'] == (16, 24)
            assert data_sample.metainfo['ori_shape'] == (24, 36)
            encoded = millimetres(batch['inputs'][i].permute(1, 2, 0).numpy())
            kept = depth[0].numpy() > 0
            assert 0.3 < kept.mean() < 0.7
            np.testing.assert_allclose(
                depth[0].numpy()[kept] * 1000, encoded[kept], rtol=1e-6)
            # the same seed gives the same augmentations in each worker
            assert torch.equal(
                depth, repeated['data_samples'][i].gt_depth_map.data)
            seen.append(data_sample.metainfo['sample_idx'])
    assert sorted(seen) == list(range(9))


def test_broken_file_is_an_error_and_not_another_sample(depth_folder):
    root = depth_folder()
    dataset = build(root, pipeline=LOAD + PACK)
    path = root / 'annotations/train/2.png'
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(ValueError, match='annotations/train/2.png'):
        dataset[2]


def rename_images(root, names, suffix):
    for name in names:
        path = root / f'images/train/{name}.png'
        path.rename(path.with_suffix(suffix))


@pytest.mark.parametrize('suffix', ['.jpg', '.PNG', '.Jpeg', '.tif'])
def test_image_with_a_depth_map_is_not_left_out(depth_folder, suffix):
    root = depth_folder([f'{i:02d}' for i in range(13)])
    rename_images(root, [f'{i:02d}' for i in range(1, 13)], suffix)
    with pytest.raises(ValueError) as error:
        build(root)
    first = ', '.join(f'{i:02d}{suffix}' for i in range(1, 11))
    assert str(error.value) == (
        f"12 images ({suffix}) in {root}/images/train have a depth map, but "
        f"none of the suffixes ('.png',): {first}, ...; "
        f"img_suffix=('.png', '{suffix}') takes them too")
    for both in (('.png', suffix), [suffix, '.png']):
        dataset = build(root, img_suffix=both)
        assert stems(dataset)[0] == '00' and len(dataset) == 13


def test_image_that_is_left_out_ends_as_the_others_do(depth_folder):
    root = depth_folder(['1_rgb', '2_rgb', '3', '4_left'])
    rename_images(root, ['2_rgb'], '.jpg')
    for path in (root / 'annotations/train').iterdir():
        path.rename(path.with_name(path.stem.split('_')[0] + '.png'))
    with pytest.raises(ValueError, match=r'^1 images .*: 2_rgb.jpg; img_suff'
                       r"ix=\('_rgb.png', '_rgb.jpg'\)"):
        build(root, img_suffix='_rgb.png')
    assert len(build(root, img_suffix=('_rgb.png', '_rgb.jpg'))) == 2


def test_split_may_mix_suffixes(depth_folder):
    root = depth_folder()
    rename_images(root, '12', '.jpg')
    (root / 'train.txt').write_text('1\n3.png\n2.jpg\n')
    dataset = build(
        root, img_suffix=('.png', '.jpg'), ann_file='train.txt')
    assert [dataset.get_data_info(i)['img_path'][-5:] for i in range(3)] == [
        '1.jpg', '3.png', '2.jpg']
    # nobody asked for the others
    (root / 'train.txt').write_text('0\n')
    assert len(build(root, ann_file='train.txt')) == 1


def test_two_images_of_one_depth_map(depth_folder, logged):
    root = depth_folder(['0', '1'])
    (root / 'images/train/1.jpg').touch()
    with pytest.raises(ValueError, match=r'1 depth maps in .*train have two '
                       r"images, of the suffixes \('.png', '.jpg'\): 1.png"):
        build(root, img_suffix=('.png', '.jpg'))
    assert len(build(root)) == 2
    assert 'other files beside the images' in logged()[0]


def test_what_is_no_pair_is_counted(depth_folder, logged):
    root = depth_folder(['0', '1', '2', '3'])
    images = root / 'images/train'
    for name in ('0_mask.png', 'Thumbs.db', '.hidden.png', 'notes.txt'):
        (images / name).touch()
    (images / '0_mask.png').rename(images / '0_mask.bmp')
    (images / '.ipynb_checkpoints').mkdir()
    (images / '.ipynb_checkpoints/3.png').touch()
    for name in '23':
        (images / f'{name}.png').unlink()
    assert stems(build(root)) == ['0', '1']
    line, = logged()
    assert '2 images (.png); 2 depth maps (.png), 2 read' in line
    assert '; 2 depth maps without an image (.png); 3 other files beside ' \
        'the images (1 ' in line
    assert '.hidden' not in line
    for suffix in ('1 .bmp', '1 .db', '1 .txt'):
        assert suffix in line


def test_images_and_depth_maps_in_one_folder(depth_folder, logged):
    root = depth_folder(['1', '2'])
    for path in (root / 'annotations/train').iterdir():
        path.rename(root / f'images/train/{path.stem}_depth.png')
    # without an image, and neither is it one
    shutil.copy(root / 'images/train/1_depth.png',
                root / 'images/train/3_depth.png')
    rename_images(root, '12', '.jpg')
    (root / 'images/train/4.txt').touch()
    dataset = build(
        root, img_suffix='.jpg', depth_map_suffix='_depth.png',
        data_prefix=dict(
            img_path='images/train', depth_map_path='images/train'))
    assert len(dataset) == 2
    assert logged()[0].endswith(
        '; 1 depth maps without an image (.png); '
        '1 other files beside the images (.txt)')


def test_orphaned_depth_map_is_no_image(depth_folder):
    root = depth_folder(['1', '2'])
    for path in (root / 'annotations/train').iterdir():
        path.rename(root / f'images/train/{path.stem}.bmp')
    (root / 'images/train/2.png').unlink()
    prefix = dict(img_path='images/train', depth_map_path='images/train')
    read_otherwise = [dict(type='LoadImage')]
    assert len(
        build(root, depth_map_suffix='.bmp', data_prefix=prefix,
              pipeline=read_otherwise)) == 1


def test_names_that_differ_in_case(depth_folder):
    assert stems(build(depth_folder(['a', 'A', 'b']))) == ['A', 'a', 'b']


def test_links(depth_folder):
    root = depth_folder(['hall/1'])
    (root / 'images/train/room').symlink_to(root / 'images/train/hall')
    (root / 'annotations/train/room').symlink_to(root /
                                                 'annotations/train/hall')
    assert stems(build(root)) == ['hall/1', 'room/1']
    (root / 'images/train/hall/back').symlink_to(root / 'images/train')
    with pytest.raises(OSError, match='levels of symbolic links: .*/back'):
        build(root)


def test_grey_image(depth_folder):
    root = depth_folder(['0'])
    cv2.imwrite(str(root / 'images/train/0.png'),
                np.full((24, 36), 7, np.uint8))
    sample = build(root, pipeline=LOAD + PACK)[0]
    assert sample['inputs'].shape == (3, 24, 36)
    assert (sample['inputs'] == 7).all()


def test_empty_image(depth_folder):
    root = depth_folder(['0'])
    (root / 'images/train/0.png').write_bytes(b'')
    dataset = build(root, pipeline=LOAD)
    with pytest.raises(ValueError, match='images/train/0.png: '):
        dataset[0]


@pytest.mark.parametrize('split, frames', [('train', 280), ('val', 93)])
def test_indoor_sample_data(hololens_root, split, frames):
    dataset = DATASETS.build(
        dict(
            type='FolderDepthDataset',
            data_root=str(hololens_root),
            data_prefix=dict(
                img_path=f'images/{split}',
                depth_map_path=f'annotations/{split}'),
            test_mode=True,
            pipeline=LOAD))
    assert len(dataset) == frames
    sample = dataset[7]
    assert sample['img'].shape == (240, 360, 3)
    stored = cv2.imread(sample['depth_map_path'], cv2.IMREAD_UNCHANGED)
    depth = sample['gt_depth_map']
    np.testing.assert_allclose(depth, stored / 1000, rtol=1e-6)
    assert 0.2 < (depth > 0).mean() < 0.95
    assert 0.1 < depth[depth > 0].min() and depth.max() < 10


def test_lidar_sample_data(kitti_root):
    drive = '2011_09_26/2011_09_26_drive_0023_sync'
    dataset = FolderDepthDataset(
        data_root=str(kitti_root / drive),
        data_prefix=dict(
            img_path='image_02/data',
            depth_map_path='proj_depth/velodyne/image_02'),
        img_suffix='.png',
        depth_map_suffix='.npz',
        npz_key='velodyne_depth',
        depth_scale=1,
        pipeline=LOAD)
    assert len(dataset) == 7
    depth = dataset[0]['gt_depth_map']
    assert depth.shape == (375, 1242) and 0.03 < (depth > 0).mean() < 0.05
    assert 1 < depth[depth > 0].min() and depth.max() < 121

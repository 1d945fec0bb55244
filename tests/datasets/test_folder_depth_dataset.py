"""Images and depth maps in two folders."""
import shutil

import fake_sets
import numpy as np
import pytest

from mmdepth_gradloss.datasets import FolderDepthDataset

LOAD = fake_sets.LOAD
ONE_FOLDER = dict(img_path='images/train', depth_map_path='images/train')


def build(root, **kwargs):
    kwargs = {**dict(pipeline=[], img_suffix='.png'), **kwargs}
    return fake_sets.build(FolderDepthDataset, root, **kwargs)


def stems(dataset):
    return [path.split('/images/train/')[1].rsplit('.', 1)[0]
            for path in fake_sets.paths(dataset)]


def refused(message, root, error=ValueError, **kwargs):
    with pytest.raises(error, match=message):
        build(root, **kwargs)


def missing(message, root, **kwargs):
    refused(message, root, FileNotFoundError, **kwargs)


def rename_images(root, names, suffix):
    for name in names:
        path = root / f'images/train/{name}.png'
        path.rename(path.with_suffix(suffix))


def rename_maps(root, new_name):
    """Rename each depth map to ``root / new_name(stem)``."""
    for path in list((root / 'annotations/train').iterdir()):
        path.rename(root / new_name(path.stem))


def test_pairs(depth_folder):
    root = depth_folder(['b', 'a', 'A', 'c'])
    given = dict(depth_scale=256, npz_key='depth', depth_type='distance')
    cam2img = [[30, 0, 18], [0, 30, 12], [0, 0, 1]]
    dataset = build(root, **given, cam2img=cam2img)
    assert stems(dataset) == ['A', 'a', 'b', 'c']
    paths = dict(img_path=str(root / 'images/train/b.png'),
                 depth_map_path=str(root / 'annotations/train/b.png'))
    info = dataset.get_data_info(2)
    np.testing.assert_array_equal(info.pop('cam2img'), cam2img)
    assert info == dict(paths, **given, sample_idx=2)
    assert build(root).get_data_info(2) == dict(
        paths, depth_scale=1000, npz_key=None, depth_type='depth',
        sample_idx=2)


@pytest.mark.parametrize('arguments, message', [
    (dict(depth_type='range'), "'range'; known: depth, distance"),
    (dict(cam2img=[[1, 2], [3, 4]]), '3x3'),
    (dict(cam2img=[[1], [3, 4]]), '3x3'),
    (dict(cam2img=np.zeros((3, 3))), 'positive fx and fy'),
    (dict(data_prefix=dict(img='images/train')),
     r"depth_map_path, got \['img'\]"),
    *((dict(depth_scale=x), f'depth_scale must be .*, got {x}')
      for x in (0, -1, float('nan'), float('inf'))),
])
def test_bad_arguments(depth_folder, arguments, message):
    refused(message, depth_folder(), **arguments)


def test_sub_folders_and_links(depth_folder):
    root = depth_folder(['hall/1', 'hall/deep/2', '3'])
    for folder in ('images', 'annotations'):
        (root / folder / 'train/room').symlink_to(root / folder / 'train/hall')
    dataset = build(root)
    assert stems(dataset) == [
        '3', 'hall/1', 'hall/deep/2', 'room/1', 'room/deep/2']
    path = fake_sets.paths(dataset, 'depth_map_path')[2]
    assert path.endswith('annotations/train/hall/deep/2.png')
    (root / 'images/train/hall/back').symlink_to(root / 'images/train')
    refused('levels of symbolic links: .*/back', root, OSError)


def test_suffixes_may_be_more_than_an_extension(depth_folder):
    root = depth_folder(['1', '2'])
    rename_images(root, '12', '.x_rgb.png')
    rename_maps(root, 'annotations/train/{}.x_depth.png'.format)
    (root / 'images/train/readme.txt').touch()
    dataset = build(root, img_suffix='_rgb.png', depth_map_suffix='_depth.png')
    assert stems(dataset) == ['1.x_rgb', '2.x_rgb']
    path = fake_sets.paths(dataset, 'depth_map_path')[0]
    assert path.endswith('/1.x_depth.png')


def test_split_file(depth_folder):
    root = depth_folder(['hall/1', 'hall/2', '3', '4', '5'])
    rename_images(root, ['hall/2', '4'], '.jpg')
    (root / 'annotations/train/3.png').unlink()  # not asked for
    split = root / 'train.txt'
    split.write_text('# two of it\n\nhall/2.jpg\n  hall/1  \n\n5.png\n4\n')
    for ann_file in ('train.txt', str(split)):
        dataset = build(root, ann_file=ann_file, img_suffix=('.png', '.jpg'))
        assert stems(dataset) == ['hall/2', 'hall/1', '5', '4']
        assert [x[-4:] for x in fake_sets.paths(dataset)] == [
            '.jpg', '.png', '.png', '.jpg']
    split.write_text('5\n')  # nobody asked for the others
    assert len(build(root, ann_file='train.txt')) == 1


def test_what_is_missing(depth_folder, tmp_path):
    missing('no such folder: .*/absent, set by data_root$',
            tmp_path / 'absent')
    missing(f'; folders in {tmp_path}: none$', tmp_path)
    root = depth_folder()
    missing(r"no image in .*images/train \('\*.jpg'\).*'.png': 4", root,
            img_suffix='.jpg')
    missing('no such split file: .*train.txt', root, ann_file='train.txt')
    (root / 'train.txt').write_text('1\n7\n8\n')
    missing('2 of 3 images of .*train.txt are missing in '
            r'.*images/train: 7.png, 8.png$', root, ann_file='train.txt')
    for folder, option in (('annotations', 'depth_map_path'),
                           ('images', 'img_path')):
        shutil.rmtree(root / folder / 'train')
        missing(rf'^no such folder: {root}/{folder}/train, set by data_prefix'
                rf"\['{option}'\]; folders in {root}: annotations, "
                'images$', root)


def test_image_without_depth_map(depth_folder):
    root = depth_folder([f'{i:02d}' for i in range(20)])
    for i in range(5, 17):
        (root / f'annotations/train/{i:02d}.png').unlink()
    first = ', '.join(f'{i:02d}.png' for i in range(5, 15))
    missing('^12 of 20 depth maps are missing in '
            f'.*annotations/train: {first}, ...$', root)


def test_broken_file_is_an_error_and_not_another_sample(depth_folder):
    root = depth_folder()
    dataset = build(root, pipeline=LOAD)
    for file, kept in (('annotations/train/2.png', 100),
                       ('images/train/2.png', 0)):
        content = (root / file).read_bytes()
        (root / file).write_bytes(content[:kept])
        with pytest.raises(ValueError, match=f'{file}: '):
            dataset[2]


@pytest.mark.parametrize('suffix', ['.jpg', '.PNG', '.Jpeg', '.tif'])
def test_image_with_a_depth_map_is_not_left_out(depth_folder, suffix):
    names = [f'{i:02d}' for i in range(13)]
    root = depth_folder(names)
    rename_images(root, names[1:], suffix)
    with pytest.raises(ValueError) as error:
        build(root)
    first = ', '.join(f'{name}{suffix}' for name in names[1:11])
    assert str(error.value) == (
        f"12 images ({suffix}) in {root}/images/train have a depth map, but "
        f"none of the suffixes ('.png',): {first}, ...; "
        f"set img_suffix=('.png', '{suffix}') to include them")
    for both in (('.png', suffix), [suffix, '.png']):
        assert stems(build(root, img_suffix=both)) == names


def test_image_that_is_left_out_ends_as_the_others_do(depth_folder):
    root = depth_folder(['1_rgb', '2_rgb', '3', '4_left'])
    rename_images(root, ['2_rgb'], '.jpg')
    rename_maps(root,
                lambda stem: f"annotations/train/{stem.split('_')[0]}.png")
    refused(r'^1 images .*: 2_rgb.jpg; set img_suffix=\(\'_rgb.png\', '
            r'\'_rgb.jpg\'\)', root, img_suffix='_rgb.png')
    assert len(build(root, img_suffix=('_rgb.png', '_rgb.jpg'))) == 2


def test_two_images_of_one_depth_map(depth_folder, logged):
    root = depth_folder(['0', '1'])
    (root / 'images/train/1.jpg').touch()
    refused(r'1 depth maps in .*train have two images, of the suffixes '
            r"\('.png', '.jpg'\): 1.png", root, img_suffix=('.png', '.jpg'))
    assert len(build(root)) == 2
    assert 'other files in the image folder' in logged()[0]


def test_what_is_no_pair_is_counted(depth_folder, logged):
    root = depth_folder(['0', '1', '2', '3'])
    images = root / 'images/train'
    (images / '.ipynb_checkpoints').mkdir()
    for name in ('0_mask.bmp', 'Thumbs.db', '.hidden.png', 'notes.txt',
                 '.ipynb_checkpoints/3.png'):
        (images / name).touch()
    for name in '23':
        (images / f'{name}.png').unlink()
    assert stems(build(root)) == ['0', '1']
    line, = logged()
    for part in ('2 images (.png); 2 depth maps (.png), 2 read',
                 '; 2 depth maps without an image (.png); 3 other files '
                 'in the image folder (1 ', '1 .bmp', '1 .db', '1 .txt'):
        assert part in line


def test_images_and_depth_maps_in_one_folder(depth_folder, logged):
    root = depth_folder(['1', '2'])
    images = root / 'images/train'
    rename_maps(root, 'images/train/{}_depth.png'.format)
    # a depth map without an image
    shutil.copy(images / '1_depth.png', images / '3_depth.png')
    rename_images(root, '12', '.jpg')
    (images / '4.txt').touch()
    dataset = build(root, img_suffix='.jpg', depth_map_suffix='_depth.png',
                    data_prefix=ONE_FOLDER)
    assert len(dataset) == 2
    assert logged()[0].endswith(
        '; 1 depth maps without an image (.png); '
        '1 other files in the image folder (.txt)')


def test_orphaned_depth_map_is_no_image(depth_folder):
    root = depth_folder(['1', '2'])
    rename_maps(root, 'images/train/{}.bmp'.format)
    (root / 'images/train/2.png').unlink()
    assert len(build(root, depth_map_suffix='.bmp', data_prefix=ONE_FOLDER,
                     pipeline=LOAD[:1])) == 1

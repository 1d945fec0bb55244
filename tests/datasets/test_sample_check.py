"""What data sets say about their depth maps, and which they refuse."""
import logging
import re

import cv2
import fake_sets
import numpy as np
import pytest
from mmengine.registry import DATASETS
from torch.utils.data import DataLoader

from mmdepth_gradloss.datasets import (DGPDepthDataset, FolderDepthDataset,
                                       KITTIDepthDataset, NCDBDataset)

LOAD = [dict(type='LoadImage'), dict(type='LoadDepthMap')]
RAMP = np.linspace(1, 3, 24 * 36).reshape(24, 36)
"""Metres; median 2."""


def make_folder(root, *stored, suffix='.png'):
    """Write stored values as depth maps beside empty images; count from 0."""
    for folder in ('images', 'annotations'):
        (root / folder / 'train').mkdir(parents=True)
    for index, values in enumerate(stored):
        (root / f'images/train/{index}.jpg').touch()
        path = root / f'annotations/train/{index}{suffix}'
        if suffix == '.npy':
            np.save(path, values)
        elif suffix == '.npz':
            np.savez_compressed(path, depth=values)
        else:
            assert cv2.imwrite(str(path), values)


def build(root, **kwargs):
    return FolderDepthDataset(
        data_root=str(root), serialize_data=False, **kwargs)


def millimetres(metres=RAMP):
    return np.rint(metres * 1000).astype(np.uint16)


def test_line_of_metres(tmp_path, logged):
    holes = millimetres()
    holes[:, :9] = 0
    make_folder(tmp_path, millimetres(), holes)
    build(tmp_path)
    assert logged() == [
        f'FolderDepthDataset {tmp_path}/images/train: 2 images (.jpg); '
        '2 depth maps (.png), 2 read: 16-bit PNG, 87.5 % valid, 1 to 3 m, '
        'median 2 m (depth_scale=1000)'
    ]


@pytest.mark.parametrize('suffix, dtype', [
    ('.npy', 'float32'), ('.npz', 'float64'), ('.npy', 'int32')])
@pytest.mark.parametrize('npz_key', [None, 'depth'])
def test_line_of_arrays(tmp_path, logged, suffix, dtype, npz_key):
    make_folder(tmp_path, (RAMP * 1000).astype(dtype), suffix=suffix)
    build(tmp_path, depth_map_suffix=suffix, npz_key=npz_key)
    line, = logged()
    assert f'1 read: {dtype}, 100 % valid, 1 to 3 m, median 2 m' in line


def test_arrays_with_long_headers(tmp_path, logged):
    for version in ((2, 0), (3, 0)):
        root = tmp_path / str(version[0])
        make_folder(root, RAMP, suffix='.npy')
        with open(root / 'annotations/train/0.npy', 'wb') as file:
            np.lib.format.write_array(file, RAMP, version)
        build(root, depth_map_suffix='.npy', depth_scale=1)
        assert 'read: float64, 100 % valid, 1 to 3 m' in logged()[-1]


def write_bits(path, bits):
    """A PNG of 1 bit a pixel, or of 8."""
    flags = [cv2.IMWRITE_PNG_BILEVEL, 1] if bits == 1 else []
    values = np.where(RAMP > 2, 255, 0) if bits == 1 else RAMP * 20
    assert cv2.imwrite(str(path), values.astype(np.uint8), flags)


@pytest.mark.parametrize('bits', [1, 8])
def test_too_few_bits(tmp_path, logged, bits):
    make_folder(tmp_path, millimetres())
    write_bits(tmp_path / 'annotations/train/0.png', bits)
    build(tmp_path)
    assert f'{bits}-bit PNG' in logged()[0]
    warning = logged(logging.WARNING)[0]
    assert re.search(
        f'the depth maps are hardly depth: 1 of 1 are stored as {bits}-bit '
        'PNG, which reaches 0.255 m at depth_scale=1000; .*train/0.png; set '
        r'depth_scale .*\(depth_scale=1 for metres.*or depth_map_suffix or '
        'data_prefix', warning)


def test_image_that_was_floating_point(tmp_path, logged):
    make_folder(tmp_path, (RAMP * 1.5).astype(np.uint8))  # as cv2 saves it
    build(tmp_path)
    warning, = logged(logging.WARNING)
    assert 'stored as 8-bit PNG' in warning


def test_jpeg_is_no_depth_whatever_its_suffix(tmp_path, logged):
    make_folder(tmp_path, millimetres())
    _, content = cv2.imencode('.jpg', (RAMP * 80).astype(np.uint8))
    (tmp_path / 'annotations/train/0.png').write_bytes(content.tobytes())
    build(tmp_path)
    assert 'stored as 8-bit JPEG' in logged(logging.WARNING)[0]


@pytest.mark.parametrize('scale, warned', [(255, False), (256, True)])
def test_8_bits_that_reach_a_metre(tmp_path, logged, scale, warned):
    make_folder(tmp_path, (RAMP * 80).astype(np.uint8))
    build(tmp_path, depth_scale=scale)
    assert bool(logged(logging.WARNING)) == warned


@pytest.mark.parametrize('suffix', ['.npy', '.npz'])
def test_metres_read_as_millimetres(tmp_path, logged, suffix):
    make_folder(tmp_path, RAMP, suffix=suffix)
    build(tmp_path, depth_map_suffix=suffix)
    warning, = logged(logging.WARNING)
    assert ('the depth maps are hardly in metres: their median is 0.002 m, '
            'stored as 2 at depth_scale=1000, such as ') in warning
    build(tmp_path, depth_map_suffix=suffix, depth_scale=1)
    assert len(logged(logging.WARNING)) == 1


def test_millimetres_read_as_metres(tmp_path, logged):
    make_folder(tmp_path, millimetres())
    build(tmp_path, depth_scale=1)
    warning, = logged(logging.WARNING)
    assert 'their median is 2000 m, stored as 2000 at depth_scale=1' in warning


@pytest.mark.parametrize('median, warned', [
    (0.0499, True), (0.0501, False), (999, False), (1001, True)])
def test_plausible_medians(tmp_path, logged, median, warned):
    make_folder(tmp_path, RAMP / 2 * median, suffix='.npy')
    build(tmp_path, depth_map_suffix='.npy', depth_scale=1)
    assert bool(logged(logging.WARNING)) == warned


def test_median_of_large_maps(tmp_path, logged):
    large = np.repeat(np.repeat(RAMP, 5, 0), 7, 1)  # 30240 pixels
    make_folder(tmp_path, large, suffix='.npy')
    build(tmp_path, depth_map_suffix='.npy', depth_scale=1)
    assert '1 to 3 m, median 2 m' in logged()[0]


def test_single_value(tmp_path, logged):
    one_point = np.zeros_like(millimetres())
    one_point[3, 4] = 1500
    make_folder(tmp_path, millimetres(), one_point)
    build(tmp_path)
    assert not logged(logging.WARNING)
    cv2.imwrite(str(tmp_path / 'annotations/train/1.png'), one_point | 1500)
    build(tmp_path)
    warning, = logged(logging.WARNING)
    assert re.search('hardly depth: 1 of 2 hold a single value, such as 1.5 m '
                     'in .*train/1.png; set depth_scale', warning)


@pytest.mark.parametrize('suffix, value', [
    ('.png', np.uint16(0)), ('.npy', np.nan), ('.npy', -np.inf)])
def test_nothing_valid(tmp_path, suffix, value):
    maps = [np.full((6, 7), value)] * 3
    make_folder(tmp_path, *maps, suffix=suffix)
    with pytest.raises(ValueError) as error:
        build(tmp_path, depth_map_suffix=suffix)
    message = str(error.value)
    assert message.startswith(
        f'FolderDepthDataset {tmp_path}/images/train: none of the 3 depth '
        'maps that were read has a valid pixel: ')
    for index in range(3):
        assert f'{tmp_path}/annotations/train/{index}{suffix}' in message
    assert 'set depth_scale' in message


def test_array_without_pixels(tmp_path):
    make_folder(tmp_path, np.zeros((0, 7)), suffix='.npy')
    with pytest.raises(ValueError, match='valid pixel'):
        build(tmp_path, depth_map_suffix='.npy')


def test_sparse_maps_and_single_empty_ones_pass(tmp_path, logged):
    sparse = np.zeros((50, 100), np.uint16)
    sparse[[3, 4, 5, 6, 7], 9] = 2000, 3000, 4000, 5000, 6000  # 0.1 %
    make_folder(tmp_path, sparse, np.zeros_like(sparse))
    build(tmp_path)
    line, = logged()
    assert '2 read: 16-bit PNG, 0.05 % valid, 2 to 6 m, median 4 m' in line


def test_a_few_maps_are_read_first_and_last_among_them(tmp_path, logged):
    make_folder(tmp_path, *[millimetres()] * 22)
    maps = tmp_path / 'annotations/train'
    content = (maps / '0.png').read_bytes()
    # Every third; sorted by name.
    names = sorted(x.name for x in maps.iterdir())
    for index, name in enumerate(names):
        if index % 3:
            (maps / name).write_bytes(b'')
    build(tmp_path)
    assert '22 depth maps (.png), 8 read: ' in logged()[0]
    for name in (names[0], names[-1]):
        (maps / name).write_bytes(b'')
        with pytest.raises(ValueError, match=f'train/{name}'):
            build(tmp_path)
        (maps / name).write_bytes(content)


def test_maps_that_the_pipeline_reads_otherwise(tmp_path, logged):
    make_folder(tmp_path, np.zeros((6, 7, 3), np.uint8))
    build(tmp_path, pipeline=[dict(type='LoadImage')])
    assert logged()[0].endswith(
        '1 depth maps (.png), none read, the pipeline has no LoadDepthMap')
    with pytest.raises(ValueError, match='train/0.png must be one channel'):
        build(tmp_path)


def test_each_data_set_says_it_once(tmp_path, logged):
    make_folder(tmp_path, millimetres())
    cv2.imwrite(str(tmp_path / 'images/train/0.jpg'),
                np.zeros((24, 36, 3), np.uint8))
    folder = dict(
        type='FolderDepthDataset', data_root=str(tmp_path), pipeline=LOAD)
    dataset = DATASETS.build(
        dict(
            type='ConcatDataset',
            datasets=[
                dict(type='CachedDataset', dataset=folder),
                dict(type='RepeatDataset', times=2, dataset=folder)
            ]))
    assert len(dataset) == 3
    dataset.full_init()
    for index in range(3):
        dataset[index]
    assert len(logged()) == 2


def test_workers_leave_it_to_the_main_process(tmp_path):
    make_folder(tmp_path, np.zeros((6, 7), np.uint16))
    pipeline = [dict(type='LoadDepthMap')]
    lazy = build(tmp_path, lazy_init=True, pipeline=pipeline)
    loader = DataLoader(
        lazy, sampler=[0], num_workers=1, collate_fn=lambda batch: batch)
    sample, = next(iter(loader))
    assert not sample['gt_depth_map'].any()
    with pytest.raises(ValueError, match='valid pixel'):
        lazy.full_init()


MAPS = dict(
    kitti='groundtruth/image_02', ncdb='newest_distance_maps', dgp='lidar')
PLAIN = dict(
    kitti=(KITTIDepthDataset, 'source', fake_sets.make_kitti),
    ncdb=(NCDBDataset, 'depth_type', fake_sets.make_ncdb),
    dgp=(DGPDepthDataset, 'depth_dir', fake_sets.make_dgp))


@pytest.mark.parametrize('name', PLAIN)
def test_other_data_sets(tmp_path, logged, name):
    kind, setting, make = PLAIN[name]
    make(tmp_path)
    kind(data_root=str(tmp_path))
    line, = logged()
    stored = 'float32' if name == 'dgp' else '16-bit PNG'
    scale = 1 if name == 'dgp' else 256
    assert re.search(
        rf'^{kind.__name__} {tmp_path}/\S+: \d images \(.png\); \d depth maps '
        rf'\(.*\), \d read: {stored}, .* valid, .* to .* m, median .* m '
        rf'\(depth_scale={scale}\)$', line)
    for path in tmp_path.rglob(f'*{MAPS[name]}*/**/*.*'):
        if path.suffix == '.npz':
            np.savez(path, depth=np.zeros((6, 7)))
        else:
            cv2.imwrite(str(path), np.zeros((6, 7), np.uint16))
    with pytest.raises(
            ValueError,
            match=f'^{kind.__name__} .*valid pixel.*{setting}.*not those'):
        kind(data_root=str(tmp_path))


def test_masks_count(tmp_path):
    fake_sets.make_ncdb(tmp_path)
    cv2.imwrite(str(tmp_path / 'binary_mask.png'),
                np.zeros(fake_sets.SIZE, np.uint8))
    assert len(NCDBDataset(data_root=str(tmp_path))) == 4
    with pytest.raises(ValueError, match='valid pixel'):
        NCDBDataset(data_root=str(tmp_path), mask_file='binary_mask.png')


def test_sparse_input(tmp_path, logged):
    fake_sets.make_kitti(tmp_path)
    arguments = dict(
        data_root=str(tmp_path), input_source='velodyne', pipeline=[
            dict(type='LoadDepthMap', keys=['sparse_depth_map']),
            dict(type='LoadDepthMap', keys=['gt_depth_map'])])
    KITTIDepthDataset(**arguments)
    line, = logged()
    assert re.search(
        r'; 3 depth maps \(.png\), 3 read: 16-bit PNG, 30(.\d)? % valid, .*'
        r'=256\); 3 sparse depth maps \(.npz\), 3 read: float32, (9.\d+|10(.\d'
        r')?) % valid, .*=1\)$', line)
    for path in tmp_path.rglob('velodyne/image_02/*.npz'):
        np.savez(path, velodyne_depth=np.zeros((40, 132)))
    with pytest.raises(ValueError, match='none of the 3 sparse depth maps'):
        KITTIDepthDataset(**arguments)


@pytest.mark.parametrize('far,warned', [(8, False), (9, True)])
def test_what_a_valid_range_drops_is_told(tmp_path, logged, far, warned):
    """In scenes that are deeper than the range, most of the ground truth."""
    depth = RAMP.copy()
    depth.flat[:far] = 65.535  # of 864
    make_folder(tmp_path, millimetres(depth))
    build(tmp_path, pipeline=[
        dict(type='LoadDepthMap', valid_range=(0.1, 15.0))])
    line, *warnings = logged()
    assert f'{100 * (1 - far / 864):.3g} % valid' in line
    assert '65' not in line.partition(' valid')[2].partition('median')[0]
    assert bool(warnings) == warned
    if warned:
        assert ('lie outside of valid_range, 0.1 to 15 m, in 1.04 % of what '
                'is stored, which is left out; the median of the rest is '
                '2.0') in warnings[0]


def test_nothing_in_the_valid_range(tmp_path):
    make_folder(tmp_path, millimetres(RAMP + 20))
    with pytest.raises(ValueError, match='out of the range'):
        build(tmp_path, pipeline=[
            dict(type='LoadDepthMap', valid_range=(0.1, 15.0))])

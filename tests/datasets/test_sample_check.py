"""Log messages, warnings and errors about a data set's depth maps."""
import logging
import re

import cv2
import fake_sets
import numpy as np
import pytest
from torch.utils.data import DataLoader

from mmdepth_gradloss.datasets import (DGPDepthDataset, FolderDepthDataset,
                                       KITTIDepthDataset, NCDBDataset)

RAMP = np.linspace(1, 3, 24 * 36).reshape(24, 36)
"""Metres; median 2."""
MILLIMETRES = np.rint(RAMP * 1000).astype(np.uint16)


def make_folder(root, *stored, suffix='.png'):
    """Write stored values as depth maps beside empty images; count from 0."""
    (root / 'images/train').mkdir(parents=True)
    for index, values in enumerate(stored):
        (root / f'images/train/{index}.jpg').touch()
        fake_sets.write_map(root / f'annotations/train/{index}{suffix}',
                            values)


def build(root, **kwargs):
    return fake_sets.build(
        FolderDepthDataset, root, **{'pipeline': [], **kwargs})


def build_arrays(root, *stored, suffix='.npy', depth_scale=1, **kwargs):
    make_folder(root, *stored, suffix=suffix)
    return build(root, depth_map_suffix=suffix, depth_scale=depth_scale,
                 **kwargs)


@pytest.fixture
def warned(logged):
    """Function that returns the warnings."""
    return lambda: logged(logging.WARNING)


# Log message


HOLES = MILLIMETRES * (np.arange(36) >= 9)
SPARSE = np.zeros((50, 100), np.uint16)
SPARSE[3:8, 9] = 2000, 3000, 4000, 5000, 6000  # 0.1 %


@pytest.mark.parametrize('maps, found', [
    ((MILLIMETRES, HOLES), '87.5 % valid, 1 to 3 m, median 2 m'),
    # single empty maps are allowed
    ((SPARSE, 0 * SPARSE), '0.05 % valid, 2 to 6 m, median 4 m')])
def test_line_of_metres(tmp_path, logged, maps, found):
    make_folder(tmp_path, *maps)
    build(tmp_path)
    assert logged() == [
        f'FolderDepthDataset {tmp_path}/images/train: 2 images (.jpg); '
        f'2 depth maps (.png), 2 read: 16-bit PNG, {found} (depth_scale=1000)']


@pytest.mark.parametrize('suffix, dtype', [
    ('.npy', 'float32'), ('.npz', 'float64'), ('.npy', 'int32')])
@pytest.mark.parametrize('npz_key', [None, 'depth'])
def test_line_of_arrays(tmp_path, logged, suffix, dtype, npz_key):
    large = np.repeat(np.repeat(RAMP, 5, 0), 7, 1)  # 30240 pixels
    build_arrays(tmp_path, (large * 1000).astype(dtype), suffix=suffix,
                 depth_scale=1000, npz_key=npz_key)
    line, = logged()
    assert f'1 read: {dtype}, 100 % valid, 1 to 3 m, median 2 m' in line


def test_a_few_maps_are_read_first_and_last_among_them(tmp_path, logged):
    make_folder(tmp_path, *[MILLIMETRES] * 22)
    maps = sorted((tmp_path / 'annotations/train').iterdir())
    content = maps[0].read_bytes()
    for index, path in enumerate(maps):
        if index % 3:
            path.write_bytes(b'')
    build(tmp_path)
    assert '22 depth maps (.png), 8 read: ' in logged()[0]
    for path in (maps[0], maps[-1]):
        path.write_bytes(b'')
        with pytest.raises(ValueError, match=f'train/{path.name}'):
            build(tmp_path)
        path.write_bytes(content)


def test_workers_leave_it_to_the_main_process(tmp_path):
    make_folder(tmp_path, np.zeros((6, 7), np.uint16))
    lazy = build(tmp_path, lazy_init=True, pipeline=fake_sets.LOAD[1:])
    loader = DataLoader(
        lazy, sampler=[0], num_workers=1, collate_fn=lambda batch: batch)
    sample, = next(iter(loader))
    assert not sample['gt_depth_map'].any()
    with pytest.raises(ValueError, match='valid pixel'):
        lazy.full_init()


# Warnings


@pytest.mark.parametrize('kind, values, flags', [
    ('1-bit PNG', np.where(RAMP > 2, 255, 0), [cv2.IMWRITE_PNG_BILEVEL, 1]),
    ('8-bit PNG', RAMP * 20, []),
    ('8-bit PNG', RAMP * 1.5, []),  # floating point, as OpenCV saves it
    ('8-bit JPEG', RAMP * 80, []),  # although its suffix is .png
])
def test_too_few_bits(tmp_path, logged, warned, kind, values, flags):
    make_folder(tmp_path, MILLIMETRES)
    suffix = '.jpg' if 'JPEG' in kind else '.png'
    _, content = cv2.imencode(suffix, values.astype(np.uint8), flags)
    (tmp_path / 'annotations/train/0.png').write_bytes(content.tobytes())
    build(tmp_path)
    assert kind in logged()[0]
    assert re.search(
        f'the depth maps do not look like depth: 1 of 1 are stored as {kind}, '
        'which reaches 0.255 m at depth_scale=1000; .*train/0.png; set '
        r'depth_scale .*\(depth_scale=1 for metres.*or depth_map_suffix or '
        'data_prefix', warned()[0])


@pytest.mark.parametrize('suffix, scale, message', [
    ('.npy', 1000, 'median is 0.002 m, stored as 2 at depth_scale=1000'),
    ('.npz', 1000, 'median is 0.002 m, stored as 2 at depth_scale=1000'),
    ('.png', 1, 'median is 2000 m, stored as 2000 at depth_scale=1, such as'),
])
def test_other_unit(tmp_path, warned, suffix, scale, message):
    stored = MILLIMETRES if suffix == '.png' else RAMP
    build_arrays(tmp_path, stored, suffix=suffix, depth_scale=scale)
    warning, = warned()
    assert ('the depth maps do not look like metres: their '
            f'{message}') in warning
    build(tmp_path, depth_map_suffix=suffix, depth_scale=1001 - scale)
    assert len(warned()) == 1


@pytest.mark.parametrize('stored, suffix, scale, doubted', [
    *((RAMP / 2 * median, '.npy', 1, doubted) for median, doubted in (
        (0.0499, True), (0.0501, False), (999, False), (1001, True))),
    # 8 bits that reach a metre
    ((RAMP * 80).astype(np.uint8), '.png', 255, False),
    ((RAMP * 80).astype(np.uint8), '.png', 256, True),
])
def test_limits_of_what_is_plausible(tmp_path, warned, stored, suffix, scale,
                                     doubted):
    build_arrays(tmp_path, stored, suffix=suffix, depth_scale=scale)
    assert bool(warned()) == doubted


def test_single_value(tmp_path, warned):
    one_point = np.zeros_like(MILLIMETRES)
    one_point[3, 4] = 1500
    make_folder(tmp_path, MILLIMETRES, one_point)
    build(tmp_path)
    assert not warned()
    cv2.imwrite(str(tmp_path / 'annotations/train/1.png'), one_point | 1500)
    build(tmp_path)
    warning, = warned()
    assert re.search('look like depth: 1 of 2 hold a single value, such as '
                     '1.5 m in .*train/1.png; set depth_scale', warning)


@pytest.mark.parametrize('far, doubted', [(8, False), (9, True)])
def test_what_a_valid_range_drops_is_told(tmp_path, logged, far, doubted):
    depth = MILLIMETRES.copy()
    depth.flat[:far] = 65535  # of 864
    make_folder(tmp_path, depth)
    ranged = [dict(type='LoadDepthMap', valid_range=(0.1, 15.0))]
    build(tmp_path, pipeline=ranged)
    line, *warnings = logged()
    assert f'{100 * (1 - far / 864):.3g} % valid' in line
    assert '65' not in line.partition(' valid')[2].partition('median')[0]
    assert bool(warnings) == doubted
    if doubted:
        assert ('have 1.04 % of their depths outside valid_range, 0.1 to '
                '15 m; these are ignored, and the median of the rest is '
                '2.0') in warnings[0]
    cv2.imwrite(str(tmp_path / 'annotations/train/0.png'),
                MILLIMETRES + 20_000)
    with pytest.raises(
            ValueError, match='has a valid pixel: they hold 21 to 23 m at '
            r'depth_scale=1000, outside valid_range, 0.1 to 15 m \('):
        build(tmp_path, pipeline=ranged)


# Errors


@pytest.mark.parametrize('suffix, stored', [
    ('.png', np.zeros((6, 7), np.uint16)), ('.npy', np.full((6, 7), np.nan)),
    ('.npy', np.full((6, 7), -np.inf)), ('.npy', np.zeros((0, 7)))])
def test_nothing_valid(tmp_path, suffix, stored):
    with pytest.raises(ValueError) as error:
        build_arrays(tmp_path, *[stored] * 3, suffix=suffix)
    message = str(error.value)
    assert message.startswith(
        f'FolderDepthDataset {tmp_path}/images/train: none of the 3 depth '
        'maps that were read has a valid pixel: ')
    for index in range(3):
        assert f'{tmp_path}/annotations/train/{index}{suffix}' in message
    assert 'set depth_scale' in message


def test_maps_that_the_pipeline_reads_otherwise(tmp_path, logged):
    make_folder(tmp_path, np.zeros((6, 7, 3), np.uint8))
    build(tmp_path, pipeline=[dict(type='LoadImage')])
    assert logged()[0].endswith(
        '1 depth maps (.png), none read, the pipeline has no LoadDepthMap')
    with pytest.raises(ValueError, match='train/0.png must be one channel'):
        build(tmp_path)


@pytest.mark.parametrize('kind, make, setting, maps, stored, scale', [
    (KITTIDepthDataset, fake_sets.make_kitti, 'source',
     'groundtruth/image_02', '16-bit PNG', 256),
    (NCDBDataset, fake_sets.make_ncdb, 'depth_type', 'newest_distance_maps',
     '16-bit PNG', 256),
    (DGPDepthDataset, fake_sets.make_dgp, 'depth_dir', 'lidar', 'float32', 1),
])
def test_other_data_sets(tmp_path, logged, kind, make, setting, maps, stored,
                         scale):
    make(tmp_path)
    kind(data_root=str(tmp_path))
    line, = logged()
    assert re.search(
        rf'^{kind.__name__} {tmp_path}/\S+: \d images \(.png\); \d depth maps '
        rf'\(.*\), \d read: {stored}, .* valid, .* to .* m, median .* m '
        rf'\(depth_scale={scale}\)$', line)
    for path in tmp_path.rglob(f'*{maps}*/**/*.*'):
        if path.suffix == '.npz':
            np.savez(path, depth=np.zeros((6, 7)))
        else:
            cv2.imwrite(str(path), np.zeros((6, 7), np.uint16))
    with pytest.raises(
            ValueError,
            match=f'^{kind.__name__} .*valid pixel.*{setting}.*not those'):
        kind(data_root=str(tmp_path))


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
        np.savez(path, velodyne_depth=np.zeros(fake_sets.KITTI_SIZE))
    with pytest.raises(ValueError, match='none of the 3 sparse depth maps'):
        KITTIDepthDataset(**arguments)

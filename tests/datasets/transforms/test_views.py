"""Samples whose image, depth maps and camera do not match raise an error.

Images contain pixel coordinates and depth maps pixel numbers, so each value
identifies the original pixel.
"""
from contextlib import nullcontext

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mmengine.dataset import Compose
from mmengine.registry import TRANSFORMS

from mmdepth_gradloss.datasets import CachedDataset

HEIGHT, WIDTH = 48, 72
PACK = dict(type='PackDepthInputs')
FLIP = dict(type='mmcv.RandomFlip', prob=1.0)
CENTER_CROP = dict(type='mmcv.CenterCrop', crop_size=(40, 32))
RESIZE = dict(type='mmcv.Resize', scale=(36, 24))
KEPT_RATIO = dict(type='mmcv.Resize', scale=(40, 40), keep_ratio=True)
PAD = dict(type='mmcv.Pad', size=(80, 48))
OWN_FLIP = dict(type='RandomFlipDepth', prob=1.0)
OWN_CROP = dict(type='RandomCropDepth', crop_size=(24, 36))
OWN_RESIZE = dict(type='ResizeDepth', scale=(36, 24))
LOAD_MAP = dict(type='LoadDepthMap')
LOADERS = [dict(type='LoadImage'), dict(type='mmcv.LoadImageFromFile')]
LOAD = [LOADERS[0], LOAD_MAP]
MOVED = 'gt_depth_map does not match its image .*view.png'


def coordinates(height=HEIGHT, width=WIDTH):
    """Image (H, W, 3) of x, y, 0, and depth of 1 + the pixel number."""
    y, x = np.mgrid[:height, :width].astype(np.float32)
    return np.stack([x, y, 0 * x], axis=-1), 1 + x + width * y


@pytest.fixture(scope='module')
def files(tmp_path_factory):
    """Sample whose files contain `coordinates`."""
    folder = tmp_path_factory.mktemp('views')
    img, depth = coordinates()
    cv2.imwrite(str(folder / 'view.png'), img.astype(np.uint8))
    np.save(folder / 'depth.npy', depth)
    return dict(img_path=str(folder / 'view.png'), depth_scale=1.0,
                depth_map_path=str(folder / 'depth.npy'))


def run(files, *steps):
    return Compose([*steps, PACK])(dict(files))['data_samples']


# Errors


@pytest.mark.parametrize('steps, message', [
    ([FLIP], 'image: .*48 x 72 pixels, horizontal flip. Steps of gt_depth'),
    ([CENTER_CROP],
     'rotation from 48 x 72 to 32 x 40 pixels.*RandomCropDepth'),
    ([KEPT_RATIO, PAD], '48 x 72 to 48 x 80.*data_preprocessor'),
    ([dict(type='mmcv.CenterCrop', crop_size=(36, 24)), RESIZE], '24 x 36'),
    # the last resize restores the size or the aspect ratio
    ([CENTER_CROP, dict(type='mmcv.Resize', scale=(72, 48))], '48 x 72 to'),
    ([CENTER_CROP, RESIZE], '48 x 72 to 24 x 36'),
    ([OWN_RESIZE, dict(type='mmcv.CenterCrop', crop_size=(18, 12))],
     '24 x 36 to 12 x 18'),
    # same aspect ratio, so the size alone does not reveal the crop
    ([dict(type='mmcv.CenterCrop', crop_size=(36, 24))], '24 x 36'),
    ([CENTER_CROP, OWN_RESIZE], '32 x 40.*Steps of gt.*72 pixels. Load'),
    ([FLIP, OWN_FLIP], 'horizontal flip, horizontal flip. Steps'),
    ([OWN_FLIP, FLIP], 'horizontal flip, horizontal flip. Steps'),
    ([FLIP, dict(OWN_FLIP, prob=0.0)], 'horizontal flip. Steps'),
    ([OWN_FLIP, dict(FLIP, direction='vertical')],
     'horizontal flip, vertical flip'),
    ([OWN_CROP, PAD], '24 x 36 to 48 x 80'),
    ([dict(type='mmcv.CenterCrop', crop_size=(72, 47))], '47 x 72 pixels'),
    ([dict(type='mmcv.CenterCrop', crop_size=(71, 48))], '48 x 71 pixels'),
])
def test_foreign_step_on_the_image_alone(files, steps, message):
    with pytest.raises(ValueError, match=f'{MOVED}.*{message}'):
        run(files, *LOAD, *steps)
    # allowed without a depth map
    run(files, LOAD[0], *steps)


@pytest.mark.parametrize('loader', LOADERS)
@pytest.mark.parametrize('step, words', [
    (FLIP, 'horizontal flip'), (CENTER_CROP, '32 x 40'), (PAD, '48 x 80'),
    (OWN_FLIP, 'horizontal flip'), (OWN_CROP, 'crop of 24 x 36 from 48 x 72'),
])
def test_map_that_is_loaded_after_the_step(files, loader, step, words):
    for last in ([], [OWN_RESIZE]):
        with pytest.raises(ValueError, match=f'{MOVED}.*{words}.*Load depth'):
            run(files, loader, step, LOAD_MAP, *last)


@pytest.mark.parametrize('size, fits', [
    ((48, 72), True), ((24, 36), True), ((33, 50), True), ((96, 144), True),
    ((48, 64), False), ((72, 48), False), ((36, 50), False)])
@pytest.mark.parametrize('step', [[], [OWN_RESIZE], [OWN_FLIP]])
def test_map_of_other_proportions_before_the_image(files, tmp_path, size,
                                                   fits, step):
    other = dict(files, depth_map_path=str(tmp_path / 'other.npy'))
    np.save(other['depth_map_path'], np.ones(size, np.float32))
    message = f'{MOVED}.*loaded at {size[0]} x {size[1]} '
    for loader in LOADERS:
        with (nullcontext() if fits else
              pytest.raises(ValueError, match=message)):
            run(other, LOAD_MAP, loader, *step)


def test_sparse_map_and_camera_too(files):
    sparse = dict(files, sparse_depth_map_path=files['depth_map_path'],
                  sparse_depth_scale=1.0)
    late = dict(LOAD_MAP, keys=['sparse_depth_map'])
    with pytest.raises(ValueError, match='sparse_depth_map does not match'):
        run(sparse, LOAD[0], dict(LOAD_MAP, keys=['gt_depth_map']), OWN_FLIP,
            late)
    for step in (FLIP, CENTER_CROP):
        with pytest.raises(ValueError, match='cam2img does not match'):
            run(dict(files, cam2img=np.eye(3)), LOAD[0], step)


@pytest.mark.parametrize('inner', [[], [OWN_RESIZE]])
def test_samples_of_a_data_set_without_files(inner):
    """With the pipeline split over two data sets."""
    data = dict(
        type='SyntheticDepthDataset', length=1, size=(48, 72), pipeline=inner)
    assert CachedDataset(data, [OWN_FLIP, PACK])[0]
    for flips in ([], [OWN_FLIP]):
        data['pipeline'] = [*inner, *flips]
        with pytest.raises(ValueError, match='gt_depth_map does.*horizontal'):
            CachedDataset(data, [FLIP, PACK])[0]


# Allowed steps


@pytest.mark.parametrize('steps', [
    [*LOAD, RESIZE],
    [*LOAD, KEPT_RATIO],
    [*LOAD, dict(type='mmcv.Resize', scale=(61, 17))],
    [LOAD[0], dict(type='mmcv.Resize', scale=(61, 17)), LOAD_MAP],
    [LOAD[0], OWN_RESIZE, LOAD_MAP, OWN_FLIP],
    [LOAD[0], OWN_RESIZE, RESIZE, LOAD_MAP],
    [LOAD[0], dict(OWN_CROP, crop_size=(48, 72)), LOAD_MAP],
    [*LOAD, dict(FLIP, prob=0.0)],
    [*LOAD, OWN_FLIP, dict(type='PhotometricJitter')],
    [*LOAD, dict(type='mmcv.Pad', size_divisor=8)],
    [*LOAD, dict(type='mmcv.RandomResize', scale=(72, 48),
                 ratio_range=(0.5, 2.0), keep_ratio=True)],
    [*LOAD, OWN_FLIP, dict(type='SparsifyDepth', ratio=0.5,
                           output_key='sparse_depth_map')],
    [*LOAD, dict(type='SparsifyDepth', ratio=0.5,
                 output_key='sparse_depth_map'), OWN_CROP],
])
def test_resized_or_moved_together(files, steps):
    assert 'gt_depth_map' in run(files, *steps)


def cut_both(results):
    """Crop of image and depth map by another package."""
    for key in ('img', 'gt_depth_map'):
        results[key] = results[key][:24, 12:48]
    results['img_shape'] = (24, 36)
    return results


def test_foreign_crop_of_image_and_map(files):
    for steps in ([*LOAD, cut_both], [*LOAD, cut_both, OWN_FLIP],
                  [*LOAD, OWN_RESIZE, OWN_CROP, cut_both]):
        assert run(files, *steps).gt_depth_map.shape[0] <= 24
    data = dict(type='SyntheticDepthDataset', length=1, size=(48, 72))
    assert CachedDataset(data, [cut_both, PACK])[0]


def test_map_that_another_package_made_of_the_resized_one(files):

    def thin_out(results):
        results['sparse_depth_map'] = results['gt_depth_map'] * 0
        return results

    resize = dict(OWN_RESIZE, scale=(61, 17))
    sample = run(files, *LOAD, resize, thin_out)
    assert sample.sparse_depth_map.shape == (17, 61)
    with pytest.raises(ValueError, match='sparse_depth_map does not match'):
        run(files, *LOAD, OWN_FLIP, thin_out)


@pytest.mark.parametrize('loader', LOADERS)
def test_camera_follows_a_foreign_resize(files, loader):
    camera = np.array([[50.0, 0, 35.5], [0, 60, 23.5], [0, 0, 1]])
    resize = dict(RESIZE, scale=(36, 16))
    for last in ([], [dict(OWN_RESIZE, scale=(36, 16))]):
        results = run(dict(files, cam2img=camera), loader, resize, *last)
        np.testing.assert_allclose(results.cam2img,
                                   [[25, 0, 17.5], [0, 20, 7.5], [0, 0, 1]])


def test_camera_that_another_package_moved_stays(files):

    def halve(results):
        results['cam2img'] = np.diag([0.5, 0.5, 1]) @ results['cam2img']
        return Compose([RESIZE])(results)

    jitter = dict(OWN_FLIP, prob=0.0)  # inspects the sample
    results = run(dict(files, cam2img=np.eye(3)), *LOAD, jitter, halve)
    np.testing.assert_array_equal(results.cam2img, np.diag([0.5, 0.5, 1]))


sides = st.integers(6, 60)
own_steps = st.one_of(
    st.builds(dict, type=st.just('ResizeDepth'),
              scale=st.tuples(sides, sides)),
    st.builds(dict, type=st.just('RandomCropDepth'),
              crop_size=st.tuples(sides, sides)),
    st.builds(dict, type=st.just('RandomFlipDepth'), prob=st.just(1.0),
              direction=st.sampled_from(
                  ['horizontal', 'vertical', 'diagonal'])))


def apply(step, results):
    if 'crop_size' in step:  # limit to the image size
        shape = results['img'].shape
        step = dict(step, crop_size=[*map(min, step['crop_size'], shape)])
    return TRANSFORMS.build(step)(results)


@settings(max_examples=200)
@given(
    st.integers(8, 40), st.integers(8, 40), st.lists(own_steps, max_size=6),
    st.integers(0, 999))
def test_any_sequence_keeps_them_aligned(height, width, sequence, seed):
    np.random.seed(seed)
    img, depth = coordinates(height, width)
    results = dict(img=img, gt_depth_map=depth, ori_shape=(height, width))
    # pixels of the file per current pixel, and tolerance after resizes
    pitch, allowed = np.ones(2), np.full(2, 1e-3)
    for step in sequence:
        shape = results['img'].shape[:2]
        results = apply(step, results)
        if step['type'] == 'ResizeDepth':
            allowed += 0.75 * pitch
            pitch *= np.divide(shape, results['img'].shape[:2])
    y, x = np.divmod(results['gt_depth_map'] - 1, width)
    for channel, position in ((0, x), (1, y)):
        error = np.abs(results['img'][..., channel] - position).max()
        assert error <= allowed[1 - channel]
    packed = TRANSFORMS.build(PACK)(results)
    assert packed['inputs'].shape[1:] == x.shape

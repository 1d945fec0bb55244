"""The part of a config's test pipeline that prepares the image."""
from __future__ import annotations

import cv2
import numpy as np
import pytest
from mmengine.config import Config
from untrained import read_config

from mmdepth_gradloss.datasets.transforms import LoadImage, ResizeDepth
from mmdepth_gradloss.inference.depth_prediction import DEPTH, DISTANCE
from mmdepth_gradloss.inference.image_pipeline import ImagePipeline
from mmdepth_gradloss.inference.photos import Photo

IMAGE = np.random.default_rng(0).integers(0, 256, (48, 64, 3), np.uint8)
LOAD = dict(type='LoadImage')
PACK = dict(type='PackDepthInputs')
RESIZE = dict(type='ResizeDepth', scale=(32, 16))


def config(*steps, **dataset):
    dataset = dict(type='FolderDepthDataset', pipeline=list(steps), **dataset)
    return Config(dict(test_dataloader=dict(dataset=dataset)))


def named(name):
    return ImagePipeline(read_config(name))


@pytest.mark.parametrize('name, size', [
    ('unet-small_rooms-192x128_recommended', (128, 192)),
    ('unet-small_rooms-192x128_recommended-pure-python', (128, 192)),
    ('unet-small_folder-192x128_recommended', (128, 192)),
    ('unet-tiny_rooms-96x64_dense', (64, 96)),
    ('unet-tiny_folder-96x64_real', (64, 96)),
    ('resnet-san18-rgbd_ncdb-distance_dual-head_640x384_baseline', (384, 640)),
    ('vpd-head_mit-b0_1xb8-25k_nyu-480x480', (48, 64)),
    ('depth-anything-v2-tiny-random_nyu_baseline', (48, 64)),
])
def test_images_get_the_size_of_the_test_data(name, size):
    packed = named(name)(IMAGE, None)
    assert packed['inputs'].shape == (3, *size)
    assert packed['data_samples'].ori_shape == (48, 64)
    assert 'gt_depth_map' not in packed['data_samples']
    resized = ResizeDepth(scale=size[::-1])(dict(img=IMAGE))['img']
    np.testing.assert_array_equal(packed['inputs'].permute(1, 2, 0), resized)


def test_steps_for_ground_truth_are_left_out():
    pipeline = ImagePipeline(
        config(LOAD, dict(type='LoadDepthMap'),
               dict(type='ConvertDepthType'), RESIZE,
               dict(type='SparsifyDepth', pattern='random', share=0.5),
               dict(type='SetGradientWeight', weight=0.5), PACK))
    packed = pipeline(IMAGE, 'a.png')
    assert packed['inputs'].shape == (3, 16, 32)
    assert packed['data_samples'].img_path == 'a.png'


def test_pipelines_of_wrapped_data_sets_are_joined():
    inner = dict(type='FolderDepthDataset', pipeline=[LOAD, RESIZE])
    both = dict(type='ConcatDataset', datasets=[inner, dict(inner)])
    cfg = Config(
        dict(
            test_dataloader=dict(
                dataset=dict(
                    type='CachedDataset', dataset=both, pipeline=[PACK]))))
    assert ImagePipeline(cfg)(IMAGE, None)['inputs'].shape == (3, 16, 32)


def test_size_of_the_network_does_not_depend_on_meta_keys():
    pack = dict(PACK, meta_keys=())
    packed = ImagePipeline(config(LOAD, RESIZE, pack))(IMAGE, None)
    assert packed['data_samples'].metainfo == dict(ori_shape=(48, 64))


def test_data_sets_that_differ_are_refused():
    datasets = [
        dict(type='FolderDepthDataset', pipeline=[LOAD, *steps, PACK])
        for steps in ([], [RESIZE])
    ]
    cfg = Config(
        dict(
            test_dataloader=dict(
                dataset=dict(type='ConcatDataset', datasets=datasets))))
    with pytest.raises(ValueError, match='in different ways'):
        ImagePipeline(cfg)


@pytest.mark.parametrize('name', [
    'CenterCrop', 'RandomFlipDepth', 'mmseg.TestTimeAug', 'Pad',
    'RandomRotate', 'RandomAffine'
])
def test_steps_that_move_pixels_are_refused(name):
    with pytest.raises(ValueError, match=name.split('.')[-1]):
        ImagePipeline(config(LOAD, dict(type=name), PACK))


@pytest.mark.parametrize('cfg', [{}, dict(test_dataloader=None)])
def test_a_config_without_test_data_is_refused(cfg):
    with pytest.raises(ValueError, match='no test_dataloader'):
        ImagePipeline(Config(cfg))


def test_image_is_read_as_the_config_says(tmp_path):
    path = str(tmp_path / 'a.png')
    cv2.imwrite(path, IMAGE)
    load = dict(type='mmcv.LoadImageFromFile', to_float32=True)
    for source in (path, IMAGE):
        image = ImagePipeline(config(load, PACK)).load(Photo('a', source))
        assert image.dtype == np.float32
        np.testing.assert_array_equal(image, IMAGE)
        image = ImagePipeline(config(PACK)).load(Photo('a', source))
        assert image.dtype == np.uint8
    grey = ImagePipeline(config(dict(LOAD, color_type='grayscale'), PACK))
    assert grey.load(Photo('a', path)).shape == (48, 64)


def test_image_loader_of_mmcv_is_replaced():
    """By one that names what it cannot read."""
    pipeline = ImagePipeline(config(dict(type='LoadImageFromFile'), PACK))
    assert isinstance(pipeline.loader, LoadImage)
    with pytest.raises(FileNotFoundError, match='nowhere.png'):
        pipeline.load(Photo('a', 'nowhere.png'))


@pytest.mark.parametrize('dataset, steps, expected', [
    (dict(), [], DEPTH),
    (dict(depth_type='distance'), [], DISTANCE),
    (dict(depth_type='distance'), [dict(type='ConvertDepthType')], DEPTH),
    (dict(), [dict(type='ConvertDepthType', target='distance')], DISTANCE),
])
def test_quantity_is_that_of_the_ground_truth(dataset, steps, expected):
    cfg = config(LOAD, *steps, PACK, **dataset)
    assert ImagePipeline(cfg).quantity is expected


def test_quantity_may_be_the_default_of_the_data_set():
    cfg = config(LOAD, PACK)
    cfg.test_dataloader.dataset.type = 'NCDBDataset'
    assert ImagePipeline(cfg).quantity is DISTANCE

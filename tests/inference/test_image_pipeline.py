"""The part of a config's test pipeline that prepares the image."""
import cv2
import numpy as np
import pytest
from mmengine.config import Config
from untrained import read_config

from mmdepth_gradloss.datasets.transforms import ResizeDepth
from mmdepth_gradloss.inference.depth_prediction import DEPTH, DISTANCE
from mmdepth_gradloss.inference.image_pipeline import ImagePipeline
from mmdepth_gradloss.inference.photos import Photo

IMAGE = np.random.default_rng(0).integers(0, 256, (48, 64, 3), np.uint8)
LOAD = dict(type='LoadImage')
PACK = dict(type='PackDepthInputs')
RESIZE = dict(type='ResizeDepth', scale=(32, 16))
CONVERT = dict(type='ConvertDepthType')


def folder(*steps, **arguments):
    return dict(
        {'type': 'FolderDepthDataset', **arguments}, pipeline=list(steps))


def pipeline(*steps, **dataset):
    dataset = folder(*steps, **dataset)
    return ImagePipeline(Config(dict(test_dataloader=dict(dataset=dataset))))


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
    packed = ImagePipeline(read_config(name))(IMAGE, None)
    assert packed['inputs'].shape == (3, *size)
    assert packed['data_samples'].ori_shape == (48, 64)
    assert 'gt_depth_map' not in packed['data_samples']
    resized = ResizeDepth(scale=size[::-1])(dict(img=IMAGE))['img']
    np.testing.assert_array_equal(packed['inputs'].permute(1, 2, 0), resized)


def test_steps_for_ground_truth_are_left_out():
    packed = pipeline(
        LOAD, dict(type='LoadDepthMap'), CONVERT, RESIZE,
        dict(type='SparsifyDepth', pattern='random', share=0.5),
        dict(type='SetGradientWeight', weight=0.5), PACK)(IMAGE, 'a.png')
    assert packed['inputs'].shape == (3, 16, 32)
    assert packed['data_samples'].img_path == 'a.png'


def test_pipelines_of_wrapped_data_sets_are_joined():
    inner = folder(LOAD, RESIZE, depth_type='distance')
    both = dict(type='ConcatDataset', datasets=[inner, dict(inner)])
    joined = pipeline(PACK, type='CachedDataset', dataset=both)
    assert joined(IMAGE, None)['inputs'].shape == (3, 16, 32)
    assert joined.quantity is DISTANCE


def test_size_of_the_network_does_not_depend_on_meta_keys():
    packed = pipeline(LOAD, RESIZE, dict(PACK, meta_keys=()))(IMAGE, None)
    assert packed['data_samples'].metainfo == dict(ori_shape=(48, 64))


def test_data_sets_that_differ_are_refused():
    datasets = [folder(LOAD, PACK), folder(LOAD, RESIZE, PACK)]
    with pytest.raises(ValueError, match='preprocess images differently'):
        pipeline(type='ConcatDataset', datasets=datasets)


@pytest.mark.parametrize('name', [
    'CenterCrop', 'RandomFlipDepth', 'mmseg.TestTimeAug', 'Pad',
    'RandomRotate', 'RandomAffine'])
def test_steps_that_move_pixels_are_refused(name):
    with pytest.raises(ValueError, match=name.split('.')[-1]):
        pipeline(LOAD, dict(type=name), PACK)


@pytest.mark.parametrize('cfg', [{}, dict(test_dataloader=None)])
def test_a_config_without_test_data_is_refused(cfg):
    with pytest.raises(ValueError, match='no test_dataloader'):
        ImagePipeline(Config(cfg))


def test_image_is_read_as_the_config_says(tmp_path):
    path = str(tmp_path / 'a.png')
    cv2.imwrite(path, IMAGE)
    load = dict(type='mmcv.LoadImageFromFile', to_float32=True)
    for source in (path, IMAGE):
        image = pipeline(load, PACK).load(Photo('a', source))
        assert image.dtype == np.float32
        np.testing.assert_array_equal(image, IMAGE)
        image = pipeline(PACK).load(Photo('a', source))
        assert image.dtype == np.uint8
    # EXIF orientation is applied regardless of the config
    grey = pipeline(
        dict(LOAD, color_type='grayscale_ignore_orientation'), PACK)
    assert grey.loader.color_type == 'grayscale'
    assert grey.load(Photo('a', path)).shape == (48, 64)
    # mmcv's loader would not name the file
    with pytest.raises(FileNotFoundError, match='nowhere.png'):
        pipeline(load, PACK).load(Photo('a', 'nowhere.png'))


@pytest.mark.parametrize('dataset, steps, expected', [
    (dict(), [], DEPTH),
    (dict(type='NCDBDataset'), [], DISTANCE),  # the default of this data set
    (dict(depth_type='distance'), [], DISTANCE),
    (dict(depth_type='distance'), [CONVERT], DEPTH),
    (dict(), [dict(CONVERT, target='distance')], DISTANCE),
])
def test_quantity_is_that_of_the_ground_truth(dataset, steps, expected):
    assert pipeline(LOAD, *steps, PACK, **dataset).quantity is expected

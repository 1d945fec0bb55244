import numpy as np
import pytest
import torch
from mmengine.structures import BaseDataElement, PixelData

from mmdepth_gradloss.datasets.transforms import PackDepthInputs


def test_image_and_depth(random_sample):
    sample = random_sample(5, 7)
    packed = PackDepthInputs()(sample)
    assert set(packed) == {'inputs', 'data_samples'}
    inputs, data_sample = packed['inputs'], packed['data_samples']
    assert inputs.shape == (3, 5, 7) and inputs.dtype == torch.uint8
    assert inputs.is_contiguous()
    for channel in range(3):
        np.testing.assert_array_equal(inputs[channel],
                                      sample['img'][..., channel])
    assert type(data_sample) is BaseDataElement
    assert isinstance(data_sample.gt_depth_map, PixelData)
    depth = data_sample.gt_depth_map.data
    assert depth.shape == (1, 5, 7) and depth.dtype == torch.float32
    np.testing.assert_array_equal(depth[0], sample['gt_depth_map'])


def test_sparse_map_and_camera(random_sample):
    sample = random_sample(5, 7)
    sample['sparse_depth_map'] = sample['gt_depth_map'][::-1] / 2
    sample.update(cam2img=np.diag([3.0, 3.0, 1.0]), depth_type='distance')
    data_sample = PackDepthInputs()(sample)['data_samples']
    assert isinstance(data_sample.sparse_depth_map, PixelData)
    sparse = data_sample.sparse_depth_map.data
    assert sparse.shape == (1, 5, 7) and sparse.dtype == torch.float32
    np.testing.assert_array_equal(sparse[0], sample['sparse_depth_map'])
    assert data_sample.metainfo['depth_type'] == 'distance'
    np.testing.assert_array_equal(data_sample.metainfo['cam2img'],
                                  np.diag([3.0, 3.0, 1.0]))


def test_flipped_and_cropped_views(random_sample):
    sample = random_sample(6, 8)
    view = {k: sample[k][1:5, 6:1:-1] for k in ('img', 'gt_depth_map')}
    packed = PackDepthInputs()(view)
    np.testing.assert_array_equal(
        packed['data_samples'].gt_depth_map.data[0], view['gt_depth_map'])
    np.testing.assert_array_equal(packed['inputs'].permute(1, 2, 0),
                                  view['img'])


@pytest.mark.parametrize('img', [
    np.ones((4, 6), np.uint8), np.ones((4, 6, 1), np.float32)])
def test_grey_image(img):
    inputs = PackDepthInputs()(dict(img=img))['inputs']
    assert inputs.shape == (1, 4, 6)
    assert inputs.numpy().dtype == img.dtype


def test_meta_keys(random_sample):
    sample = dict(random_sample(), img_path='a.jpg', sample_idx=3, secret=1)
    data_sample = PackDepthInputs()(dict(sample))['data_samples']
    assert data_sample.metainfo == dict(
        img_path='a.jpg', sample_idx=3, ori_shape=(24, 36), img_shape=(24, 36))
    chosen = PackDepthInputs(meta_keys=['secret'])(dict(sample))
    assert chosen['data_samples'].metainfo == dict(secret=1)


def test_without_a_depth_map():
    packed = PackDepthInputs()(dict(img=np.zeros((4, 6, 3), np.uint8)))
    assert 'gt_depth_map' not in packed['data_samples']
    assert 'sparse_depth_map' not in packed['data_samples']


def test_repr():
    assert repr(PackDepthInputs(['flip'])) == (
        "PackDepthInputs(meta_keys=('flip',))")

import numpy as np
import pytest
import torch
from mmengine.structures import BaseDataElement, PixelData

from mmdepth_gradloss.datasets.transforms import PackDepthInputs


@pytest.mark.parametrize('rows, columns', [
    (slice(None), slice(None)),
    (slice(1, 5), slice(6, 1, -1)),  # flipped and cropped
    (slice(3, 4), slice(None, None, -1)),
])
def test_image_depth_maps_and_camera(random_sample, rows, columns):
    view = {k: v[rows, columns] for k, v in random_sample(6, 8).items()
            if k in ('img', 'gt_depth_map')}
    view['sparse_depth_map'] = view['gt_depth_map'].astype(float) / 2
    view.update(cam2img=np.diag([3.0, 3.0, 1.0]), depth_type='distance')
    packed = PackDepthInputs()(view)
    assert set(packed) == {'inputs', 'data_samples'}
    inputs, data_sample = packed['inputs'], packed['data_samples']
    assert inputs.is_contiguous() and inputs.dtype == torch.uint8
    np.testing.assert_array_equal(inputs.permute(1, 2, 0), view['img'])
    assert type(data_sample) is BaseDataElement
    for key in ('gt_depth_map', 'sparse_depth_map'):
        assert isinstance(data_sample.get(key), PixelData)
        depth = data_sample.get(key).data
        assert depth.dtype == torch.float32
        np.testing.assert_array_equal(depth, view[key][None])
    assert data_sample.depth_type == 'distance'
    np.testing.assert_array_equal(data_sample.cam2img, view['cam2img'])


@pytest.mark.parametrize('img', [
    np.ones((4, 6), np.uint8), np.ones((4, 6, 1), np.float32)])
def test_grey_image_alone(img):
    packed = PackDepthInputs()(dict(img=img))
    assert packed['inputs'].shape == (1, 4, 6)
    assert packed['inputs'].numpy().dtype == img.dtype
    assert not packed['data_samples'].keys()


def test_meta_keys(random_sample):
    sample = dict(random_sample(), img_path='a.jpg', sample_idx=3, secret=1)
    data_sample = PackDepthInputs()(dict(sample))['data_samples']
    assert data_sample.metainfo == dict(
        img_path='a.jpg', sample_idx=3, ori_shape=(24, 36), img_shape=(24, 36))
    chosen = PackDepthInputs(meta_keys=['secret'])(dict(sample))
    assert chosen['data_samples'].metainfo == dict(secret=1)

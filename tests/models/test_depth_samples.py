"""Depth maps and weights of a batch."""
import math

import numpy as np
import pytest
import torch
from samples import sample

from mmdepth_gradloss.models.depth_samples import (check_ground_truth_size,
                                                   get_depth_maps,
                                                   resize_bilinear,
                                                   stack_depth_maps,
                                                   stack_gradient_weights)

FILE = dict(ori_shape=(64, 90))
RESIZED = dict(FILE, scale_factor=(20 / 90, 16 / 64))


def test_resize_is_bilinear_between_pixel_centres():
    maps = torch.rand(1, 1, 5, 9, dtype=torch.float64)
    rows, cols = (
        ((np.arange(new) + 0.5) * old / new - 0.5).clip(0, old - 1)
        for old, new in zip((5, 9), (8, 7)))
    along = [np.interp(cols, np.arange(9), row) for row in maps[0, 0]]
    expected = [np.interp(rows, np.arange(5), col) for col in zip(*along)]
    np.testing.assert_allclose(
        resize_bilinear(maps, (8, 7))[0, 0], np.transpose(expected))


def test_smaller_maps_are_padded_with_no_measurement():
    samples = [sample(5, 8), sample(6, 7)]
    stacked = stack_depth_maps(samples, torch.zeros(2, 3, 6, 8))
    for element, depth in zip(samples, stacked):
        height, width = element.img_shape
        assert torch.equal(depth[:, :height, :width],
                           element.gt_depth_map.data)
        assert not depth[:, height:].any() and not depth[..., width:].any()
    assert stacked.shape == (2, 1, 6, 8)


@pytest.mark.parametrize('size, img_shape', [
    ((16, 16), (16, 8)), ((17, 16), (17, 16)), ((16, 17), (16, 17))])
def test_maps_that_do_not_fit_are_named(size, img_shape):
    element = sample(*size, img_shape=img_shape)
    with pytest.raises(
            ValueError,
            match=rf'\({size[0]}, {size[1]}\).*\(16, 16\): room.png'):
        stack_depth_maps([element], torch.zeros(1, 3, 16, 16))


def test_missing_maps_are_named():
    with pytest.raises(ValueError, match='no sparse_depth_map .*room.png'):
        get_depth_maps([sample(2, 2)], 'sparse_depth_map')
    with pytest.raises(ValueError, match='got none'):
        get_depth_maps([])


def test_depth_and_distance_in_one_batch_are_refused():
    samples = [
        sample(2, 2, img_path=f'{kind}.png', depth_type=kind)
        for kind in ('depth', 'distance')
    ]
    with pytest.raises(
            ValueError, match='depth.png.*distance.png.*ConvertDepthType'):
        get_depth_maps(samples)
    assert len(get_depth_maps([samples[1]] * 2 + [sample(2, 2)])) == 3


@pytest.mark.parametrize('size, metainfo, fits', [
    ((32, 40), {}, True),
    ((33, 40), {}, True),
    ((16, 40), {}, False),
    # the whole image with another aspect ratio
    ((64, 90), RESIZED, True),
    ((32, 45), RESIZED, True),
    # cropped or padded: the scale factor does not explain the size
    ((64, 90), FILE, False),
    ((64, 90), dict(FILE, scale_factor=(20 / 90, 0.2)), False),
    ((64, 90), dict(FILE, scale_factor=(0.3, 16 / 64)), False),
])
def test_another_field_of_view_is_refused(size, metainfo, fits):
    element = sample(*size, **metainfo)
    if fits:
        return check_ground_truth_size(element, size, (16, 20))
    with pytest.raises(
            ValueError,
            match=rf'{size[0]} x {size[1]} .*of 16 x 20, loaded.*room.png'):
        check_ground_truth_size(element, size, (16, 20))


def weighted(*weights):
    return [
        sample(2, 2, img_path=f'{i}.png',
               **({} if weight is None else dict(gradient_weight=weight)))
        for i, weight in enumerate(weights)
    ]


def test_samples_without_a_weight_count_1():
    weights = stack_gradient_weights(weighted(0.5, None, 0, 2))
    assert weights.dtype == torch.float32
    assert weights.tolist() == [0.5, 1.0, 0.0, 2.0]
    assert stack_gradient_weights(weighted(None, None)) is None


@pytest.mark.parametrize('weight', [-1.0, math.inf, math.nan])
def test_bad_weight_names_the_image(weight):
    with pytest.raises(ValueError, match=f'got {weight} for 1.png'):
        stack_gradient_weights(weighted(1.0, weight))

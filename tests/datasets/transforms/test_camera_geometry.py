"""Intrinsics follow the pixels: each point projects to its moved pixel.

Image values are pixel numbers, which identify each pixel after a move.
"""
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmdepth_gradloss.datasets.transforms import (RandomCropDepth,
                                                  RandomFlipDepth, ResizeDepth)

CAMERA = np.array([[7.0, 0.3, 4.2], [0, 6.0, 3.1], [0, 0, 1]])
sides = st.integers(4, 12)


def numbered(height, width):
    """Sample whose image and depth maps number the pixels from 1."""
    numbers = np.arange(1, height * width + 1).reshape(height, width)
    depth = numbers.astype(np.float32)
    return dict(img=depth[..., None], gt_depth_map=depth,
                sparse_depth_map=depth * (numbers % 3 == 0),
                cam2img=CAMERA.copy())


def projections(cam2img, height, width, mirror=(1, 1, 1)):
    """(u, v) of each pixel of `numbered`, and its new projection."""
    for v, u in np.ndindex(height, width):
        x, y, z = cam2img @ (np.linalg.inv(CAMERA) @ (u, v, 1) * 3.5 * mirror)
        yield u, v, (x / z, y / z)


def check_projections(results, height, width, mirror=(1, 1, 1)):
    """Check that each remaining pixel is at the projection of its point."""
    for u, v, place in projections(results['cam2img'], height, width, mirror):
        rows, columns = np.nonzero(
            results['gt_depth_map'] == v * width + u + 1)
        if len(rows) == 1:
            np.testing.assert_allclose(place, (columns[0], rows[0]), atol=1e-9)


def check_image(results):
    """It went with the ground truth."""
    np.testing.assert_array_equal(results['img'][..., 0],
                                  results['gt_depth_map'])


def check_sparse_map(results):
    """Check that the sparse map moved with the ground truth."""
    depth = results['gt_depth_map']
    np.testing.assert_array_equal(
        results['sparse_depth_map'], depth * (depth % 3 == 0))


@given(sides, sides, st.data())
def test_crop(height, width, data):
    crop = data.draw(st.tuples(st.integers(1, height), st.integers(1, width)))
    results = RandomCropDepth(crop)(numbered(height, width))
    check_projections(results, height, width)
    check_image(results)
    check_sparse_map(results)
    assert results['img_shape'] == results['img'].shape[:2] == crop


@pytest.mark.parametrize('prob, direction, mirror', [
    (1, 'horizontal', (-1, 1, 1)), (1, 'vertical', (1, -1, 1)),
    (1, 'diagonal', (-1, -1, 1)), (0, 'horizontal', (1, 1, 1))])
def test_flip_mirrors_the_world(prob, direction, mirror):
    flip = RandomFlipDepth(prob, direction)
    results = flip(numbered(5, 8))
    assert results['flip'] is bool(prob)
    assert results['flip_direction'] == (direction if prob else None)
    check_projections(results, 5, 8, mirror)
    check_image(results)
    assert results['cam2img'][0, 0] == 7 and results['cam2img'][1, 1] == 6
    check_sparse_map(results)
    np.testing.assert_allclose(flip(results)['cam2img'], CAMERA)


@given(st.tuples(sides, sides), st.tuples(sides, sides))
def test_resize_by_pixel_centres(size, new_size):
    height, width = size
    results = ResizeDepth(new_size[::-1])(numbered(height, width))
    check_sparse_map(results)
    x, y = new_size[1] / width, new_size[0] / height
    for u, v, place in projections(results['cam2img'], height, width):
        expected = (u + 0.5) * x - 0.5, (v + 0.5) * y - 0.5
        np.testing.assert_allclose(place, expected, atol=1e-9)


@pytest.mark.parametrize('transform', [
    ResizeDepth(5), RandomCropDepth(3), RandomFlipDepth(1.0)])
def test_image_alone(transform):
    results = transform(dict(img=numbered(5, 8)['img']))
    assert not {'cam2img', 'gt_depth_map', 'sparse_depth_map'} & {*results}


def test_the_camera_of_the_data_set_stays_as_it_is():
    results = numbered(5, 8)
    cam2img = results['cam2img']
    RandomFlipDepth(1.0)(RandomCropDepth(3)(ResizeDepth(9)(results)))
    np.testing.assert_array_equal(cam2img, CAMERA)


def test_sparse_map_of_another_size_is_not_cropped():
    results = numbered(5, 8)
    results['sparse_depth_map'] = np.zeros((4, 8), np.float32)
    with pytest.raises(ValueError, match=r'sparse_depth_map.*\(4, 8\)'):
        RandomCropDepth(3)(results)

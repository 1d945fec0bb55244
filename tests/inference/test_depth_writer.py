"""Depth files and pictures on disk."""
import cv2
import numpy as np
import pytest

from mmdepth_gradloss.datasets.transforms import LoadDepthMap
from mmdepth_gradloss.inference import DepthWriter
from mmdepth_gradloss.inference.depth_prediction import (DEPTH, DISTANCE,
                                                         RELATIVE,
                                                         DepthPrediction)
from mmdepth_gradloss.inference.photos import Photo

PICTURE = np.full((8, 9, 3), (10, 20, 30), np.uint8)
DEPTHS = np.random.default_rng(0).uniform(0.1, 60, (6, 7)).astype(np.float32)


def prediction(depth=DEPTHS, name='a', quantity=DEPTH):
    image = np.zeros((*depth.shape, 3), np.uint8)
    return DepthPrediction(name, None, image, depth, quantity)


def write(writer, *args, draw=lambda prediction: PICTURE, **kwargs):
    return writer.write(prediction(*args, **kwargs), draw)


def read(path, scale=1.0):
    results = dict(
        depth_map_path=path, depth_scale=scale, ori_shape=DEPTHS.shape)
    return LoadDepthMap()(results)['gt_depth_map']


@pytest.mark.parametrize('scale', [None, 256.0])
def test_png_holds_metres_to_half_a_step(tmp_path, scale):
    writer = DepthWriter(tmp_path / 'new', DEPTH, depth_scale=scale)
    paths = write(writer, name='hall/a')
    assert paths == dict(
        depth_path=str(tmp_path / 'new' / 'depth' / 'hall' / 'a.png'),
        vis_path=str(tmp_path / 'new' / 'vis' / 'hall' / 'a.png'))
    stored = cv2.imread(paths['depth_path'], cv2.IMREAD_UNCHANGED)
    assert stored.dtype == np.uint16
    scale = scale or 1000.0
    np.testing.assert_allclose(
        read(paths['depth_path'], scale), DEPTHS, rtol=0, atol=0.501 / scale)
    assert f'stored value / {scale:g},' in writer.contents
    assert writer.warnings == []
    np.testing.assert_array_equal(
        cv2.imread(paths['vis_path'])[..., ::-1], PICTURE)


def test_npz_holds_the_prediction_as_it_is(tmp_path):
    writer = DepthWriter(tmp_path, DEPTH, 'npz')
    path = write(writer, DEPTHS * 10)['depth_path']
    assert path == str(tmp_path / 'depth' / 'a.npz')
    np.testing.assert_array_equal(read(path), DEPTHS * 10)
    assert writer.contents == "float32, array 'depth'"
    assert writer.warnings == []


def test_what_is_no_depth_says_so(tmp_path):
    path = write(DepthWriter(tmp_path, DISTANCE), quantity=DISTANCE)
    assert path['depth_path'] == str(tmp_path / 'distance' / 'a.png')
    writer = DepthWriter(tmp_path, RELATIVE)
    depth = np.where(DEPTHS > 30, DEPTHS, -1)
    path = write(writer, depth, quantity=RELATIVE)['depth_path']
    assert path == str(tmp_path / 'relative_inverse_depth' / 'a.npz')
    assert np.load(path).files == ['relative_inverse_depth']
    assert writer.warnings == []
    with pytest.raises(ValueError, match='predicts relative inverse depth'):
        DepthWriter(tmp_path, RELATIVE, 'png')


def test_depth_beyond_the_scale_does_not_wrap_around(tmp_path):
    writer = DepthWriter(tmp_path, DEPTH)
    write(writer)
    depth = DEPTHS.copy()
    depth[0, :4] = 70, 131.5, 65.5353, 65.5356
    stored = read(write(writer, depth)['depth_path'], 1000)
    np.testing.assert_allclose(stored[0, :4], 65.535)
    # 3 of twice 42 pixels; 65.535 m itself still fits
    assert writer.warnings == [
        '3.57 % of the pixels are farther than the 65.535 m that a PNG file '
        'holds, up to 131.5 m, and were clamped to it; use the format npz, '
        'or a depth scale of at most 400'
    ]
    fitting = DepthWriter(tmp_path, DEPTH, depth_scale=400)
    write(fitting, depth)
    assert fitting.warnings == []


def test_depth_below_a_step_is_told(tmp_path):
    writer = DepthWriter(tmp_path, DEPTH, depth_scale=0.1)
    path = write(writer, np.where(DEPTHS > 30, 40, 1))['depth_path']
    share = 100 * (DEPTHS <= 30).mean()
    assert writer.warnings[0].startswith(
        f'{share:.3g} % of the pixels are nearer than half of the 10 m')
    # raised to one step, because 0 would mean no depth
    assert read(path, 0.1).min() == 10


@pytest.mark.parametrize('depth_format, scale', [('png', 1000), ('npz', 1)])
def test_pixels_without_a_depth_are_told(tmp_path, depth_format, scale):
    depth = DEPTHS.copy()
    depth[0, :5] = np.nan, np.inf, 0, -1, 1e-5
    writer = DepthWriter(tmp_path, DEPTH, depth_format)
    stored = read(write(writer, depth)['depth_path'], scale)
    np.testing.assert_array_equal(stored[0, :4], 0)
    assert stored[0, 4] > 0  # very near depth remains valid
    assert writer.warnings[-1] == (
        '9.52 % of the pixels have no usable value (not finite, or depth not '
        'above 0)')


@pytest.mark.parametrize('arguments, error, message', [
    (dict(depth_format='exr'), ValueError, "'exr'; known: npz, png"),
    (dict(depth_scale=0), ValueError, 'above 0, got 0'),
    (dict(depth_scale='mm'), TypeError, "'mm'"),
    (dict(depth_format='npz', depth_scale=256), ValueError,
     'depth_scale=256 is for PNG'),
])
def test_arguments_are_checked(tmp_path, arguments, error, message):
    with pytest.raises(error, match=message):
        DepthWriter(tmp_path, DEPTH, **arguments)


def test_files_are_not_overwritten(tmp_path):
    writer = DepthWriter(tmp_path, DEPTH)
    photo = Photo('a', str(tmp_path / 'a.png'))
    writer.check_photos([photo, Photo('hall/a', str(tmp_path / 'hall/a.png'))])
    for other, message in (
            ('B/A.png', r'/a\.png and .*/B/A\.png would both be written as A'),
            ('depth/b.png', 'depth/b.png is in .*choose another out_dir'),
            ('vis/hall/b.png', 'b.png is in .*/vis, the folder')):
        path = tmp_path / other
        with pytest.raises(ValueError, match=message):
            writer.check_photos([photo, Photo(path.stem, str(path))])


def test_picture_that_fails_costs_no_depth(tmp_path):

    def fail(prediction):
        raise MemoryError('too high')

    writer = DepthWriter(tmp_path, DEPTH)
    path = write(writer, draw=fail)['depth_path']
    np.testing.assert_allclose(read(path, 1000), DEPTHS, atol=1e-3)
    assert writer.warnings == ['a has no picture: too high']

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from mmdepth_gradloss.datasets.transforms import (ConvertDepthType,
                                                  LoadDepthMap, ResizeDepth)

GROUND_TRUTH = LoadDepthMap(keys=['gt_depth_map'])
SPARSE = LoadDepthMap(keys=['sparse_depth_map'])
CAMERA = np.array([[4.0, 0, 2], [0, 4, 1], [0, 0, 1]])
V, U = np.mgrid[:4, :6]
LENGTHS = np.sqrt(((U - 2) / 4)**2 + ((V - 1) / 4)**2 + 1)
"""Distance along the ray at depth 1, of CAMERA."""


def load(path, depth_scale=1.0, **results):
    results.update(depth_map_path=str(path), depth_scale=depth_scale)
    return LoadDepthMap()(results)['gt_depth_map']


def png(path, array):
    assert cv2.imwrite(str(path), array)
    return path


def npz(path, **arrays):
    np.savez_compressed(path, **arrays)
    return path


def refused(path, message, **arguments):
    with pytest.raises(ValueError, match=message):
        load(path, **arguments)


@pytest.mark.parametrize('dtype', [np.uint8, np.uint16])
@pytest.mark.parametrize('depth_scale', [1.0, 256.0, 1000.0])
def test_png_to_metres(tmp_path, dtype, depth_scale):
    top = np.iinfo(dtype).max
    stored = np.linspace(0, top, 24).astype(dtype).reshape(4, 6)
    depth = load(png(tmp_path / 'd.png', stored), depth_scale)
    assert depth.dtype == np.float32
    np.testing.assert_array_equal(
        depth, (stored.astype(float) / depth_scale).astype(np.float32))


@pytest.mark.parametrize('dtype', ['float16', 'float32', 'float64', 'int32',
                                   'uint16'])
def test_npz_to_metres(tmp_path, dtype):
    stored = np.array([[0, 1, 2], [30, 500, 2000]], dtype=dtype)
    depth = load(npz(tmp_path / 'd.npz', depth=stored), 4.0)
    assert depth.dtype == np.float32
    assert depth.tolist() == [[0, 0.25, 0.5], [7.5, 125, 500]]


def test_what_is_no_measurement_becomes_0(tmp_path):
    stored = np.array([[np.nan, np.inf, -np.inf, -1.0, 0.0, 1e300, 2.0]])
    np.save(tmp_path / 'd.npy', stored)
    for path in (npz(tmp_path / 'd.npz', depth=stored), tmp_path / 'd.npy'):
        assert load(path).tolist() == [[0, 0, 0, 0, 0, 0, 2]]


@given(
    stored=hnp.arrays(
        st.sampled_from([np.float32, np.float64, np.int32]),
        hnp.array_shapes(min_dims=2, max_dims=2, max_side=8)),
    depth_scale=st.sampled_from([0.5, 1.0, 1000.0]))
def test_any_map_becomes_finite_and_non_negative(tmp_path_factory, stored,
                                                 depth_scale):
    path = npz(tmp_path_factory.mktemp('any') / 'd.npz', depth=stored)
    depth = load(path, depth_scale)
    assert np.isfinite(depth).all() and (depth >= 0).all()
    usual = np.isfinite(stored) & (stored > 1e-3) & (stored < 1e6)
    np.testing.assert_allclose(
        depth[usual], stored[usual] / depth_scale, rtol=1e-6)
    assert (depth[~(stored > 0)] == 0).all()


def test_npz_key_chooses_the_array(tmp_path):
    far = np.full((2, 3), 9.0)
    path = npz(tmp_path / 'd.npz', near=np.ones((2, 3)), far=far)
    assert (load(path, npz_key='far') == 9).all()
    refused(path, r"d.npz.*\['far', 'near'\].*None")
    refused(path, r"\['far', 'near'\].*'depth'", npz_key='depth')
    # that of a single array is checked too
    refused(npz(path, near=far), r"\['near'\].*'depth'", npz_key='depth')


@pytest.mark.parametrize('suffix', ['.png', '.npz', '.npy'])
@pytest.mark.parametrize('kept', [0, 0.05, 0.5, 0.999])
def test_truncated_file(tmp_path, suffix, kept):
    stored = np.random.default_rng(0).integers(0, 5000, (60, 80), np.uint16)
    path = tmp_path / f'cut{suffix}'
    if suffix == '.npy':
        np.save(path, stored)
    else:
        png(path, stored) if suffix == '.png' else npz(path, depth=stored)
    content = path.read_bytes()
    path.write_bytes(content[:int(kept * len(content))])
    refused(path, f'cannot.*cut{suffix}')


def test_flipped_byte_in_an_npz(tmp_path):
    stored = np.random.default_rng(0).integers(0, 5000, (60, 80), np.uint16)
    path = npz(tmp_path / 'rot.npz', depth=stored)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xff
    path.write_bytes(content)
    refused(path, 'cannot read.*rot.npz')


def test_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError, match='absent.png'):
        load(tmp_path / 'absent.png')


def test_colour_image_is_refused(tmp_path):
    for channels in (3, 4):
        path = png(tmp_path / 'view.png', np.ones((4, 6, channels), np.uint8))
        refused(path, rf'view.png.*\(4, 6, {channels}\)')
    path = png(tmp_path / 'view.jpg', np.ones((4, 6, 3), np.uint8))
    refused(path, r"view.jpg.*'.jpg'.*'.npz', '.png'")
    refused(path.rename(tmp_path / 'view.png'), r'view.png.*\(4, 6, 3\)')


@pytest.mark.parametrize('array, message', [
    *((array, 'must be one channel') for array in (
        np.ones(5), np.ones((1, 4, 6)), np.ones((4, 6, 1)),
        np.ones((4, 6), bool), np.ones((4, 6), complex),
        np.full((4, 6), 'a'))),
    (np.array([[{}]], object), 'allow_pickle'),
])
def test_array_that_is_no_map_of_numbers(tmp_path, array, message):
    refused(npz(tmp_path / 'odd.npz', depth=array), f'odd.npz.*{message}')


def test_size_is_that_of_the_image_as_loaded(tmp_path):
    path = png(tmp_path / 'd.png', np.ones((4, 6), np.uint16))
    assert load(path, ori_shape=(4, 6), img=np.zeros((2, 3, 3))).all()
    refused(path, r'd.png.*\(4, 6\).*view.jpg.*\(6, 4\)', ori_shape=(6, 4),
            img_path='view.jpg')


@pytest.fixture
def pair(tmp_path):
    """Sample with a dense ground truth in 4 x 6 pixels and a sparse input."""
    dense = np.arange(24, dtype=np.uint16).reshape(4, 6)
    sparse = npz(tmp_path / 'sparse.npz', depth=dense * (dense % 5 == 0))
    return dict(
        depth_map_path=str(png(tmp_path / 'dense.png', 256 * dense)),
        depth_scale=256.0, sparse_depth_map_path=str(sparse),
        sparse_depth_scale=2.0, img_path='view.png', ori_shape=(4, 6))


def test_sparse_map_has_its_own_file_and_scale(pair):
    transform = LoadDepthMap(dict(backend='local'))
    assert transform.backend_args == dict(backend='local')
    results = transform(pair)
    dense = np.arange(24).reshape(4, 6)
    np.testing.assert_array_equal(results['gt_depth_map'], dense)
    np.testing.assert_array_equal(results['sparse_depth_map'],
                                  dense * (dense % 5 == 0) / 2)


def test_chosen_keys(pair):

    def loaded(transform):
        return {'gt_depth_map', 'sparse_depth_map'} & {*transform(dict(pair))}

    assert loaded(SPARSE) == {'sparse_depth_map'}
    assert loaded(GROUND_TRUTH) == {'gt_depth_map'}
    del pair['sparse_depth_map_path']
    assert loaded(LoadDepthMap()) == {'gt_depth_map'}
    with pytest.raises(KeyError, match='sparse_depth_map_path'):
        SPARSE(pair)


def test_ground_truth_loaded_after_a_conversion(pair):
    results = SPARSE(
        dict(pair, cam2img=CAMERA, depth_type='distance',
             sparse_depth_type='distance', img=np.zeros((4, 6, 3), np.uint8)))
    results = ResizeDepth((3, 2))(ConvertDepthType('depth')(results))
    with pytest.raises(
            ValueError, match='gt_depth_map of image view.png is stored as '
            'distance, but .* to depth .*ConvertDepthType after the last'):
        GROUND_TRUTH(dict(results))
    # A conversion back does not matter.
    results = ConvertDepthType('distance')(
        ConvertDepthType('depth')(dict(pair, depth_type='distance')))
    assert GROUND_TRUTH(results)['gt_depth_map'].max() == 23


def test_sparse_map_loaded_after_a_conversion(pair):
    converted = ConvertDepthType('depth')(
        GROUND_TRUTH(dict(pair, cam2img=CAMERA, depth_type='distance')))
    with pytest.raises(ValueError, match='sparse_depth_map of image view.png'
                       ' is stored as distance'):
        SPARSE(dict(converted))
    # Where the quantity of the file is known, the map can still follow.
    results = SPARSE(dict(converted, sparse_depth_type='distance'))
    plain = SPARSE(dict(pair))['sparse_depth_map']
    np.testing.assert_allclose(
        results['sparse_depth_map'], plain / LENGTHS, rtol=1e-6)


def test_sparse_map_of_the_other_quantity_is_converted(pair):
    quantities = dict(depth_type='depth', sparse_depth_type='distance')
    plain = LoadDepthMap()(dict(pair))
    results = LoadDepthMap()(dict(pair, cam2img=CAMERA, **quantities))
    np.testing.assert_allclose(results['sparse_depth_map'],
                               plain['sparse_depth_map'] / LENGTHS, rtol=1e-6)
    np.testing.assert_array_equal(results['gt_depth_map'],
                                  plain['gt_depth_map'])
    with pytest.raises(ValueError, match='sparse_depth_map of image view.png'):
        LoadDepthMap()(dict(pair, **quantities))


@pytest.mark.parametrize('mask', [
    np.array([[0, 1, 255, 0, 7, 0]] * 4, np.uint8),
    np.array([[0, 1, 65535, 0, 7, 0]] * 4, np.uint16),
    # blue alone keeps a pixel, opacity alone does not
    np.array([[[0, 0, 0, 255], [1, 0, 0, 255], [9, 9, 9, 255], [0, 0, 0, 9],
               [0, 0, 1, 0], [0, 0, 0, 255]]] * 4, np.uint8),
])
def test_mask_drops_ground_truth_only(tmp_path, pair, mask):
    pair['depth_mask_path'] = str(png(tmp_path / 'mask.png', mask))
    results = LoadDepthMap()(dict(pair))
    dense = np.arange(24).reshape(4, 6)
    np.testing.assert_array_equal(results['gt_depth_map'],
                                  dense * [0, 1, 1, 0, 1, 0])
    assert results['gt_depth_map'].dtype == np.float32
    np.testing.assert_array_equal(results['sparse_depth_map'],
                                  dense * (dense % 5 == 0) / 2)
    png(tmp_path / 'mask.png', mask[:2])
    with pytest.raises(
            ValueError, match=r'mask.png .*\(2, 6\).*dense.png has \(4, 6\)'):
        LoadDepthMap()(pair)


def test_depth_out_of_the_valid_range_is_no_measurement(tmp_path):
    """Such as the sky, stored as the largest number."""
    stored = np.array([[99, 100, 5000, 60000, 60001, 65535]], np.uint16)
    path = png(tmp_path / 'sky.png', stored)
    sample = dict(depth_map_path=path, depth_scale=1000)
    depth = LoadDepthMap(valid_range=(0.1, 60.0))(sample)['gt_depth_map']
    np.testing.assert_allclose(depth, [[0, 0.1, 5, 60, 0, 0]])
    assert LoadDepthMap()(sample)['gt_depth_map'].all()

import numpy as np
import pytest
from fake_sets import write_map, write_npz

from mmdepth_gradloss.datasets.transforms import ConvertDepthType, LoadDepthMap

GROUND_TRUTH = LoadDepthMap(keys=['gt_depth_map'])
SPARSE = LoadDepthMap(keys=['sparse_depth_map'])
CAMERA = np.array([[4.0, 0, 2], [0, 4, 1], [0, 0, 1]])
V, U = np.mgrid[:4, :6]
LENGTHS = np.sqrt(((U - 2) / 4)**2 + ((V - 1) / 4)**2 + 1)
"""Distance along the ray at depth 1 for CAMERA."""


def load(path, depth_scale=1.0, **results):
    results.update(depth_map_path=str(path), depth_scale=depth_scale)
    return LoadDepthMap()(results)['gt_depth_map']


def refused(path, message, **arguments):
    with pytest.raises(ValueError, match=message):
        load(path, **arguments)


@pytest.mark.parametrize('dtype', [np.uint8, np.uint16])
@pytest.mark.parametrize('depth_scale', [1.0, 256.0, 1000.0])
def test_png_to_metres(tmp_path, dtype, depth_scale):
    top = np.iinfo(dtype).max
    stored = np.linspace(0, top, 24).astype(dtype).reshape(4, 6)
    depth = load(write_map(tmp_path / 'd.png', stored), depth_scale)
    assert depth.dtype == np.float32
    np.testing.assert_array_equal(
        depth, (stored.astype(float) / depth_scale).astype(np.float32))


@pytest.mark.parametrize('suffix', ['.npy', '.npz'])
@pytest.mark.parametrize('dtype', ['float16', 'float32', 'float64', 'int32',
                                   'uint16'])
def test_arrays_to_metres(tmp_path, suffix, dtype):
    path = tmp_path / f'd{suffix}'
    stored = np.array([[0, 1, 2], [30, 500, 2000]], dtype=dtype)
    depth = load(write_map(path, stored), 4.0)
    assert depth.dtype == np.float32
    assert depth.tolist() == [[0, 0.25, 0.5], [7.5, 125, 500]]
    # invalid values become 0
    stored = np.array([[np.nan, np.inf, -np.inf, -1.0, 0.0, 1e300, 2.0]])
    assert load(write_map(path, stored)).tolist() == [[0, 0, 0, 0, 0, 0, 2]]


def test_depth_out_of_the_valid_range_is_no_measurement(tmp_path):
    """For example sky, stored as the largest number."""
    stored = np.array([[99, 100, 5000, 60000, 60001, 65535]], np.uint16)
    path = write_map(tmp_path / 'sky.png', stored)
    sample = dict(depth_map_path=path, depth_scale=1000)
    depth = LoadDepthMap(valid_range=(0.1, 60.0))(sample)['gt_depth_map']
    np.testing.assert_allclose(depth, [[0, 0.1, 5, 60, 0, 0]])
    assert LoadDepthMap()(sample)['gt_depth_map'].all()


def test_npz_key_chooses_the_array(tmp_path):
    far = np.full((2, 3), 9.0)
    path = tmp_path / 'd.npz'
    write_npz(path, near=np.ones((2, 3)), far=far)
    assert (load(path, npz_key='far') == 9).all()
    refused(path, r"d.npz.*\['far', 'near'\].*None")
    refused(path, r"\['far', 'near'\].*'depth'", npz_key='depth')
    # that of a single array is checked too
    write_npz(path, near=far)
    refused(path, r"\['near'\].*'depth'", npz_key='depth')


@pytest.mark.parametrize('suffix', ['.png', '.npz', '.npy'])
def test_damaged_file(tmp_path, suffix):
    stored = np.random.default_rng(0).integers(0, 5000, (60, 80), np.uint16)
    path = write_map(tmp_path / f'cut{suffix}', stored)
    whole = path.read_bytes()
    damaged = [whole[:int(kept * len(whole))] for kept in (0, .05, .5, .999)]
    if suffix == '.npz':  # has checksums
        damaged.append(whole[:999] + bytes([whole[999] ^ 0xff]) + whole[1000:])
    for content in (*damaged, b'no map'):
        path.write_bytes(content)
        refused(path, f'cannot.*cut{suffix}')


def test_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError, match='absent.png'):
        load(tmp_path / 'absent.png')


@pytest.mark.parametrize('name, array, message', [
    *(('odd.npz', array, 'must be one channel') for array in (
        np.ones(5), np.ones((1, 4, 6)), np.ones((4, 6, 1)),
        np.ones((4, 6), bool), np.ones((4, 6), complex),
        np.full((4, 6), 'a'))),
    ('odd.npz', np.array([[{}]], object), 'allow_pickle'),
    ('odd.png', np.ones((4, 6, 3), np.uint8), r'\(4, 6, 3\)'),
    ('odd.png', np.ones((4, 6, 4), np.uint8), r'\(4, 6, 4\)'),
    ('odd.jpg', np.ones((4, 6, 3), np.uint8), r"'.jpg'.*'.npz', '.png'"),
])
def test_what_is_no_map_of_numbers(tmp_path, name, array, message):
    path = write_map(tmp_path / name, array)
    refused(path, f'{name}.*{message}')
    if path.suffix == '.jpg':  # .png content with suffix .jpg
        refused(path.rename(tmp_path / 'view.png'), r'view.png.*\(4, 6, 3\)')


def test_size_is_that_of_the_image_as_loaded(tmp_path):
    path = write_map(tmp_path / 'd.png', np.ones((4, 6), np.uint16))
    assert load(path, ori_shape=(4, 6), img=np.zeros((2, 3, 3))).all()
    refused(path, r'd.png.*\(4, 6\).*view.jpg.*\(6, 4\)', ori_shape=(6, 4),
            img_path='view.jpg')


DENSE = np.arange(24).reshape(4, 6)
THINNED = DENSE * (DENSE % 5 == 0)


@pytest.fixture
def pair(tmp_path):
    """Sample with a dense ground truth and a sparse input."""
    dense = write_map(tmp_path / 'dense.png', 256 * DENSE.astype(np.uint16))
    sparse = write_map(tmp_path / 'sparse.npz', THINNED)
    return dict(
        depth_map_path=str(dense), depth_scale=256.0,
        sparse_depth_map_path=str(sparse), sparse_depth_scale=2.0,
        img_path='view.png', ori_shape=(4, 6))


def test_sparse_map_has_its_own_file_and_scale(pair):
    transform = LoadDepthMap(dict(backend='local'))
    assert transform.backend_args == dict(backend='local')
    results = transform(pair)
    np.testing.assert_array_equal(results['gt_depth_map'], DENSE)
    np.testing.assert_array_equal(results['sparse_depth_map'], THINNED / 2)


def test_chosen_keys(pair):

    def loaded(transform):
        return {'gt_depth_map', 'sparse_depth_map'} & {*transform(dict(pair))}

    assert loaded(SPARSE) == {'sparse_depth_map'}
    assert loaded(GROUND_TRUTH) == {'gt_depth_map'}
    del pair['sparse_depth_map_path']
    assert loaded(LoadDepthMap()) == {'gt_depth_map'}
    with pytest.raises(KeyError, match='sparse_depth_map_path'):
        SPARSE(pair)
    for scale, error in (0, ValueError), (-1.0, ValueError), ('1', TypeError):
        with pytest.raises(error, match=f'depth_scale must be .*{scale}'):
            GROUND_TRUTH(dict(pair, depth_scale=scale))
    del pair['depth_scale']
    with pytest.raises(KeyError, match='view.png has no depth_scale'):
        GROUND_TRUTH(pair)


@pytest.mark.parametrize('first, last, name', [
    (SPARSE, GROUND_TRUTH, 'gt'), (GROUND_TRUTH, SPARSE, 'sparse')])
def test_map_loaded_after_a_conversion(pair, first, last, name):
    pair.update(cam2img=CAMERA, depth_type='distance')
    converted = ConvertDepthType('depth')(first(pair))
    with pytest.raises(
            ValueError, match=f'{name}_depth_map of image view.png is stored '
            'as distance, but .* to depth .*ConvertDepthType after the last'):
        last(dict(converted))
    # Converting back is allowed.
    last(ConvertDepthType('distance')(dict(converted)))
    # A sparse map of known quantity is converted.
    if last is SPARSE:
        results = SPARSE(dict(converted, sparse_depth_type='distance'))
        np.testing.assert_allclose(
            results['sparse_depth_map'], THINNED / 2 / LENGTHS, rtol=1e-6)


def test_sparse_map_of_the_other_quantity_is_converted(pair):
    pair.update(depth_type='depth', sparse_depth_type='distance')
    results = LoadDepthMap()(dict(pair, cam2img=CAMERA))
    np.testing.assert_allclose(
        results['sparse_depth_map'], THINNED / 2 / LENGTHS, rtol=1e-6)
    np.testing.assert_array_equal(results['gt_depth_map'], DENSE)
    with pytest.raises(ValueError, match='sparse_depth_map of image view.png'):
        LoadDepthMap()(pair)


@pytest.mark.parametrize('mask', [
    np.array([[0, 1, 255, 0, 7, 0]] * 4, np.uint8),
    np.array([[0, 1, 65535, 0, 7, 0]] * 4, np.uint16),
    # blue alone keeps a pixel, alpha alone does not
    np.array([[[0, 0, 0, 255], [1, 0, 0, 255], [9, 9, 9, 255], [0, 0, 0, 9],
               [0, 0, 1, 0], [0, 0, 0, 255]]] * 4, np.uint8),
])
def test_mask_drops_ground_truth_only(tmp_path, pair, mask):
    pair['depth_mask_path'] = str(write_map(tmp_path / 'mask.png', mask))
    results = LoadDepthMap()(dict(pair))
    np.testing.assert_array_equal(results['gt_depth_map'],
                                  DENSE * [0, 1, 1, 0, 1, 0])
    assert results['gt_depth_map'].dtype == np.float32
    np.testing.assert_array_equal(results['sparse_depth_map'], THINNED / 2)
    write_map(tmp_path / 'mask.png', mask[:2])
    with pytest.raises(
            ValueError, match=r'mask.png .*\(2, 6\).*dense.png has \(4, 6\)'):
        LoadDepthMap()(pair)

import cv2
import numpy as np
import pytest
from mmcv.transforms import LoadImageFromFile
from PIL import ExifTags, Image

from mmdepth_gradloss.datasets.transforms import LoadImage, PackDepthInputs


@pytest.fixture
def photo():
    """Smooth image, so that a JPEG holds it well."""
    y, x = np.mgrid[:48, :64]
    return np.stack([4 * x, 5 * y, 255 - 2 * (x + y)], axis=-1).astype('uint8')


@pytest.mark.parametrize('suffix', ['.jpg', '.png'])
def test_same_image_as_mmcv(tmp_path, photo, suffix):
    path = str(tmp_path / f'photo{suffix}')
    cv2.imwrite(path, photo)
    results = LoadImage()(dict(img_path=path))
    expected = LoadImageFromFile()(dict(img_path=path))
    np.testing.assert_array_equal(results['img'], expected['img'])
    assert results['img'].dtype == np.uint8
    assert results['img'].flags.c_contiguous
    assert results['img_shape'] == results['ori_shape'] == (48, 64)
    # and it is the image that was stored: blue first
    assert np.abs(results['img'].astype(int) - photo).max() < 12


def save_turned(path, photo, orientation):
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    # all but JPEG without loss
    options = dict(lossless=True) if path.suffix == '.webp' else {}
    Image.fromarray(photo[..., ::-1]).save(
        path, exif=exif, quality=95, **options)
    return dict(img_path=str(path))


@pytest.mark.parametrize('suffix', ['.jpg', '.png', '.webp'])
@pytest.mark.parametrize('orientation', range(1, 9))
def test_pixels_come_as_stored(tmp_path, photo, suffix, orientation):
    results = save_turned(tmp_path / f'a{suffix}', photo, orientation)
    img = LoadImage()(dict(results))['img']
    assert img.shape == photo.shape
    assert np.abs(img.astype(int) - photo).mean() < 5
    other = LoadImageFromFile(color_type='color_ignore_orientation')(results)
    np.testing.assert_array_equal(img, other['img'])
    grey = LoadImage(color_type='grayscale')(dict(results))['img']
    expected = cv2.cvtColor(photo, cv2.COLOR_BGR2GRAY)
    assert np.abs(grey.astype(int) - expected).mean() < 5


@pytest.mark.parametrize('orientation, turn', [
    (1, lambda x: x), (2, np.fliplr), (3, lambda x: np.rot90(x, 2)),
    (6, lambda x: np.rot90(x, -1)), (8, np.rot90)])
def test_photos_can_be_turned(tmp_path, photo, orientation, turn):
    results = save_turned(tmp_path / 'a.jpg', photo, orientation)
    img = LoadImage(ignore_orientation=False)(results)['img']
    turned = turn(photo)
    assert img.shape == turned.shape
    assert results['img_shape'] == results['ori_shape'] == turned.shape[:2]
    assert np.abs(img.astype(int) - turned).mean() < 5


@pytest.mark.parametrize('orientation', [1, 3])
@pytest.mark.parametrize('suffix, options', [
    ('.jpg', dict(ignore_orientation=False)), ('.tif', {})])
def test_turned_image_is_refused_beside_a_depth_map(tmp_path, photo, suffix,
                                                    options, orientation):
    results = save_turned(tmp_path / f'a{suffix}', photo, orientation)
    results = LoadImage(**options)(results)
    assert PackDepthInputs()(dict(results))
    results['gt_depth_map'] = np.ones((48, 64), np.float32)
    if orientation == 1:
        assert PackDepthInputs()(results)
        return
    with pytest.raises(ValueError, match='turn by its EXIF orientation 3'):
        PackDepthInputs()(results)


def test_image_without_exif_need_not_be_known_to_pillow(tmp_path):
    path = str(tmp_path / 'a.hdr')
    cv2.imwrite(path, np.full((4, 6, 3), 0.5, np.float32))
    img = LoadImage(ignore_orientation=False)(dict(img_path=path))['img']
    assert img.shape == (4, 6, 3)


def test_to_float32_keeps_the_values(tmp_path, photo):
    path = str(tmp_path / 'photo.png')
    cv2.imwrite(path, photo)
    img = LoadImage(to_float32=True)(dict(img_path=path))['img']
    assert img.dtype == np.float32
    np.testing.assert_array_equal(img, photo)


def test_16_bit_grey_keeps_its_range(tmp_path):
    path = str(tmp_path / 'thermal.png')
    grey = np.linspace(0, 65535, 256).astype(np.uint16).reshape(16, 16)
    cv2.imwrite(path, grey)
    img = LoadImage()(dict(img_path=path))['img']
    np.testing.assert_allclose(img[..., 1], grey / 257, atol=1)


@pytest.mark.parametrize('suffix', ['.jpg', '.png'])
@pytest.mark.parametrize('kept', [0, 0.01, 0.3, 0.5, 0.9, 0.99])
def test_truncated_file(tmp_path, photo, suffix, kept):
    noisy = photo + np.random.default_rng(0).integers(
        0, 40, photo.shape, dtype=np.uint8)
    content = cv2.imencode(suffix, noisy)[1].tobytes()
    path = tmp_path / f'cut{suffix}'
    path.write_bytes(content[:int(kept * len(content))])
    with pytest.raises(ValueError, match=f'cannot decode.*cut{suffix}'):
        LoadImage()(dict(img_path=str(path)))


def test_not_an_image(tmp_path):
    path = tmp_path / 'page.jpg'
    path.write_text('<html>404</html>')
    with pytest.raises(ValueError, match='page.jpg.*not an image'):
        LoadImage()(dict(img_path=str(path)))


def test_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError, match='absent.jpg'):
        LoadImage()(dict(img_path=str(tmp_path / 'absent.jpg')))


def test_repr():
    assert repr(LoadImage()) == (
        "LoadImage(to_float32=False, color_type='color', backend_args=None, "
        'ignore_orientation=True)')


def test_empty_file_is_called_empty(tmp_path):
    path = tmp_path / 'a.jpg'
    path.touch()
    with pytest.raises(ValueError, match='a.jpg: the file is empty$'):
        LoadImage()(dict(img_path=str(path)))

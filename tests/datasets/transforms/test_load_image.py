import cv2
import numpy as np
import pytest
from mmcv.transforms import LoadImageFromFile
from PIL import Image

from mmdepth_gradloss.datasets.transforms import LoadImage


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


def test_exif_orientation_is_applied(tmp_path, photo):
    path = str(tmp_path / 'portrait.jpg')
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90 degrees clockwise to view
    Image.fromarray(photo[..., ::-1]).save(path, exif=exif, quality=95)
    img = LoadImage()(dict(img_path=path))['img']
    turned = np.rot90(photo, -1)
    assert img.shape == turned.shape
    assert np.abs(img.astype(int) - turned).mean() < 5


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
    assert repr(LoadImage()) == ("LoadImage(to_float32=False, "
                                 "color_type='color', backend_args=None)")

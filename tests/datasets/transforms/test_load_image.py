import cv2
import numpy as np
import pytest
from mmcv.transforms import LoadImageFromFile
from PIL import ExifTags, Image

from mmdepth_gradloss.datasets.transforms import LoadImage, PackDepthInputs


def load(path, **options):
    return LoadImage(**options)(dict(img_path=str(path)))


@pytest.fixture
def photo():
    """Smooth image, which JPEG preserves well."""
    y, x = np.mgrid[:48, :64]
    return np.stack([4 * x, 5 * y, 255 - 2 * (x + y)], axis=-1).astype('uint8')


def save_turned(path, photo, orientation):
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    # lossless except JPEG
    options = dict(lossless=True) if path.suffix == '.webp' else {}
    Image.fromarray(photo[..., ::-1]).save(
        path, exif=exif, quality=95, **options)
    return path


def close(img, expected):
    return (img.shape == expected.shape
            and np.abs(img.astype(int) - expected).mean() < 5)


@pytest.mark.parametrize('suffix', ['.jpg', '.png', '.webp'])
@pytest.mark.parametrize('orientation', range(1, 9))
def test_pixels_come_as_stored(tmp_path, photo, suffix, orientation):
    path = save_turned(tmp_path / f'a{suffix}', photo, orientation)
    results = load(path)
    img = results['img']
    assert close(img, photo)
    assert img.dtype == np.uint8 and img.flags.c_contiguous
    assert results['img_shape'] == results['ori_shape'] == (48, 64)
    mmcv = LoadImageFromFile(color_type='color_ignore_orientation')
    np.testing.assert_array_equal(img, mmcv(dict(img_path=str(path)))['img'])
    grey = load(path, color_type='grayscale')['img']
    assert close(grey, cv2.cvtColor(photo, cv2.COLOR_BGR2GRAY))
    floats = load(path, to_float32=True)['img']
    assert floats.dtype == np.float32
    np.testing.assert_array_equal(floats, img)


@pytest.mark.parametrize('orientation, turn', [
    (1, lambda x: x), (2, np.fliplr), (3, lambda x: np.rot90(x, 2)),
    (6, lambda x: np.rot90(x, -1)), (8, np.rot90)])
def test_photos_can_be_turned(tmp_path, photo, orientation, turn):
    path = save_turned(tmp_path / 'a.jpg', photo, orientation)
    results = load(path, ignore_orientation=False)
    turned = turn(photo)
    assert close(results['img'], turned)
    assert results['img_shape'] == results['ori_shape'] == turned.shape[:2]


@pytest.mark.parametrize('orientation', [1, 3])
@pytest.mark.parametrize('suffix, options', [
    ('.jpg', dict(ignore_orientation=False)), ('.tif', {})])
def test_turned_image_is_refused_beside_a_depth_map(tmp_path, photo, suffix,
                                                    options, orientation):
    path = save_turned(tmp_path / f'a{suffix}', photo, orientation)
    results = load(path, **options)
    assert PackDepthInputs()(dict(results))
    results['gt_depth_map'] = np.ones((48, 64), np.float32)
    if orientation == 1:
        assert PackDepthInputs()(results)
        return
    with pytest.raises(ValueError, match='turn by its EXIF orientation 3'):
        PackDepthInputs()(results)


def test_16_bit_grey_keeps_its_range(tmp_path):
    path = tmp_path / 'thermal.png'
    grey = np.linspace(0, 65535, 256).astype(np.uint16).reshape(16, 16)
    cv2.imwrite(str(path), grey)
    img = load(path)['img']
    np.testing.assert_allclose(img, np.stack([grey / 257] * 3, -1), atol=1)


def test_image_without_exif_need_not_be_known_to_pillow(tmp_path):
    path = tmp_path / 'a.hdr'
    cv2.imwrite(str(path), np.full((4, 6, 3), 0.5, np.float32))
    assert load(path, ignore_orientation=False)['img'].shape == (4, 6, 3)


@pytest.mark.parametrize('suffix', ['.jpg', '.png'])
@pytest.mark.parametrize('kept', [0, 0.01, 0.3, 0.5, 0.9, 0.99])
def test_truncated_file(tmp_path, photo, suffix, kept):
    noisy = photo + np.random.default_rng(0).integers(
        0, 40, photo.shape, dtype=np.uint8)
    content = cv2.imencode(suffix, noisy)[1].tobytes()
    path = tmp_path / f'cut{suffix}'
    path.write_bytes(content[:int(kept * len(content))])
    end = '' if kept else ': the file is empty$'
    with pytest.raises(ValueError, match=f'cannot decode.*cut{suffix}{end}'):
        load(path)


def test_not_an_image(tmp_path):
    path = tmp_path / 'page.jpg'
    path.write_text('<html>404</html>')
    with pytest.raises(ValueError, match='page.jpg.*not an image'):
        load(path)
    with pytest.raises(FileNotFoundError, match='absent.jpg'):
        load(tmp_path / 'absent.jpg')

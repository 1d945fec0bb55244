"""Which images were asked for, and how their predictions are called."""
import numpy as np
import pytest

from mmdepth_gradloss.inference.photos import find_photos

IMAGE = np.zeros((4, 6, 3), np.uint8)


@pytest.fixture
def folder(tmp_path):
    for name in ('b.JPG', 'a.png', 'hall/a.png', 'notes.txt', '.hidden.png',
                 '.hidden/a.png'):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    return tmp_path


def names(inputs, **kwargs):
    return [photo.name for photo in find_photos(inputs, **kwargs)]


def test_images_below_a_folder_keep_their_places(folder, logged):
    (folder / 'c.HEIC').touch()
    (folder / 'broken.png').symlink_to(folder / 'nowhere.png')
    (folder / 'hall' / 'up').symlink_to(folder)  # is read once
    photos = find_photos(str(folder))
    assert [(x.name, x.path) for x in photos] == [
        ('a', str(folder / 'a.png')), ('b', str(folder / 'b.JPG')),
        ('hall/a', str(folder / 'hall' / 'a.png'))
    ]
    message, = logged
    for suffix in ('.txt', '.HEIC', '.png'):
        assert f"'{suffix}': 1" in message


def test_inputs_come_in_their_order(folder):
    inputs = [folder / 'b.JPG', IMAGE, folder / 'hall', IMAGE]
    assert names(inputs, first_number=7) == ['b', '000007', 'a', '000008']
    assert names(folder / 'notes.txt') == ['notes']  # named explicitly


def test_an_array_is_one_image():
    photo, = find_photos(IMAGE)
    assert photo.source is IMAGE and photo.path is None
    assert photo.name == '000000'


def test_what_is_not_there_is_named(folder, tmp_path):
    with pytest.raises(FileNotFoundError, match='folder .*nowhere.png'):
        find_photos([folder / 'a.png', folder / 'nowhere.png'])
    for name in ('a.png', 'hall/a.png', 'b.JPG'):
        (folder / name).unlink()
    with pytest.raises(FileNotFoundError, match=r"suffix: {'.txt': 1}"):
        find_photos(folder)


@pytest.mark.parametrize('image, message', [
    (IMAGE[..., 0], r'\(4, 6\)'),
    (IMAGE[None], r'\(1, 4, 6, 3\)'),
    (IMAGE[:0], r'\(0, 6, 3\)'),
    (IMAGE.astype(np.uint16), 'uint16'),
    (IMAGE.astype(np.float16), 'float16'),
    (np.full((4, 6, 3), 0.9), '0.9 to 0.9'),
    (np.full((4, 6, 3), 256.0), '256 to 256'),
    (np.full((4, 6, 3), -1.0), '-1 to -1'),
    (np.full((4, 6, 3), np.nan, np.float32), 'nan'),
])
def test_arrays_that_are_no_colour_image_are_refused(image, message):
    with pytest.raises(ValueError, match=message):
        find_photos([image])


def test_other_inputs_are_refused():
    with pytest.raises(TypeError, match='got int'):
        find_photos([3])
    with pytest.raises(ValueError, match='at least one image'):
        find_photos([])

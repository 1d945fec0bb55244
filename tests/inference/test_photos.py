"""Which images were asked for, and how their predictions are called."""
from __future__ import annotations

import numpy as np
import pytest
from mmengine.logging import MMLogger

from mmdepth_gradloss.inference.photos import check_names, find_photos

IMAGE = np.zeros((4, 6, 3), np.uint8)


@pytest.fixture
def folder(tmp_path):
    for name in ('b.JPG', 'a.png', 'hall/a.png', 'notes.txt', '.hidden.png'):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    return tmp_path


def names(inputs, **kwargs):
    return [photo.name for photo in find_photos(inputs, **kwargs)]


@pytest.mark.parametrize('kind', [str, lambda path: path])
def test_images_below_a_folder_keep_their_places(folder, kind):
    photos = find_photos(kind(folder))
    assert [x.name for x in photos] == ['a', 'b', 'hall/a']
    assert [x.path for x in photos] == [
        str(folder / x) for x in ('a.png', 'b.JPG', 'hall/a.png')
    ]


def test_inputs_come_in_their_order(folder):
    inputs = [folder / 'b.JPG', IMAGE, folder / 'hall', IMAGE]
    assert names(inputs, first_number=7) == ['b', '000007', 'a', '000008']
    assert names(folder / 'notes.txt') == ['notes']  # who names it means it


def test_an_array_is_one_image():
    photo, = find_photos(IMAGE)
    assert photo.source is IMAGE and photo.path is None
    assert photo.name == '000000'


def test_what_is_not_there_is_named(folder):
    with pytest.raises(FileNotFoundError, match='folder .*nowhere.png'):
        find_photos([folder / 'a.png', folder / 'nowhere.png'])


def test_folder_without_an_image_tells_what_it_has(tmp_path):
    (tmp_path / 'video.mp4').touch()
    with pytest.raises(FileNotFoundError, match=r"{'.mp4': 1}"):
        find_photos(tmp_path)


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


def test_images_that_would_overwrite_each_other_are_named(folder):
    check_names(find_photos(folder))
    same = find_photos([folder / 'a.png', folder / 'hall'])
    with pytest.raises(ValueError, match=r'a\.png and .*hall.*a\.png would'):
        check_names(same)
    (folder / 'B.png').touch()
    with pytest.raises(ValueError, match=r'B\.png and .*b\.JPG would'):
        check_names(find_photos(folder))


def test_what_is_left_out_of_a_folder_is_told(folder, monkeypatch):
    (folder / 'c.HEIC').touch()
    (folder / 'broken.png').symlink_to(folder / 'nowhere.png')
    told = []
    monkeypatch.setattr(MMLogger.get_current_instance(), 'warning',
                        told.append)
    assert names(folder) == ['a', 'b', 'hall/a']
    message, = told
    for suffix in ('.txt', '.HEIC', '.png'):
        assert f"'{suffix}': 1" in message


def test_folder_that_links_to_one_above_is_read_once(folder):
    (folder / 'hall' / 'up').symlink_to(folder)
    assert names(folder) == ['a', 'b', 'hall/a']

"""Warning about validation images that are also training images."""
import logging
from types import SimpleNamespace

import pytest
from mmengine.dataset import BaseDataset, ConcatDataset, RepeatDataset
from torch.utils.data import Subset

from mmdepth_gradloss.datasets import CachedDataset, SyntheticDepthDataset
from mmdepth_gradloss.runner import SharedImagesHook


class Images(BaseDataset):

    def load_data_list(self):
        return [dict(img_path=path) for path in self.ann_file.split()]


@pytest.fixture
def images(tmp_path, monkeypatch):
    """Function that creates a data set from image names."""
    monkeypatch.chdir(tmp_path)

    def images(names, relative=False, **options):
        paths = [name if relative else str(tmp_path / name) for name in names]
        for path in paths:
            (tmp_path / path).touch()
        return Images(' '.join(paths), **options)

    return images


@pytest.fixture
def warnings(caplog):

    def warnings(train, val):
        caplog.clear()
        SharedImagesHook().before_train(SimpleNamespace(
            logger=logging.getLogger('run'), val_loop=val and object(),
            train_dataloader=SimpleNamespace(dataset=train),
            val_dataloader=SimpleNamespace(dataset=val)))
        return [x.getMessage() for x in caplog.records]

    return warnings


def test_shared_images_are_counted(images, warnings, tmp_path):
    message, = warnings(images('abc'), images('dbc'))
    assert message.startswith('2 of 3 validation images are also training '
                              f'images, such as {tmp_path / "b"}, ')
    assert 'ann_file' in message


def test_one_file_by_two_names(images, warnings):
    assert warnings(images('ab'), images('b', relative=True))


@pytest.mark.parametrize('wrap', [
    lambda x: RepeatDataset(x, 2), lambda x: ConcatDataset([x, x])])
def test_wrapped_data_sets_are_searched(images, warnings, wrap):
    assert warnings(wrap(images('ab')), images('b'))
    message, = warnings(images('ab'), wrap(images('bc')))
    assert message.startswith(('1 of 2', '2 of 4'))
    assert not warnings(wrap(images('ab')), wrap(images('c')))


def test_what_does_not_share_a_file(images, warnings):
    same = images('abcd')
    assert not warnings(images('ab'), images('cd'))
    assert not warnings(images('abcd', indices=[0, 1]), images('cd'))
    assert not warnings(Subset(same, [0, 1]), Subset(same, [2, 3]))
    assert not warnings(same, None)
    assert not warnings([1, 2], [1, 2])


def test_generated_images_have_names_but_no_files(warnings):
    rooms = SyntheticDepthDataset(length=3, size=(8, 8))
    assert not warnings(rooms, rooms)
    cached = CachedDataset(
        dict(type='SyntheticDepthDataset', length=3, size=(8, 8)))
    assert not warnings(cached, cached)

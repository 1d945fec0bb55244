"""Photos and checkpoints to predict with, and what is logged."""
import cv2
import pytest
from fake_sets import rooms
from mmengine.logging import MMLogger
from untrained import SIZES, read_config, save_untrained


@pytest.fixture(scope='session')
def photos(tmp_path_factory):
    """Folder with a.png to d.png, shared by all tests: do not modify it."""
    folder = tmp_path_factory.mktemp('photos')
    for number, (name, size) in enumerate(SIZES.items()):
        (image, _), = rooms(1, size, seed=number)
        cv2.imwrite(str(folder / f'{name}.png'), image)
    return folder


@pytest.fixture
def checkpoint(tmp_path):
    """Save an untrained network; returns its config, model and file."""

    def make(config, options=None):
        cfg = read_config(config) if isinstance(config, str) else config
        cfg.merge_from_dict(options or {})
        path = tmp_path / 'iter_1.pth'
        return cfg, save_untrained(cfg, path), path

    return make


@pytest.fixture
def logged(monkeypatch):
    """What is logged as a warning or an error."""
    messages = []
    for level in ('warning', 'error'):
        monkeypatch.setattr(MMLogger.get_current_instance(), level,
                            lambda message: messages.append(str(message)))
    return messages

"""Fixtures: samples, tiny data sets and log messages."""
import logging

import cv2
import numpy as np
import pytest
from mmengine.logging import MMLogger


def encode_depth(depth):
    """Image (H, W, 3) whose blue and green hold the depth in millimetres."""
    img = np.zeros(depth.shape + (3,), np.uint8)
    img[..., 0], img[..., 1] = np.divmod(depth, 256)
    return img


@pytest.fixture
def random_sample():
    """Factory of result dicts whose image encodes the depth map."""

    def make(height=24, width=36, holes=0.2):
        rng = np.random.default_rng(height * 1000 + width)
        depth = rng.integers(1, 10000, (height, width))
        depth[rng.random((height, width)) < holes] = 0
        return dict(
            img=encode_depth(depth), img_shape=(height, width),
            ori_shape=(height, width),
            gt_depth_map=(depth / 1000).astype(np.float32))

    return make


@pytest.fixture
def depth_folder(tmp_path):
    """Factory of data sets in the default layout, which returns the root.

    Images are PNG, which stores the encoded depth exactly.
    """

    def make(names=('0', '1', '2', '3'), shape=(24, 36)):
        rng = np.random.default_rng(0)
        for name in names:
            depth = rng.integers(0, 10000, shape).astype(np.uint16)
            for folder, array in (('images', encode_depth(depth)),
                                  ('annotations', depth)):
                path = tmp_path / folder / 'train' / f'{name}.png'
                path.parent.mkdir(parents=True, exist_ok=True)
                assert cv2.imwrite(str(path), array)
        return tmp_path

    return make


@pytest.fixture
def logged():
    """Function that returns the messages at or above a log level."""
    logger = MMLogger.get_current_instance()
    records = []
    handler = logging.Handler()
    handler.emit = records.append
    logger.addHandler(handler)

    def messages(level=logging.INFO):
        return [x.getMessage() for x in records if x.levelno >= level]

    yield messages
    logger.removeHandler(handler)

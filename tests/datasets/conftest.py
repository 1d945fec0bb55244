"""Fixtures: samples, tiny data sets and log messages."""
import logging

import numpy as np
import pytest
from fake_sets import write_map
from mmengine.logging import MMLogger


@pytest.fixture
def random_sample():
    """Factory of result dicts with a random image and depth map."""

    def make(height=24, width=36):
        rng = np.random.default_rng(height * 1000 + width)
        depth = rng.integers(1, 10000, (height, width))
        depth[rng.random((height, width)) < 0.2] = 0
        return dict(
            img=rng.integers(0, 256, (height, width, 3), np.uint8),
            img_shape=(height, width), ori_shape=(height, width),
            gt_depth_map=(depth / 1000).astype(np.float32))

    return make


@pytest.fixture
def depth_folder(tmp_path):
    """Factory of data sets in the default layout; returns the root."""

    def make(names=('0', '1', '2', '3')):
        rng = np.random.default_rng(0)
        for name in names:
            depth = rng.integers(0, 10000, (24, 36)).astype(np.uint16)
            for folder in ('images', 'annotations'):
                write_map(tmp_path / folder / 'train' / f'{name}.png', depth)
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

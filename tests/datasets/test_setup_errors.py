"""Errors about missing or unsuitable folders and files."""
import re

import numpy as np
import pytest

from mmdepth_gradloss.datasets import FolderDepthDataset


def make_files(root, image='rgb', depth='depth', metres=2.0):
    for folder in (image, depth):
        (root / folder).mkdir(parents=True)
    (root / image / '0.jpg').touch()
    np.save(root / depth / '0.npy', np.full((4, 6), metres))


def error_of(root, **kwargs):
    prefix = dict(img_path='rgb', depth_map_path='depth')
    with pytest.raises((FileNotFoundError, ValueError)) as error:
        FolderDepthDataset(str(root), **{'data_prefix': prefix, **kwargs})
    return str(error.value)


def test_missing_folder_names_its_option_and_what_is_there(tmp_path):
    make_files(tmp_path)
    for img, depth, option in (('images', 'depth', 'img_path'),
                               ('rgb', 'images', 'depth_map_path')):
        message = error_of(tmp_path, data_prefix=dict(
            img_path=img, depth_map_path=depth))
        assert message == (
            f'no such folder: {tmp_path}/images, set by '
            f"data_prefix['{option}']; folders in {tmp_path}: depth, rgb")
    assert error_of(tmp_path / 'absent').endswith(
        'absent, set by data_root')


def test_missing_folder_in_an_empty_one(tmp_path):
    assert error_of(tmp_path).endswith(f'; folders in {tmp_path}: none')


def test_depth_that_is_all_out_of_range_is_shown(tmp_path):
    make_files(tmp_path, metres=2000.0)
    message = error_of(
        tmp_path, depth_map_suffix='.npy', depth_scale=1,
        pipeline=[dict(type='LoadDepthMap', valid_range=(0.1, 15.0))])
    assert re.search(
        'has a valid pixel: they hold 2000 to 2000 m at depth_scale=1, '
        r'outside valid_range, 0.1 to 15 m \(', message)

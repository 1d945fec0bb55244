import os
import runpy
import shutil
import sys
from pathlib import Path

import cv2
import fake_sets
import numpy as np
import pytest

from mmdepth_gradloss.datasets import FolderDepthDataset
from mmdepth_gradloss.datasets.converters.nyu_labelled import (
    convert_nyu_labelled, to_millimetres)

h5py = pytest.importorskip('h5py')
scipy_io = pytest.importorskip('scipy.io')

TOOL = Path(__file__).parents[3] / 'tools/dataset_converters/nyu.py'


@pytest.fixture(scope='module')
def sources(tmp_path_factory):
    return fake_sets.make_nyu_mat(tmp_path_factory.mktemp('nyu'))


@pytest.fixture
def files(sources, tmp_path):
    """The two official files, with 5 images, the third in the test split."""
    return [Path(shutil.copy(sources / name, tmp_path)) for name in (
        'nyu_depth_v2_labeled.mat', 'splits.mat')]


def refused(mat_file, splits_file, message, error=ValueError, **arguments):
    """Check that the files are rejected and nothing is written."""
    out = mat_file.parent / 'out'
    with pytest.raises(error, match=message):
        convert_nyu_labelled(mat_file, splits_file, out, **arguments)
    assert not out.exists()


@pytest.mark.parametrize('suffix, tolerance', [('.png', 0), ('.jpg', 6)])
def test_read_back(files, tmp_path, suffix, tolerance):
    out = tmp_path / 'out'
    for _ in range(2):  # the second run overwrites the first
        counts = convert_nyu_labelled(*files, out, suffix)
    assert counts == dict(train=4, test=1)
    rooms, found = list(fake_sets.rooms(5)), set()
    for split, indices in (('train', [0, 1, 3, 4]), ('test', [2])):
        dataset = fake_sets.build(
            FolderDepthDataset, out, img_suffix=suffix,
            data_prefix=dict(img_path=f'images/{split}',
                             depth_map_path=f'annotations/{split}'))
        assert len(dataset) == len(indices)
        for sample, index in zip(dataset, indices):
            assert Path(sample['img_path']).stem == f'{index + 1:05d}'
            found |= {sample['img_path'], sample['depth_map_path']}
            img, depth = rooms[index]
            error = np.abs(sample['img'].astype(int) - img)
            assert error.mean() <= tolerance
            np.testing.assert_allclose(
                sample['gt_depth_map'], depth, atol=0.0005 + 1e-6)
    assert {str(x) for x in out.rglob('*.*')} == found


def test_command_line(files, tmp_path, monkeypatch, capsys):
    out = tmp_path / 'out'
    monkeypatch.setattr(sys, 'argv', ['nyu.py', *map(str, files), str(out)])
    runpy.run_path(str(TOOL), run_name='__main__')
    assert f'{out}: 4 images for train' in capsys.readouterr().out
    assert (out / 'images/test/00003.jpg').is_file()


def test_interrupted_conversion_leaves_no_broken_file(files, tmp_path,
                                                      monkeypatch):

    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, 'replace', interrupt)
    with pytest.raises(KeyboardInterrupt):
        convert_nyu_labelled(*files, tmp_path / 'out')
    assert not list((tmp_path / 'out').rglob('*.*'))


def test_millimetres():
    depth = np.array([[0.0004, 1.2345, 9.9996, 0, -1, np.nan, np.inf, 65.535]])
    stored = to_millimetres(depth)
    assert stored.dtype == np.uint16
    assert stored.tolist() == [[0, 1234, 10000, 0, 0, 0, 0, 65535]]


@pytest.mark.parametrize('arrays, message', [
    (dict(trainNdxs=None), r"own.mat has no train.* it has \['testNdxs'\]"),
    (dict(testNdxs=None), r"own.mat has no testN.* it has \['trainNdxs'\]"),
    (dict(testNdxs=1.5), r'testNdxs of .*own.mat must be whole numb.*1\.5'),
    (dict(testNdxs=np.nan), 'testNdxs of .*own.mat must be whole numb.*nan'),
    (dict(trainNdxs='all'), 'trainNdxs of .*own.mat must be whole numbers'),
    (dict(testNdxs=[2, 3]), r'own.mat names images \[2\] mo.* not overlap'),
    (dict(testNdxs=[3, 3]), r'own.mat names images \[3\] more than once'),
    (dict(testNdxs=[0, 3]), r'own.mat names images \[0\].*1 to 5'),
    (dict(testNdxs=[6, 3]), r'own.mat names images \[6\].*1 to 5'),
    # MATLAB's own type for a number
    (dict(trainNdxs=[1.0, 4.0], testNdxs=[2.0]), None),
])
def test_splits(files, tmp_path, arrays, message):
    arrays = {**dict(trainNdxs=((1,), (2,)), testNdxs=((3,), )), **arrays}
    path = tmp_path / 'own.mat'
    scipy_io.savemat(path, {k: v for k, v in arrays.items() if v is not None})
    if message:
        refused(files[0], path, message)
    else:
        counts = convert_nyu_labelled(files[0], path, tmp_path / 'out')
        assert counts == dict(train=2, test=1)


@pytest.mark.parametrize('arrays, message', [
    (dict(depths=None), r"own.mat has no array 'depths', it has \['images'\]"),
    (dict(images=None), r"own.mat has no array 'images', it has \['depths'\]"),
    (dict(depths=np.float32(1)), r'own.mat: .*depths \(N, W, H\), got .*\(\)'),
    (dict(images=np.zeros((5, 8, 6, 3), np.uint8)),
     r'got \(5, 8, 6, 3\) and \(5, 8, 6\)'),
    (dict(images=np.zeros((5, 3, 8, 6))), 'own.mat: .*uint8.*got float64'),
    (dict(depths=np.zeros((5, 8, 6), int)), 'own.mat: .*floats.*and int64'),
    # raised before the first image is written
    (dict(depths=np.repeat([0.0, 66.0], [239, 1]).reshape(5, 8, 6)),
     'image 5 in .*own.mat: .*65.535 m, got 66.0 m'),
])
def test_bad_arrays(files, tmp_path, arrays, message):
    arrays = {**dict(images=np.zeros((5, 3, 8, 6), np.uint8),
                     depths=np.zeros((5, 8, 6))), **arrays}
    with h5py.File(tmp_path / 'own.mat', 'w') as file:
        for name, array in arrays.items():
            if array is not None:
                file[name] = array
    refused(tmp_path / 'own.mat', files[1], message)


def test_broken_files(files):
    images, splits = files
    refused(images, images, 'cannot read splits .*labeled.mat: Unknown')
    refused(splits, splits, 'cannot read .*splits.mat as HDF5: .+')
    content = splits.read_bytes()
    for kept in (0, 50, 130, 150, len(content) - 4):
        splits.write_bytes(content[:kept])
        refused(*files, r'cannot read splits .*splits.mat: \w+')
    splits.write_bytes(content)
    content = images.read_bytes()
    images.write_bytes(content[:len(content) // 2])
    refused(*files, 'cannot read .*labeled.mat as HDF5: .*truncated')


def test_damaged_depths(files):
    with h5py.File(files[0], 'a') as file:
        depths = file['depths'][:]
        del file['depths']
        stored = file.create_dataset(
            'depths', data=depths, chunks=(1, *depths.shape[1:]),
            compression='gzip')
        chunk = stored.id.get_chunk_info(2)
    content = bytearray(files[0].read_bytes())
    middle = chunk.byte_offset + chunk.size // 2
    content[middle:middle + 9] = bytes(9)
    files[0].write_bytes(content)
    refused(*files, 'cannot read /depths of image 3 in .*labeled.mat: .+')


def test_other_errors(files, tmp_path, monkeypatch):
    refused(tmp_path / 'absent.mat', files[1], 'absent.mat', FileNotFoundError)
    refused(*files, "'.bmp'", img_suffix='.bmp')
    monkeypatch.setattr(cv2, 'imencode',
                        lambda *_: (False, np.zeros(0, np.uint8)))
    refused(*files, 'cannot encode .*00001.jpg', RuntimeError)
    monkeypatch.setitem(sys.modules, 'h5py', None)
    refused(*files, r'mmdepth-gradloss\[nyu\]', ImportError)

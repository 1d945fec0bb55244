from __future__ import annotations

import posixpath

import numpy as np
from mmengine import fileio
from mmengine.logging import print_log
from mmengine.registry import DATASETS

from ..functional.lookup import lookup
from ._files import (check_present, existing_files, read_split_lines,
                     read_text, to_cam2img)
from ._split_depth_dataset import SplitDepthDataset, by_prefix, depth_map_keys

# Suffix, stored value of one metre and npz key of each kind of depth map.
_SOURCES = {
    'velodyne': ('.npz', 1.0, 'velodyne_depth'),
    'groundtruth': ('.png', 256.0, None),
}
_SIDES = {'l': 'image_02', 'r': 'image_03'}


@DATASETS.register_module()
class KITTIDepthDataset(SplitDepthDataset):
    """KITTI raw with projected LiDAR or the official depth maps.

    ::

        data_root
        |-- train.txt
        `-- 2011_09_26
            |-- calib_cam_to_cam.txt
            `-- 2011_09_26_drive_0002_sync
                |-- image_02/data/0000000069.png     (image_03: right camera)
                `-- proj_depth
                    |-- velodyne/image_02/0000000069.npz
                    `-- groundtruth/image_02/0000000069.png

    - ``velodyne``: one sweep, projected, as distributed by PackNet-SfM: npz,
      key ``velodyne_depth``, metres;
    - ``groundtruth``: the official depth maps of several sweeps, 16-bit PNG,
      metres * 256; for KITTI's own folder layout set ``depth_root``.

    Lines of a split file are blank, start with #, or name an image in one of
    these forms, of which only the first path is used::

        2011_09_26/DRIVE/image_02/data/0000000069.png
        2011_09_26/DRIVE/image_02/data/0000000069.png RIGHT_IMAGE.png
        2011_09_26/DRIVE/image_02/data/0000000069.png DEPTH.png 721.5377
        2011_09_26/DRIVE 69 l

    The second is that of PackNet-SfM, the third of BTS, the last of Monodepth2
    (l: ``image_02``, r: ``image_03``).

    The intrinsics, P_rect of the camera, are read from
    ``calib_cam_to_cam.txt`` if it exists.

    Args:
        data_root: Folder of the data.
        ann_file: Split file, below ``data_root`` or absolute.
        source: Ground truth, 'velodyne' or 'groundtruth'.
        input_source: The same for a second map, the sparse input of an RGB+D
            model.
        depth_root: Folder with ``DRIVE/proj_depth/...`` if the depth maps are
            not next to the images, such as ``data_depth_annotated/train``.
        skip_missing: Whether to leave out images without a depth map, and log
            their number. The official maps lack the first and last five frames
            of each drive, and some drives.
        img_suffix: Suffix of the images for lines without one.
        **kwargs: See :class:`mmengine.dataset.BaseDataset`.

    Raises:
        ValueError: If a source is unknown, a line or calibration is not as
            above, or no depth map that is read has a valid pixel.
        FileNotFoundError: If a file is missing; lists the first ten.

    Examples:
        >>> train_dataset = dict(
        ...     type='KITTIDepthDataset', data_root='data/kitti',
        ...     ann_file='eigen_train_files.txt', source='groundtruth',
        ...     input_source='velodyne', skip_missing=True)
    """

    METAINFO = dict(dataset_type='kitti', task_name='depth_estimation')
    SETTINGS = 'source, input_source and depth_root'

    def __init__(self, data_root: str = '', ann_file: str = 'train.txt',
                 source: str = 'groundtruth', input_source: str | None = None,
                 depth_root: str | None = None, skip_missing: bool = False,
                 img_suffix: str = '.png', **kwargs) -> None:
        self.sources = by_prefix(source, input_source)
        for name in self.sources.values():
            lookup('depth of KITTI', name, _SOURCES)
        self.depth_root = depth_root
        self.skip_missing = skip_missing
        self.img_suffix = img_suffix
        super().__init__(ann_file=ann_file, data_root=data_root, **kwargs)

    def _find_samples(self) -> list[dict]:
        images = [
            fileio.join_path(self.data_root or '', self._image_of_line(line))
            for line in read_split_lines(self.ann_file)
        ]
        check_present(images, f'images of {self.ann_file} are missing')
        days = [image.rsplit('/', 4)[0] for image in images]
        cameras = {day: _read_cameras(day) for day in set(days)}
        samples = [
            self._sample(image, cameras[day])
            for image, day in zip(images, days)
        ]
        return self._with_depth(samples) if self.skip_missing else samples

    def _image_of_line(self, line: str) -> str:
        words = line.split()
        if words[0].count('/') >= 4 and posixpath.splitext(words[0])[1]:
            return words[0]
        if len(words) == 3 and words[1].isdecimal() and words[2] in _SIDES:
            return (f'{words[0]}/{_SIDES[words[2]]}/data/'
                    f'{words[1].zfill(10)}{self.img_suffix}')
        raise ValueError(
            f'a line of {self.ann_file} must be '
            "'DATE/DRIVE/image_02/data/FRAME.png', with or without further "
            f"words, or 'DATE/DRIVE FRAME l' (or r), got {line!r}")

    def _sample(self, image: str, cameras: dict[str, np.ndarray]) -> dict:
        folder, _, file = image.rsplit('/', 2)
        drive, camera = posixpath.split(folder)
        if self.depth_root is not None:
            drive = f'{self.depth_root}/{posixpath.basename(drive)}'
        stem = posixpath.splitext(file)[0]
        sample: dict = dict(img_path=image, depth_type='depth')
        for prefix, source in self.sources.items():
            suffix, scale, npz_key = _SOURCES[source]
            path = f'{drive}/proj_depth/{source}/{camera}/{stem}{suffix}'
            sample.update(depth_map_keys(prefix, path, scale, npz_key))
        if camera in cameras:
            sample['cam2img'] = cameras[camera]
        return sample

    def _with_depth(self, samples: list[dict]) -> list[dict]:
        keys = [f'{prefix}depth_map_path' for prefix in self.sources]
        present = existing_files(x[key] for x in samples for key in keys)
        kept = [x for x in samples if present.issuperset(x[k] for k in keys)]
        if not kept:
            raise FileNotFoundError(
                f'no image of {self.ann_file} has a depth map such as '
                f'{" and ".join(samples[0][key] for key in keys)}')
        if len(kept) < len(samples):
            print_log(
                f'{len(samples) - len(kept)} of {len(samples)} images of '
                f'{self.ann_file} have no depth map and are skipped',
                logger='current')
        return kept


def _read_cameras(day: str) -> dict[str, np.ndarray]:
    """Intrinsics (3, 3) by image folder; empty without a calibration."""
    path = f'{day}/calib_cam_to_cam.txt'
    if not fileio.isfile(path):
        return {}
    lines = (line.split() for line in read_text(path).splitlines())
    values = {words[0]: words[1:] for words in lines if words}
    try:
        cameras = {
            f'image_{side}': to_cam2img(
                np.reshape(values[f'P_rect_{side}:'], (3, 4))[:, :3])
            for side in ('02', '03') if f'P_rect_{side}:' in values
        }
    except ValueError as error:
        raise ValueError(f'calibration {path}: P_rect_02 and P_rect_03 must '
                         f'be 3x4 matrices: {error}') from error
    if not cameras:
        raise ValueError(f'calibration {path} has neither P_rect_02 nor '
                         'P_rect_03')
    return cameras

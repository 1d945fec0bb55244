from __future__ import annotations

import posixpath
from collections.abc import Sequence

import numpy as np
from mmengine import fileio
from mmengine.registry import DATASETS

from ._files import (as_suffixes, list_files, read_json, read_split_json,
                     read_split_lines, refuse_left_out, stem_of, to_cam2img)
from ._split_depth_dataset import SplitDepthDataset, by_prefix, depth_map_keys


@DATASETS.register_module()
class DGPDepthDataset(SplitDepthDataset):
    """Images of DGP scenes, such as DDAD, with projected LiDAR depth.

    The depth maps are those that PackNet-SfM writes when it first reads the
    point clouds::

        data_root
        |-- train.json                        ["000000", "000001", ...]
        `-- 000000
            |-- calibration/HASH.json
            |-- rgb/CAMERA_01/15616458247936530.png
            `-- depth/lidar/CAMERA_01/15616458247936530.npz

    The split file is a JSON list of scene folders below ``data_root`` or, with
    a suffix other than .json, a text file with one folder per line. Each scene
    has one calibration file, ``{"names": [...], "intrinsics": [{"fx", "fy",
    "cx", "cy", "skew"}]}``. An npz file holds one array, metres along the
    optical axis, 0 = no measurement. Point clouds, scene JSON files and
    annotations are not read, and DGP's package is not needed.

    Samples are ordered by scene, camera and name.

    Args:
        data_root: Folder of the data.
        ann_file: Split file, below ``data_root`` or absolute.
        cameras: Names of the cameras; 'CAMERA_01' is DDAD's front camera.
        depth_dir: Folder of the depth maps in a scene.
        input_depth_dir: The same for a second map, the sparse input of an
            RGB+D model.
        npz_key: Name of the array in an npz file; None means the only one.
        img_suffix: Suffix of the images, or several.
        **kwargs: See :class:`mmengine.dataset.BaseDataset`.

    Raises:
        ValueError: If the split or a calibration file is not as above, images
            with another suffix have a depth map, or no depth map that is read
            has a valid pixel.
        FileNotFoundError: If a file is missing; lists the first ten.

    Examples:
        >>> train_dataset = dict(
        ...     type='DGPDepthDataset', data_root='data/ddad_train_val',
        ...     cameras=['CAMERA_01', 'CAMERA_05'])
    """

    METAINFO = dict(dataset_type='dgp', task_name='depth_estimation')
    SETTINGS = 'depth_dir, input_depth_dir and npz_key'

    def __init__(self, data_root: str = '', ann_file: str = 'train.json',
                 cameras: Sequence[str] = ('CAMERA_01', ),
                 depth_dir: str = 'depth/lidar',
                 input_depth_dir: str | None = None,
                 npz_key: str | None = None,
                 img_suffix: str | Sequence[str] = '.png', **kwargs) -> None:
        if isinstance(cameras, str) or not cameras:
            raise ValueError('cameras must be a list of at least one name, '
                             f'got {cameras!r}')
        self.cameras = tuple(cameras)
        self.depth_dirs = by_prefix(depth_dir, input_depth_dir)
        self.npz_key = npz_key
        self.img_suffixes = as_suffixes(img_suffix)
        super().__init__(ann_file=ann_file, data_root=data_root, **kwargs)

    def _find_samples(self) -> list[dict]:
        return [
            sample for scene in self._scenes() for camera in self.cameras
            for sample in self._samples(
                fileio.join_path(self.data_root or '', scene), camera)
        ]

    def _scenes(self) -> list[str]:
        if not self.ann_file.endswith('.json'):
            return read_split_lines(self.ann_file)
        scenes = read_split_json(self.ann_file)
        for scene in scenes:
            if not isinstance(scene, str):
                raise ValueError(f'an entry of {self.ann_file} must be the '
                                 f'folder of a scene, got {str(scene)[:80]}')
        return scenes

    def _samples(self, scene: str, camera: str) -> list[dict]:
        folder = fileio.join_path(scene, 'rgb', camera)
        names = list_files(folder)
        images = [x for x in names if x.endswith(self.img_suffixes)]
        if not images:
            wanted = ', '.join(f"'*{x}'" for x in self.img_suffixes)
            raise FileNotFoundError(f'no image {wanted} in {folder}, of a '
                                    f'scene in {self.ann_file}')

        def depth_map(stem: str, place: str = self.depth_dirs['']) -> str:
            return fileio.join_path(scene, place, camera, f'{stem}.npz')

        others = [x for x in names if not x.endswith(self.img_suffixes)]
        refuse_left_out(images, others, self.img_suffixes, folder,
                        lambda stem: fileio.isfile(depth_map(stem)))
        cam2img = _read_camera(scene, camera)
        samples = []
        for image in images:
            sample = dict(
                img_path=fileio.join_path(folder, image), depth_type='depth',
                cam2img=cam2img)
            for prefix, place in self.depth_dirs.items():
                path = depth_map(stem_of(image, self.img_suffixes), place)
                sample.update(depth_map_keys(prefix, path, 1.0, self.npz_key))
            samples.append(sample)
        return samples


def _read_camera(scene: str, camera: str) -> np.ndarray:
    """Intrinsics (3, 3) of a camera in a scene."""
    folder = posixpath.join(scene, 'calibration')
    files = [x for x in list_files(folder) if x.endswith('.json')]
    if len(files) != 1:
        raise FileNotFoundError(
            f'expected one JSON file in {folder}, found {files}')
    path = posixpath.join(folder, files[0])
    calibration = read_json(path)
    try:
        index = calibration['names'].index(camera)
        k = calibration['intrinsics'][index]
        return to_cam2img([[k['fx'], k.get('skew', 0.0), k['cx']],
                           [0.0, k['fy'], k['cy']], [0.0, 0.0, 1.0]])
    except (KeyError, IndexError, TypeError, AttributeError) as error:
        raise ValueError(f'calibration {path} must have names and intrinsics '
                         f'with fx, fy, cx and cy: {error!r}') from error
    except ValueError as error:
        raise ValueError(f'calibration {path}, camera {camera!r}, names '
                         f"{calibration['names']}: {error}") from error

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from typing import Any

from mmengine import fileio
from mmengine.registry import DATASETS

from ..functional.lookup import lookup
from ._files import check_present, existing_files, read_split_json, to_cam2img
from ._split_depth_dataset import SplitDepthDataset, by_prefix, depth_map_keys

# Folder of each depth type, and what its maps hold.
_DEPTH_TYPES = {
    'depth': ('newest_depth_maps', 'depth'),
    'depth_original': ('newest_original_depth_maps', 'depth'),
    'distance': ('newest_distance_maps', 'distance'),
    'distance_original': ('newest_original_distance_maps', 'distance'),
}
_DEPTH_SCALE = 256.0


@DATASETS.register_module()
class NCDBDataset(SplitDepthDataset):
    """NCDB in the layout of the PackNet-SfM code for ResNet-SAN.

    ::

        data_root
        |-- splits/combined_train.json
        |-- binary_mask.png                          (optional)
        `-- 2025-07-11_15-00-27_410410_A/synced_data
            |-- image_a6/0000000000.png              (or .jpg)
            |-- newest_depth_maps/0000000000.png
            |-- newest_original_depth_maps/0000000000.png
            |-- newest_distance_maps/0000000000.png
            `-- newest_original_distance_maps/0000000000.png

    Only the folders in use need to exist. Maps are 16-bit PNG files: metres *
    256, 0 = no measurement. Those called original hold only measured points,
    the others are completed. A split file is a JSON list of entries such as::

        {"dataset_root": "2025-07-11_15-00-27_410410_A/synced_data",
         "new_filename": "0000000000"}
        {"image_path": "2025-07-.../synced_data/image_a6/0000000000.png"}

    Paths are relative to ``data_root``, or absolute. The folder of an
    ``image_path`` must be ``img_dir``. ``"cam2img"`` of an entry overrides the
    argument. Files are checked when the data set is built.

    Depth is measured along the optical axis, distance along the ray. One is
    computed from the other for a pinhole camera without distortion. The
    original images are from a fisheye camera: for them, train and test on the
    stored type.

    Args:
        data_root: Folder of the data.
        ann_file: Split file, below ``data_root`` or absolute.
        depth_type: Ground truth: 'depth', 'depth_original', 'distance' or
            'distance_original'.
        input_depth_type: The same for a second map, the sparse input of an
            RGB+D model, which is converted to depth or distance like the
            ground truth.
        mask_file: Image below ``data_root`` that is 0 where ground truth is to
            be dropped in all images, such as 'binary_mask.png'.
        mask_dir: Folder of such PNG files for each image, next to ``img_dir``,
            instead of ``mask_file``.
        img_dir: Folder of the images.
        img_suffixes: Suffixes of the images; the first for which there is a
            file is used.
        cam2img: Intrinsics (3, 3) of all images, in pixels of the stored
            image.
        **kwargs: See :class:`mmengine.dataset.BaseDataset`.

    Raises:
        ValueError: If a depth type is unknown, both masks are given, the split
            file or the intrinsics are not as above, those that a conversion
            needs are missing, or no depth map that is read has a valid pixel.
        FileNotFoundError: If a file is missing; lists the first ten.

    Examples:
        >>> train_dataset = dict(
        ...     type='NCDBDataset', data_root='data/ncdb',
        ...     input_depth_type='distance_original',
        ...     pipeline=[dict(type='LoadImage'), dict(type='LoadDepthMap'),
        ...               dict(type='PackDepthInputs')])
    """

    METAINFO = dict(dataset_type='ncdb', task_name='depth_estimation')
    SETTINGS = 'depth_type, input_depth_type and the mask'

    def __init__(self, data_root: str = '',
                 ann_file: str = 'splits/combined_train.json',
                 depth_type: str = 'distance',
                 input_depth_type: str | None = None,
                 mask_file: str | None = None, mask_dir: str | None = None,
                 img_dir: str = 'image_a6',
                 img_suffixes: Sequence[str] = ('.png', '.jpg'),
                 cam2img: Sequence[Sequence[float]] | None = None,
                 **kwargs) -> None:
        self.depth_types = by_prefix(depth_type, input_depth_type)
        for name in self.depth_types.values():
            lookup('depth type of NCDB', name, _DEPTH_TYPES)
        if mask_file and mask_dir:
            raise ValueError('give one of mask_file and mask_dir, got '
                             f'{mask_file!r} and {mask_dir!r}')
        self.mask_file = mask_file
        self.mask_dir = mask_dir
        self.img_dir = img_dir
        self.img_suffixes = tuple(img_suffixes)
        self.cam2img = None if cam2img is None else to_cam2img(cam2img)
        super().__init__(ann_file=ann_file, data_root=data_root, **kwargs)

    def _find_samples(self) -> list[dict]:
        entries = read_split_json(self.ann_file)
        places = [self._find_place(entry) for entry in entries]
        images = self._find_images(places)
        return [
            dict(img_path=image, **self._depth_maps(*place),
                 **self._camera(entry, image))
            for entry, place, image in zip(entries, places, images)
        ]

    def _find_place(self, entry: Any) -> tuple[str, str]:
        """Folder of a drive, and stem of a file name."""
        try:
            if 'image_path' in entry and 'dataset_root' not in entry:
                folder, name = self._split_image_path(entry['image_path'])
            else:
                folder, name = entry['dataset_root'], entry['new_filename']
            return fileio.join_path(self.data_root or '', folder), name
        except (KeyError, TypeError):
            raise ValueError(
                f'an entry of {self.ann_file} must have the keys dataset_root '
                f'and new_filename, or image_path, got {entry}') from None

    def _split_image_path(self, path: str) -> tuple[str, str]:
        folder, name = posixpath.split(posixpath.splitext(path)[0])
        img_dir = self.img_dir.strip('/')
        if not f'/{folder}'.endswith(f'/{img_dir}'):
            raise ValueError(
                f'image_path {path!r} of {self.ann_file} is in the folder '
                f'{posixpath.basename(folder)!r}, but img_dir is '
                f'{self.img_dir!r}; set img_dir to the folder of the images')
        return folder[:-len(img_dir)], name

    def _find_images(self, places: Sequence[tuple[str, str]]) -> list[str]:
        """Path of each image, with the first suffix that exists."""
        paths = [[
            fileio.join_path(folder, self.img_dir, f'{name}{suffix}')
            for suffix in self.img_suffixes
        ] for folder, name in places]
        present = existing_files(x for options in paths for x in options)
        # A missing image keeps the first suffix, for the error message.
        images = [next((x for x in options if x in present), options[0])
                  for options in paths]
        check_present(
            images, f'images of {self.ann_file} are missing', present)
        return images

    def _depth_maps(self, folder: str, name: str) -> dict:
        maps: dict = {}
        for prefix, depth_type in self.depth_types.items():
            subfolder, quantity = _DEPTH_TYPES[depth_type]
            path = fileio.join_path(folder, subfolder, f'{name}.png')
            maps.update(depth_map_keys(prefix, path, _DEPTH_SCALE))
            maps[f'{prefix}depth_type'] = quantity
        if self.mask_file:
            maps['depth_mask_path'] = fileio.join_path(
                self.data_root or '', self.mask_file)
        elif self.mask_dir:
            maps['depth_mask_path'] = fileio.join_path(
                folder, self.mask_dir, f'{name}.png')
        return maps

    def _camera(self, entry: dict, image: str) -> dict:
        if 'cam2img' in entry:
            return dict(cam2img=to_cam2img(entry['cam2img']))
        if self.cam2img is not None:
            return dict(cam2img=self.cam2img)
        quantities = [_DEPTH_TYPES[x][1] for x in self.depth_types.values()]
        if len(set(quantities)) > 1:
            target, source = self.depth_types.values()
            raise ValueError(
                f'input_depth_type {source!r} cannot be converted to the '
                f'{quantities[0]} of the ground truth ({target!r}): the '
                f'intrinsics of image {image} are missing; set the argument '
                f'cam2img, or the key cam2img in {self.ann_file}')
        return {}

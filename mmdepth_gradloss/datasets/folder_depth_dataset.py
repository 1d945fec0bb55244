from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import PurePath

from mmengine import fileio
from mmengine.dataset import BaseDataset
from mmengine.registry import DATASETS

from ..functional.checks import check_positive
from ..functional.lookup import lookup
from ._files import (as_suffixes, check_present, count_files, first_ten,
                     list_files, read_split_lines, refuse_left_out, stem_of,
                     to_cam2img)
from ._sample_check import check_sample
from .ray_distance import DEPTH_TYPES


@DATASETS.register_module()
class FolderDepthDataset(BaseDataset):
    """Depth data set in a folder of images and one of depth maps.

    An image and its depth map have the same path below their folders, except
    for the suffix. Sub-folders are searched too. The default layout is that of
    mmsegmentation's ``NYUDataset``::

        data_root
        |-- images/train/00001.jpg           images/train/hall/00001.jpg
        `-- annotations/train/00001.png      annotations/train/hall/00001.png

    All files are looked up when the data set is built, so that a missing file
    is found before training. A few depth maps are read too: the log describes
    them, and warns if they do not look like depth in metres. Files and folders
    whose name begins with a dot are ignored.

    Args:
        data_root: Folder that ``data_prefix`` and ``ann_file`` are relative
            to.
        data_prefix: Folder of the images, ``img_path``, and of the depth maps,
            ``depth_map_path``.
        img_suffix: End of an image's file name, or several of them.
        depth_map_suffix: End of a depth map's file name.
        depth_scale: Stored value of one metre: 1000 for millimetres, 256 for
            KITTI's PNG files, 1 for metres.
        npz_key: Name of the array in an npz file. None means the only one.
        depth_type: What the depth maps hold: ``'depth'`` along the optical
            axis or ``'distance'`` along the ray.
        cam2img: Intrinsics (3, 3) of all images, in pixels, for
            ``ConvertDepthType``.
        ann_file: Split file with one image per line, as a path below the image
            folder, with or without ``img_suffix``, in UTF-8, or in UTF-16 with
            a byte order mark. Blank lines and lines that start with # are
            skipped. Empty means all images.
        **kwargs: See :class:`mmengine.dataset.BaseDataset`.

    Raises:
        ValueError: If an argument is not as above, images with another suffix
            have a depth map, two images share one, or no depth map that is
            read has a valid pixel.
        FileNotFoundError: If a folder or file is missing, or there are no
            images; lists the first ten.

    Examples:
        >>> train_dataset = dict(
        ...     type='FolderDepthDataset', data_root='data/nyu',
        ...     pipeline=[dict(type='LoadImage'), dict(type='LoadDepthMap'),
        ...               dict(type='PackDepthInputs')])
    """

    def __init__(self,
                 data_root: str = '',
                 data_prefix: dict = dict(
                     img_path='images/train',
                     depth_map_path='annotations/train'),
                 img_suffix: str | Sequence[str] = '.jpg',
                 depth_map_suffix: str = '.png',
                 depth_scale: float = 1000.0,
                 npz_key: str | None = None,
                 depth_type: str = 'depth',
                 cam2img: Sequence[Sequence[float]] | None = None,
                 ann_file: str = '',
                 **kwargs) -> None:
        check_positive(depth_scale=depth_scale)
        if set(data_prefix) != {'img_path', 'depth_map_path'}:
            raise ValueError('data_prefix must have the keys img_path and '
                             f'depth_map_path, got {sorted(data_prefix)}')
        self.img_suffixes = as_suffixes(img_suffix)
        self.depth_map_suffix = depth_map_suffix
        self.depth_scale = depth_scale
        self.npz_key = npz_key
        lookup('depth type', depth_type, DEPTH_TYPES)
        self.camera: dict = dict(depth_type=depth_type)
        if cam2img is not None:
            self.camera['cam2img'] = to_cam2img(cam2img)
        super().__init__(
            ann_file=ann_file, data_root=data_root, data_prefix=data_prefix,
            **kwargs)

    def load_data_list(self) -> list[dict]:
        """Pair images and depth maps, in the order of the split file or of
        paths."""
        img_dir = self.data_prefix['img_path']
        depth_dir = self.data_prefix['depth_map_path']
        for folder, option in ((self.data_root, 'data_root'),
                               (img_dir, "data_prefix['img_path']"),
                               (depth_dir, "data_prefix['depth_map_path']")):
            if folder and not fileio.isdir(folder):
                raise FileNotFoundError(
                    f'no such folder: {folder}, set by {option}'
                    f'{self._list_folders()}')

        present, maps_present = list_files(img_dir), list_files(depth_dir)
        images = self._find_images(img_dir, present)
        depth_maps = [
            stem_of(image, self.img_suffixes) + self.depth_map_suffix
            for image in images
        ]
        check_present(depth_maps, f'depth maps are missing in {depth_dir}',
                      maps_present)
        samples = [
            dict(
                img_path=fileio.join_path(img_dir, image),
                depth_map_path=fileio.join_path(depth_dir, depth_map),
                depth_scale=self.depth_scale, npz_key=self.npz_key,
                **self.camera)
            for image, depth_map in zip(images, depth_maps)
        ]
        notes = [] if self.ann_file else self._left_out(
            present, maps_present, images, depth_maps)
        check_sample(
            self, samples,
            'set depth_scale to the stored value of one metre (depth_scale=1 '
            'for metres, 1000 for millimetres), or depth_map_suffix or '
            'data_prefix if the depth maps are other files', notes)
        return samples

    def _list_folders(self) -> str:
        """What there is instead of a missing folder."""
        root = self.data_root
        if not (root and fileio.isdir(root)):
            return ''
        folders = sorted(fileio.list_dir_or_file(root, list_file=False))
        return f'; folders in {root}: {first_ten(folders) or "none"}'

    def _find_images(self, img_dir: str, present: Sequence[str]) -> list[str]:
        if self.ann_file:
            images = self._read_split(set(present))
            check_present(
                images, f'images of {self.ann_file} are missing in {img_dir}',
                present)
            return images
        images = [x for x in present if x.endswith(self.img_suffixes)]
        if not images:
            wanted = ', '.join(f"'*{x}'" for x in self.img_suffixes)
            found = Counter(PurePath(x).suffix for x in present)
            raise FileNotFoundError(
                f'no image in {img_dir} ({wanted}); number of files in '
                f'{img_dir} by suffix: {dict(found)}')
        return images

    def _read_split(self, present: set[str]) -> list[str]:
        images = []
        for line in read_split_lines(self.ann_file):
            names = [line + x for x in self.img_suffixes]
            # A missing image keeps the first name, for the error message.
            images.append(
                line if line.endswith(self.img_suffixes) else
                next((x for x in names if x in present), names[0]))
        return images

    def _left_out(self, present: Sequence[str], maps_present: Sequence[str],
                  images: Sequence[str],
                  depth_maps: Sequence[str]) -> list[str]:
        """Describe files left out, for the log; raise if they form a pair."""
        img_dir = self.data_prefix['img_path']
        depth_dir = self.data_prefix['depth_map_path']
        twice = [x for x, number in Counter(depth_maps).items() if number > 1]
        if twice:
            raise ValueError(
                f'{len(twice)} depth maps in {depth_dir} have two images, of '
                f'the suffixes {self.img_suffixes}: {first_ten(twice)}')
        others = set(present) - set(images)
        maps = {x for x in maps_present if x.endswith(self.depth_map_suffix)}
        if img_dir == depth_dir:
            others -= maps
            maps -= set(images)
        maps -= set(depth_maps)
        refuse_left_out(images, sorted(others), self.img_suffixes, img_dir,
                        lambda stem: stem + self.depth_map_suffix in maps)
        left_out = (('depth maps without an image', maps),
                    ('other files in the image folder', others))
        return [count_files(kind, files) for kind, files in left_out if files]

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from mmengine.dataset import BaseDataset
from mmengine.registry import DATASETS

from .scenes import random_scene, render


@DATASETS.register_module()
class SyntheticDepthDataset(BaseDataset):
    """Rooms with furniture, rendered on the fly with exact depth.

    Needs no files: each item is a random room with tables, chairs, shelves,
    plants and lamps that stand on the floor or on each other, rendered with a
    pinhole camera in a random pose. The depth has no holes or blended pixels:
    each value is the z-depth at the pixel's centre, so edges are as sharp as
    the grid allows. Depth ranges from about 0.4 to 10 m.

    An item depends only on ``(seed, index)``, not on the order, the worker or
    any global random state. Data sets with different seeds share no scene.

    An item enters the pipeline as a dict with

    - ``img``: BGR image, uint8, (H, W, 3);
    - ``gt_depth_map``: depth in metres, float32, (H, W), valid everywhere;
    - ``img_shape``, ``ori_shape``: (H, W);
    - ``img_path``, ``depth_map_path``: a name such as ``synthetic/000012``;
    - ``sample_idx``: index in this data set.

    Args:
        length: Number of images.
        size: Image height and width in pixels.
        seed: Selects the scenes, at least 0.
        pipeline: Transforms, as dicts or callables.
        **kwargs: See :class:`mmengine.dataset.BaseDataset`.

    Raises:
        ValueError: If ``length``, ``size`` or ``seed`` is not as above.

    Example:
        >>> dataset = SyntheticDepthDataset(length=8, size=(96, 128))
        >>> item = dataset[0]
        >>> item['img'].shape, item['gt_depth_map'].shape
        ((96, 128, 3), (96, 128))
    """

    METAINFO = dict(dataset_type='synthetic', task_name='depth_estimation')

    def __init__(self, length: int = 1000, size: Sequence[int] = (128, 192),
                 seed: int = 0, pipeline: Sequence = (), **kwargs):
        if not _is_integer(length) or length < 1:
            raise ValueError('length must be a positive integer, '
                             f'but got {length!r}')
        if not isinstance(size, Sequence) or len(size) != 2 or not all(
                _is_integer(side) and side > 0 for side in size):
            raise ValueError('size must be two positive integers (height, '
                             f'width), but got {size!r}')
        if not _is_integer(seed) or seed < 0:
            raise ValueError('seed must be an integer of at least 0, '
                             f'but got {seed!r}')
        self.length = length
        self.size = tuple(size)
        self.seed = seed
        super().__init__(pipeline=pipeline, **kwargs)

    def load_data_list(self) -> list[dict]:
        """Name the scenes; subsets keep their indices."""
        names = [f'synthetic/{index:06d}' for index in range(self.length)]
        return [
            dict(img_path=name, depth_map_path=name, scene_idx=index)
            for index, name in enumerate(names)
        ]

    def prepare_data(self, idx: int) -> Any:
        """Render a scene and run the pipeline on it."""
        results = self.get_data_info(idx)
        rng = np.random.default_rng((self.seed, results.pop('scene_idx')))
        results['img'], results['gt_depth_map'] = render(
            random_scene(rng, *self.size), rng)
        results['img_shape'] = results['ori_shape'] = self.size
        return self.pipeline(results)


def _is_integer(value: Any) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from typing import Any

from mmengine.dataset import Compose
from mmengine.registry import DATASETS

# Shared by all trainings in a process, such as those of a sweep.
_ITEMS: dict[str, list[dict]] = {}


@DATASETS.register_module()
class CachedDataset:
    """Prepare the items of another data set once, and cache them in memory.

    For small images that are read many times: put slow steps, such as
    rendering, decoding and resizing, in the inner data set's pipeline, where
    they run once, and random steps in this one's, where they run at each
    access. Data sets with the same config share the cached items within a
    process.

    Args:
        dataset: Config of the inner data set, whose pipeline must be
            deterministic and end before the sample is packed.
        pipeline: Transforms for each access, as dicts or callables.

    Raises:
        TypeError: If ``dataset`` is not a config, or one of its items not a
            dict.

    Examples:
        >>> dataset = CachedDataset(
        ...     dict(type='SyntheticDepthDataset', length=8, size=(48, 64)),
        ...     pipeline=[dict(type='RandomFlipDepth', prob=0.5)])
        >>> len(dataset), dataset[0]['gt_depth_map'].shape
        (8, (48, 64))
    """

    def __init__(self, dataset: dict, pipeline: Sequence = ()) -> None:
        if not isinstance(dataset, dict):
            raise TypeError('dataset must be the config of a data set, got '
                            f'{type(dataset).__name__}')
        self.dataset = DATASETS.build(dataset)
        self.pipeline = Compose(pipeline)
        self._key = json.dumps(dataset, sort_keys=True, default=repr)

    @property
    def metainfo(self) -> dict:
        """That of the inner data set."""
        return self.dataset.metainfo

    def full_init(self) -> None:
        """Prepare all items, unless this process has already done so."""
        if self._key in _ITEMS:
            return
        self.dataset.full_init()
        items = [self.dataset[i] for i in range(len(self.dataset))]
        for item in items:
            if not isinstance(item, dict):
                raise TypeError('the inner pipeline must return dicts, got '
                                f'{type(item).__name__}')
        _ITEMS[self._key] = items

    def __len__(self) -> int:
        return len(self.dataset)

    def __getitem__(self, idx: int) -> Any:
        """Apply the pipeline to a copy of the cached item."""
        self.full_init()
        return self.pipeline(copy.deepcopy(_ITEMS[self._key][idx]))

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mmengine.config import Config

LOADERS = ('train_dataloader', 'val_dataloader', 'test_dataloader')


def set_data_root(cfg: Config, data_root: str | Path) -> None:
    """Set the ``data_root`` of all data sets of a config.

    In wrappers such as ``CachedDataset`` or ``ConcatDataset``, it is set on
    the innermost data sets. Those without a ``data_root``, such as
    ``SyntheticDepthDataset``, do not change.

    Raises:
        FileNotFoundError: If there is no such folder.
        ValueError: If no data set has a ``data_root`` (names their types), or
            they have different ones.
    """
    if not Path(data_root).is_dir():
        raise FileNotFoundError(f'--data-root: there is no folder {data_root}')
    datasets = {
        path: dataset for name in LOADERS
        for path, dataset in _innermost((cfg.get(name) or {}).get('dataset'),
                                        f'{name}.dataset')
    }
    rooted = {k: v for k, v in datasets.items() if 'data_root' in v}
    if not rooted:
        kinds = (dataset.get('type') for dataset in datasets.values())
        names = {getattr(kind, '__name__', kind) for kind in kinds}
        raise ValueError(
            f'--data-root: no data set of {cfg.filename} has a data_root; '
            f'found {", ".join(sorted(names)) or "none"}')
    if len({str(dataset.data_root) for dataset in rooted.values()}) > 1:
        raise ValueError(
            f'--data-root: the data sets of {cfg.filename} are in different '
            'folders; set each by --cfg-options:' + ''.join(
                f'\n  {path}.data_root={dataset.data_root}'
                for path, dataset in rooted.items()))
    for dataset in rooted.values():
        dataset.data_root = str(data_root)


def _innermost(node: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Data sets that wrap no others, by their dotted key."""
    if isinstance(node, (list, tuple)):
        for i, item in enumerate(node):
            yield from _innermost(item, f'{path}.{i}')
    elif isinstance(node, dict):
        wrapped = [x for key in ('dataset', 'datasets')
                   for x in _innermost(node.get(key), f'{path}.{key}')]
        yield from wrapped or [(path, node)]

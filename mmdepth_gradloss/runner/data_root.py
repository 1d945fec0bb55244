"""The folder of the data, in all loaders of a config."""
from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mmengine.config import Config, ConfigDict

LOADERS = ('train_dataloader', 'val_dataloader', 'test_dataloader')


def set_data_root(cfg: Config, data_root: str | Path) -> None:
    """Point the data sets for training, validation and testing to a folder.

    Inside wrappers such as ``CachedDataset`` or ``ConcatDataset``, the
    innermost data sets are meant. Those without a ``data_root``, such as
    ``SyntheticDepthDataset``, stay as they are.

    Args:
        cfg (Config): Config of a run, changed in place.
        data_root (str | Path): The folder.

    Raises:
        FileNotFoundError: If there is no such folder.
        ValueError: If no data set has a ``data_root``; names their types. Or
            if they have several, which one folder cannot stand for.
    """
    if not Path(data_root).is_dir():
        raise FileNotFoundError(f'--data-root: there is no folder {data_root}')
    datasets = dict(_find_datasets(cfg))
    rooted = {k: v for k, v in datasets.items() if 'data_root' in v}
    if not rooted:
        raise ValueError(
            f'--data-root: no data set of {cfg.filename} has a data_root; '
            f'found {_types(list(datasets.values()))}')
    if len({str(dataset.data_root) for dataset in rooted.values()}) > 1:
        raise ValueError(
            f'--data-root: the data sets of {cfg.filename} lie in different '
            'folders; set each by --cfg-options:' + ''.join(
                f'\n  {path}.data_root={dataset.data_root}'
                for path, dataset in rooted.items()))
    for dataset in rooted.values():
        dataset.data_root = str(data_root)


def _find_datasets(cfg: Config) -> Iterator[tuple[str, ConfigDict]]:
    """Innermost data sets of all loaders, by their dotted key."""
    for name in LOADERS:
        loader = cfg.get(name) or {}
        yield from _innermost(loader.get('dataset'), f'{name}.dataset')


def _innermost(node: Any, path: str) -> list[tuple[str, ConfigDict]]:
    if isinstance(node, (list, tuple)):
        return [
            found for i, item in enumerate(node)
            for found in _innermost(item, f'{path}.{i}')
        ]
    if not isinstance(node, dict):
        return []
    wrapped = [
        found for key in ('dataset', 'datasets')
        for found in _innermost(node.get(key), f'{path}.{key}')
    ]
    return wrapped or [(path, node)]


def _types(datasets: list[ConfigDict]) -> str:
    kinds = (dataset.get('type') for dataset in datasets)
    names = {kind if isinstance(kind, str) else kind.__name__
             for kind in kinds}
    return ', '.join(sorted(names)) or 'none'

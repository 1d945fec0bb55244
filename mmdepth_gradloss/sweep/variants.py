"""What a sweep compares: named variants of one config."""
from __future__ import annotations

import copy
import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from mmengine.config import Config

from ..config import add_gradient_loss

BASELINE = 'baseline'
PHASES = ('conservative', 'balanced', 'edge_focused')
"""The strategy's presets, with weights 0.1, 0.2 and 0.3 of the gradient
term."""


@dataclass(frozen=True, eq=False)
class Variant:
    """A variant of a config.

    Args:
        name (str): How it is called in tables.
        overrides (dict[str, Any]): Config entries by dotted key.
        preset (str, optional): Gradient loss to add first, as
            :func:`~mmdepth_gradloss.add_gradient_loss` does.
    """
    name: str
    overrides: dict[str, Any] = field(default_factory=dict)
    preset: str | None = None

    @property
    def folder(self) -> str:
        """The name as that of a folder."""
        return re.sub(r'[^\w.=,+-]', '_', self.name)

    @property
    def changes(self) -> dict[str, Any]:
        """All that makes it differ from the config."""
        added = {} if self.preset is None else {'add_gradient_loss':
                                                self.preset}
        return {**added, **self.overrides}

    def apply(self, cfg: Config) -> Config:
        """A copy of a config with the variant's changes.

        Args:
            cfg (Config): What all variants share; stays as it is.
        """
        cfg = copy.deepcopy(cfg)
        if self.preset is not None:
            add_gradient_loss(cfg, self.preset)
        cfg.merge_from_dict(self.overrides)
        return cfg


def phase_variants() -> list[Variant]:
    """The config as it is, and with each preset of the strategy."""
    return [Variant(BASELINE)] + [Variant(name, preset=name) for name in PHASES]


def config_variants(variants: dict[str, dict[str, Any]],
                chosen: Sequence[str] | None = None) -> list[Variant]:
    """Variants that a config lists under ``sweep.variants``.

    Args:
        variants (dict): Overrides of each variant by its name; the first variant is the
            baseline.
        chosen (Sequence[str], optional): Names of those to keep; the
            baseline is kept in any case.

    Raises:
        ValueError: If a chosen name is unknown; lists the known ones.
    """
    unknown = set(chosen or ()) - set(variants)
    if unknown:
        raise ValueError(f'unknown variants {sorted(unknown)}; known: '
                         f'{", ".join(variants)}')
    first = next(iter(variants), None)
    return [
        Variant(name, dict(overrides)) for name, overrides in variants.items()
        if chosen is None or name in chosen or name == first
    ]


def grid_variants(grid: dict[str, Sequence[Any]]) -> list[Variant]:
    """The config as it is, and every combination of values.

    Args:
        grid (dict): Values by dotted config key.
    """
    names = short_names(grid)
    return [Variant(BASELINE)] + [
        Variant(
            ','.join(f'{names[key]}={value}'
                     for key, value in zip(grid, values)),
            dict(zip(grid, values)))
        for values in itertools.product(*grid.values())
    ]


def short_names(keys: Iterable[str]) -> dict[str, str]:
    """Shortest ends of dotted keys that still tell them apart.

    Args:
        keys (Iterable[str]): Dotted keys.

    Examples:
        >>> short_names(['optimizer.lr', 'loss.a.weight', 'loss.b.weight'])
        {'optimizer.lr': 'lr', 'loss.a.weight': 'a.weight', \
'loss.b.weight': 'b.weight'}
    """
    keys = list(keys)

    def end(key: str, length: int) -> str:
        return '.'.join(key.split('.')[-length:])

    names = {}
    for key in keys:
        length = 1
        while end(key, length) != key and any(
                end(other, length) == end(key, length) for other in keys
                if other != key):
            length += 1
        names[key] = end(key, length)
    return names

"""Variants of a config that a sweep compares."""
from __future__ import annotations

import copy
import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from mmengine.config import Config

from ..config import RECOMMENDED, add_gradient_loss, recipe_names

BASELINE = 'baseline'


@dataclass(frozen=True, eq=False)
class Variant:
    """A variant of a config: its name, overrides by dotted key, and the recipe
    to add first, if any."""
    name: str
    overrides: dict[str, Any] = field(default_factory=dict)
    recipe: str | None = None

    @property
    def folder(self) -> str:
        return re.sub(r'[^\w.=,+-]', '_', self.name)

    @property
    def changes(self) -> dict[str, Any]:
        """All differences to the config."""
        added = {} if self.recipe is None else dict(
            add_gradient_loss=self.recipe)
        return {**added, **self.overrides}

    def apply(self, cfg: Config) -> Config:
        cfg = copy.deepcopy(cfg)
        if self.recipe is not None:
            add_gradient_loss(cfg, self.recipe)
        cfg.merge_from_dict(self.overrides)
        return cfg


def recipe_variants() -> list[Variant]:
    """The unchanged config, and with each recipe, the recommended one
    first."""
    recipes = sorted(recipe_names(), key=lambda name: name != RECOMMENDED)
    return [Variant(BASELINE)] + [
        Variant(name, recipe=name) for name in recipes
    ]


def config_variants(listed: dict[str, dict[str, Any]]) -> list[Variant]:
    """Variants of a config's ``sweep.variants``. ``listed`` has the overrides
    by name; the first is the baseline."""
    return [Variant(name, dict(overrides))
            for name, overrides in listed.items()]


def select_variants(variants: Sequence[Variant],
                    names: Sequence[str]) -> list[Variant]:
    """Selected variants, and always the first, the baseline. A ValueError for
    unknown names lists the known ones."""
    known = [variant.name for variant in variants]
    unknown = [name for name in names if name not in known]
    if unknown:
        raise ValueError(f'unknown variants {unknown}; known: '
                         f'{", ".join(known)}')
    return [variant for variant in variants
            if variant.name in (known[0], *names)]


def grid_variants(grid: dict[str, Sequence[Any]]) -> list[Variant]:
    """The unchanged config, and all combinations of values by dotted key."""
    names = short_names(grid)
    return [Variant(BASELINE)] + [
        Variant(
            ','.join(f'{names[key]}={value}'
                     for key, value in zip(grid, values)),
            dict(zip(grid, values)))
        for values in itertools.product(*grid.values())
    ]


def short_names(dotted: Iterable[str]) -> dict[str, str]:
    """Shortest unique ends of dotted keys.

    Examples:
        >>> short_names(['optimizer.lr', 'loss.a.weight', 'loss.b.weight'])
        {'optimizer.lr': 'lr', 'loss.a.weight': 'a.weight', \
'loss.b.weight': 'b.weight'}
    """
    keys = [key.split('.') for key in dotted]
    names = {}
    for key in keys:
        others = [other for other in keys if other != key]
        length = 1
        while length < len(key) and any(other[-length:] == key[-length:]
                                        for other in others):
            length += 1
        names['.'.join(key)] = '.'.join(key[-length:])
    return names

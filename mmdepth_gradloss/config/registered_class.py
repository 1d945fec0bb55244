from __future__ import annotations

from typing import Any

from mmengine.registry import Registry


def bare_type(cfg: dict) -> str:
    """Name of a config's class, without the scope that may precede it."""
    kind = cfg.get('type') or ''
    name = kind if isinstance(kind, str) else getattr(kind, '__name__', '')
    return name.split('.')[-1]


def registered_class(cfg: dict, registry: Registry) -> Any:
    """Class that a config names; None if it is not loaded or not a class.

    Other packages are not imported for this. ``registry`` is one of MMEngine's
    root registries.
    """
    kind = cfg.get('type')
    if isinstance(kind, str):
        scope = kind.rpartition('.')[0]
        places: list[Registry] = []
        # everything of this package is in the root registries
        if (scope in ('', 'mmengine')
                or scope.split('.')[0] == 'mmdepth_gradloss'):
            places.append(registry)
        if scope in registry.children:
            places.append(registry.children[scope])
        elif not scope:
            places += registry.children.values()
        found = (place.module_dict.get(bare_type(cfg)) for place in places)
        kind = next((x for x in found if x is not None), None)
    return kind if isinstance(kind, type) else None

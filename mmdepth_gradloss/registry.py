"""Registries for MMEngine's scope ``mmdepth_gradloss``.

Everything of this package is registered in MMEngine's root registries, where
any scope finds it. Configs inherited by ``mmdepth_gradloss::``, however, have
this scope, and MMEngine imports this module for it, as for
``type='mmdepth_gradloss.NAME'``. These registries are empty and pass each name
on to their parent.
"""
from __future__ import annotations

from mmengine.registry import Registry, root

SCOPE = 'mmdepth_gradloss'


class ScopeRegistry(Registry):
    """A registry whose names are in the root registry, with or without its
    scope."""

    def get(self, key: str) -> type | None:
        """Look up a name, like :meth:`mmengine.registry.Registry.get`."""
        return super().get(key.removeprefix(f'{SCOPE}.'))


REGISTRIES = [
    ScopeRegistry(parent.name, parent=parent, scope=SCOPE, locations=[SCOPE])
    for parent in vars(root).values() if isinstance(parent, Registry)
]

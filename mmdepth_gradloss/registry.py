"""Registries that MMEngine asks for under the scope ``mmdepth_gradloss``.

Everything of this package registers in MMEngine's root registries, where any
scope finds it. What a config inherits by ``mmdepth_gradloss::``, however,
carries that scope, and MMEngine imports this module to look it up, as it does
for ``type='mmdepth_gradloss.NAME'``. These registries hold nothing themselves
and pass each name on to their parent.
"""
from __future__ import annotations

from mmengine.registry import Registry, root

SCOPE = 'mmdepth_gradloss'


class ScopeRegistry(Registry):
    """A registry whose names are all in the root, with its scope or not."""

    def get(self, key: str) -> type | None:
        """Look up a name, as :meth:`mmengine.registry.Registry.get`."""
        return super().get(key.removeprefix(f'{SCOPE}.'))


REGISTRIES = [
    ScopeRegistry(parent.name, parent=parent, scope=SCOPE, locations=[SCOPE])
    for parent in vars(root).values() if isinstance(parent, Registry)
]

"""Registries that MMEngine asks for under the scope ``mmdepth_gradloss``.

Everything of this package registers in MMEngine's root registries, where any
scope finds it. What a config inherits by ``mmdepth_gradloss::``, however,
carries that scope, and MMEngine imports this module to look it up. These
registries hold nothing themselves and pass each name on to their parent.
"""
from mmengine.registry import Registry, root

REGISTRIES = [
    Registry(
        parent.name,
        parent=parent,
        scope='mmdepth_gradloss',
        locations=['mmdepth_gradloss']) for parent in vars(root).values()
    if isinstance(parent, Registry)
]

"""Let ``mmcv.ops`` be imported where only mmcv-lite is installed.

mmsegmentation imports ``mmcv.ops``, whose compiled half mmcv-lite lacks, but
its depth models call none of these operators. Import this module before
mmsegmentation to train them with mmcv-lite, in a config as the first of

    custom_imports = dict(imports=[
        'mmdepth_gradloss.config.mmcv_ops_stand_in', 'mmdepth_gradloss'])

It does nothing where ``mmcv._ext`` exists, or where there is no mmcv at all.
Otherwise an operator can be imported, and calling it raises a RuntimeError
that says what to install.
"""
from __future__ import annotations

import importlib.util
import sys
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, Callable

_NAME = 'mmcv._ext'


class _MissingOperators(ModuleType):
    """Module in which every operator exists until it is called."""

    def __init__(self) -> None:
        super().__init__(_NAME)
        # Whoever looks for the module with importlib asks for its spec.
        self.__spec__ = ModuleSpec(_NAME, None)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith('__'):
            raise AttributeError(f'{_NAME} has no attribute {name!r}')

        def operator(*args: Any, **kwargs: Any) -> Any:
            raise RuntimeError(
                f'mmcv.ops needs the compiled operator {name!r}, which '
                'mmcv-lite does not have; install mmcv in its place')

        return operator


def install_stand_in() -> None:
    """Put the stand-in where ``mmcv._ext`` would be, if it is not there."""
    try:
        missing = (
            _NAME not in sys.modules
            and importlib.util.find_spec(_NAME) is None)
    except ModuleNotFoundError:  # no mmcv at all
        return
    if missing:
        sys.modules[_NAME] = _MissingOperators()


install_stand_in()

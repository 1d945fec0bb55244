"""Let ``mmcv.ops`` be imported where only mmcv-lite is installed.

mmsegmentation imports ``mmcv.ops``, whose compiled part is missing in
mmcv-lite, but its depth models call none of these operators. To train them
with mmcv-lite, import this module before mmsegmentation, first in the config's

    custom_imports = dict(imports=[
        'mmdepth_gradloss.config.mmcv_ops_stand_in', 'mmdepth_gradloss'])

It does nothing if ``mmcv._ext`` exists, or mmcv is not installed. Otherwise
operators can be imported, and calling one raises a RuntimeError that says what
to install.
"""
from __future__ import annotations

import importlib.util
import sys
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, Callable

_NAME = 'mmcv._ext'


class _MissingOperators(ModuleType):
    """Module in which every operator exists, but raises when called."""

    def __init__(self) -> None:
        super().__init__(_NAME)
        # importlib needs the spec to find the module.
        self.__spec__ = ModuleSpec(_NAME, None)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith('__'):
            raise AttributeError(f'{_NAME} has no attribute {name!r}')

        def operator(*args: Any, **kwargs: Any) -> Any:
            raise RuntimeError(
                f'mmcv.ops needs the compiled operator {name!r}, which '
                'mmcv-lite does not have; install mmcv instead')

        return operator


def install_stand_in() -> None:
    """Install the stand-in for ``mmcv._ext`` if that is missing."""
    try:
        missing = (
            _NAME not in sys.modules
            and importlib.util.find_spec(_NAME) is None)
    except ModuleNotFoundError:  # no mmcv at all
        return
    if missing:
        sys.modules[_NAME] = _MissingOperators()


install_stand_in()

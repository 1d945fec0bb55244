from __future__ import annotations

import importlib
from types import ModuleType


def import_extra(name: str) -> ModuleType:
    """Import a package of the extra ``sweep``, or raise a ModuleNotFoundError
    that names the extra."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f'a sweep needs {name}, which is not installed: '
            "pip install 'mmdepth-gradloss[sweep]'") from error

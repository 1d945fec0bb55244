from __future__ import annotations

import os.path as osp
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec

from mmengine.config import config as reader
from mmengine.config.utils import MODULE2PACKAGE


@contextmanager
def find_packages_by_module() -> Iterator[None]:
    """Let ``_base_ = 'PACKAGE::...'`` find any importable package.

    MMEngine looks for a distribution of a fixed name. It fails for forks with
    another name, such as ``onedl-mmsegmentation``, and MMEngine 0.10.7 uses
    ``pkg_resources``, which setuptools 82 removed. Within this context it
    looks for the module itself.
    """
    before = reader.is_installed, reader.get_installed_path
    reader.is_installed = _is_installed
    reader.get_installed_path = _get_installed_path
    try:
        yield
    finally:
        reader.is_installed, reader.get_installed_path = before


def _is_installed(package: str) -> bool:
    return _file(package) is not None


def _get_installed_path(package: str) -> str:
    file = _file(package)
    if file is None:
        raise ModuleNotFoundError(f'{package} is not installed')
    return osp.dirname(file)


def _file(package: str) -> str | None:
    """The ``__init__.py`` of a package, given MMEngine's name of it."""
    modules = {known: module for module, known in MODULE2PACKAGE.items()}
    spec = find_spec(modules.get(package, package))
    return spec.origin if spec else None

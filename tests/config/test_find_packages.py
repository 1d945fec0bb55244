"""Inheriting from packages whose distribution has another name."""
import json
import sys

import pytest
from mmengine.config import Config
from mmengine.config import config as reader
from mmengine.config.utils import MODULE2PACKAGE

from mmdepth_gradloss.config.find_packages import find_packages_by_module


@pytest.fixture
def inherit(tmp_path, monkeypatch):
    """Function that reads a config with a base in another package.

    The package can be imported, but MMEngine maps it to a distribution that
    is not installed, as with a fork; pkg_resources is missing.
    """
    package = tmp_path / 'site' / 'mmforked'
    configs = package / '.mim' / 'configs' / 'small'
    configs.mkdir(parents=True)
    (package / '__init__.py').touch()
    index = package / '.mim' / 'model-index.yml'
    index.write_text(json.dumps(dict(Import=[])))
    (configs / 'base.py').write_text('value = 5')
    monkeypatch.setattr(sys, 'path', [str(package.parent), *sys.path])
    monkeypatch.setitem(sys.modules, 'pkg_resources', None)
    monkeypatch.setitem(MODULE2PACKAGE, 'mmforked', 'mm-original')

    def read(base):
        path = tmp_path / 'config.py'
        path.write_text(f"_base_ = '{base}::small/base.py'")
        return Config.fromfile(path)

    return read


def test_a_fork_is_found_by_its_module(inherit):
    with find_packages_by_module():
        assert inherit('mmforked').value == 5


def test_outside_mmengine_is_as_it_was(inherit):
    before = reader.is_installed, reader.get_installed_path
    with pytest.raises(ZeroDivisionError), find_packages_by_module():
        1 / 0
    assert before == (reader.is_installed, reader.get_installed_path)
    with pytest.raises(ModuleNotFoundError):
        inherit('mmforked')


@pytest.mark.parametrize('folder', [False, True])
def test_what_cannot_be_imported_is_not_installed(
        inherit, tmp_path, monkeypatch, folder):
    monkeypatch.setitem(MODULE2PACKAGE, 'mmnone', 'mm-none')
    if folder:  # such as a data folder in the working directory
        monkeypatch.setattr(sys, 'path', [str(tmp_path), *sys.path])
        (tmp_path / 'mmnone').mkdir()
    with pytest.raises(
            ModuleNotFoundError, match='mm-none is not installed'
    ), find_packages_by_module():
        inherit('mmnone')

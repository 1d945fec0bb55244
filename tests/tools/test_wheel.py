"""What a plain installation of the built wheel holds."""
from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile

import pytest
from tool_runs import ROOT

CONFIG = """
_base_ = ['mmdepth_gradloss::unet/unet-small_rooms-192x128_baseline.py',
          'mmdepth_gradloss::_base_/gradient_loss/recommended.py']
model = dict(decode_head=dict(loss=_base_.gradient_loss))
default_hooks = dict(gradient_loss=_base_.gradient_hook)
"""
READ = """
import sys
import mmdepth_gradloss
from mmdepth_gradloss.config.find_packages import find_packages_by_module
from mmengine.config import Config
with find_packages_by_module():
    cfg = Config.fromfile(sys.argv[1])
print(mmdepth_gradloss.__file__)
print(cfg.model.decode_head.loss.gradient_weight)
"""


@pytest.fixture(scope='module')
def wheel(tmp_path_factory):
    # Setuptools builds in the source tree: give it another one.
    source = tmp_path_factory.mktemp('source') / 'repository'
    for folder in ('configs', 'mmdepth_gradloss', 'tools'):
        shutil.copytree(ROOT / folder, source / folder, symlinks=True)
    for file in ('LICENSE', 'README.md', 'pyproject.toml', 'setup.cfg'):
        shutil.copy(ROOT / file, source)
    folder = tmp_path_factory.mktemp('wheel')
    subprocess.run(
        [
            sys.executable, '-m', 'pip', 'wheel', '--quiet', '--no-deps',
            '--no-build-isolation', '-w',
            str(folder),
            str(source)
        ],
        check=True)
    path, = folder.glob('*.whl')
    return path


def test_wheel_holds_configs_and_tools(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    for folder, suffixes in (('configs', ('.py', '.md', '.yml')),
                             ('tools', ('.py', '.sh'))):
        files = [
            x.relative_to(ROOT) for x in (ROOT / folder).rglob('*')
            if x.suffix in suffixes
        ]
        assert files
        for file in files:
            assert f'mmdepth_gradloss/.mim/{file.as_posix()}' in names
    assert 'mmdepth_gradloss/.mim/model-index.yml' in names
    assert 'mmdepth_gradloss/sweep/report/report.html.jinja' in names
    assert not [x for x in names if x.endswith('.pyc')]


def test_config_inherits_from_the_installed_wheel(wheel, tmp_path):
    site = tmp_path / 'site'
    zipfile.ZipFile(wheel).extractall(site)
    config = tmp_path / 'config.py'
    config.write_text(CONFIG)
    output = subprocess.run(
        [sys.executable, '-c', READ, str(config)],
        cwd=tmp_path,
        env=dict(PYTHONPATH=str(site), PYTHONWARNINGS='ignore'),
        capture_output=True,
        text=True,
        check=True).stdout.splitlines()
    assert output[-2].startswith(str(site))
    assert output[-1] == '2.0'

"""What a plain installation of the built wheel holds."""
import re
import shutil
import subprocess
import sys
import zipfile
from configparser import ConfigParser
from email import message_from_bytes

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
def source(tmp_path_factory):
    # Setuptools builds in the source tree, so copy it.
    source = tmp_path_factory.mktemp('source') / 'repository'
    for folder in ('configs', 'docs', 'mmdepth_gradloss', 'tests', 'tools'):
        shutil.copytree(ROOT / folder, source / folder, symlinks=True,
                        ignore=shutil.ignore_patterns('__pycache__'))
    for file in ('LICENSE', 'MANIFEST.in', 'README.md', 'model-index.yml',
                 'pyproject.toml', 'setup.cfg'):
        shutil.copy(ROOT / file, source)
    return source


@pytest.fixture(scope='module')
def wheel(source, tmp_path_factory):
    folder = tmp_path_factory.mktemp('wheel')
    subprocess.run(
        [sys.executable, '-m', 'pip', 'wheel', '--quiet', '--no-deps',
         '--no-build-isolation', '-w', str(folder), str(source)],
        check=True)
    path, = folder.glob('*.whl')
    return path


def test_wheel_holds_configs_and_tools(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    for folder, suffixes in (('configs', ('.py', '.md', '.yml')),
                             ('tools', ('.py', '.sh'))):
        files = [x.relative_to(ROOT) for x in (ROOT / folder).rglob('*')
                 if x.suffix in suffixes]
        assert files
        for file in files:
            assert f'mmdepth_gradloss/.mim/{file.as_posix()}' in names
    assert 'mmdepth_gradloss/.mim/model-index.yml' in names
    for template in ('report', 'html', 'markdown'):
        assert f'mmdepth_gradloss/sweep/report/{template}.jinja' in names
    assert 'mmdepth_gradloss/py.typed' in names
    assert not [x for x in names if x.endswith('.pyc')]


@pytest.fixture(scope='module')
def metadata(wheel):
    archive = zipfile.ZipFile(wheel)
    name, = (x for x in archive.namelist() if x.endswith('/METADATA'))
    return message_from_bytes(archive.read(name))


def test_requirements_never_mix_originals_and_forks(metadata):
    """pip would install one over the other."""
    extras = {}
    for requirement in metadata.get_all('Requires-Dist'):
        name, _, extra = requirement.partition('; extra == ')
        extras.setdefault(extra.strip('"'), set()).add(
            re.match(r'[\w-]+', name)[0])
    assert extras.pop('') == {'torch', 'numpy'}
    assert extras['lite'] == {'mmengine', 'mmcv-lite'}
    assert extras['onedl'] == {'onedl-mmengine', 'onedl-mmcv'}
    for extra, names in extras.items():
        forks = {x for x in names if x.startswith('onedl-')}
        assert not forks or forks == names
        # the extra test works with either
        assert extra != 'test' or not [x for x in names if 'mm' in x]


def test_license_and_versions_of_python(metadata):
    classifiers = '\n'.join(metadata.get_all('Classifier'))
    assert metadata['License-Expression'] == 'Apache-2.0'
    assert 'License ::' not in classifiers
    assert re.findall(r':: (3\.\d+)$', classifiers, re.M) == [
        '3.10', '3.11', '3.12', '3.13']
    assert metadata['Requires-Python'] == '>=3.10'


def test_links_of_the_readme_work_outside_of_the_repository(metadata):
    source = dict(
        x.split(', ') for x in metadata.get_all('Project-URL'))['Source']
    links = re.findall(r'\]\(([^)]+)\)', metadata.get_payload())
    ours = [x for x in links if x.startswith(f'{source}/blob/main/')]
    assert ours and all(x.startswith('https://') for x in links)
    for link in ours:
        path = ROOT / link.removeprefix(f'{source}/blob/main/')
        assert path.is_file(), link
    # no placeholders remain
    assert not re.findall(r'@[A-Z]+@|TODO|XXX', metadata.get_payload())


def test_console_script(wheel):
    archive = zipfile.ZipFile(wheel)
    name, = (x for x in archive.namelist() if x.endswith('entry_points.txt'))
    parser = ConfigParser()
    parser.read_string(archive.read(name).decode())
    assert dict(parser['console_scripts']) == {
        'mmdepth-gradloss': 'mmdepth_gradloss.cli.main:main'
    }


def test_source_distribution_holds_the_tests(source, wheel):
    listed, = source.glob('*.egg-info/SOURCES.txt')
    source_files = set(listed.read_text().splitlines())
    for folder in ('tests', 'tools', 'configs'):
        files = {
            str(x.relative_to(ROOT)) for x in (ROOT / folder).rglob('*.py')}
        assert files and files <= source_files


def test_config_inherits_from_the_installed_wheel(wheel, tmp_path):
    site = tmp_path / 'site'
    zipfile.ZipFile(wheel).extractall(site)
    config = tmp_path / 'config.py'
    config.write_text(CONFIG)
    output = subprocess.run(
        [sys.executable, '-c', READ, str(config)], cwd=tmp_path,
        env=dict(PYTHONPATH=str(site), PYTHONWARNINGS='ignore'),
        capture_output=True, text=True, check=True).stdout.splitlines()
    assert output[-2].startswith(str(site))
    assert output[-1] == '20.0'

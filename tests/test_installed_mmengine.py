"""Detection of MMEngine, and advice on what to install."""
from __future__ import annotations

import subprocess
import sys

import mmengine
import pytest

from mmdepth_gradloss import installed_mmengine
from mmdepth_gradloss.installed_mmengine import (install_command,
                                                 mixed_installation,
                                                 require_mmengine)


@pytest.fixture
def distributions(monkeypatch):
    """Function that simulates which distributions are installed."""

    def install(*names):
        monkeypatch.setattr(installed_mmengine, '_is_installed',
                            names.__contains__)

    return install


def run(code):
    return subprocess.run([sys.executable, '-c', code],
                          capture_output=True,
                          text=True,
                          check=True).stdout


def test_without_any_the_two_commands_are_named():
    code = """
import sys
sys.modules['mmengine'] = None
try:
    import mmdepth_gradloss
except ImportError as error:
    print(error)
"""
    output = run(code)
    assert [x.strip() for x in output.splitlines() if 'pip' in x] == [
        "pip install 'mmdepth-gradloss[lite]'",
        "pip install 'mmdepth-gradloss[onedl]'"
    ]


def test_what_mmengine_lite_leaves_to_others_is_named():
    code = """
import sys
sys.modules['cv2'] = None
try:
    import mmdepth_gradloss
except ImportError as error:
    print(error)
"""
    output = run(code)
    assert output.startswith('MMEngine needs cv2, which is not installed')
    assert 'pip install packaging opencv-python-headless' in output


@pytest.mark.parametrize('version,refused', [
    ('0.10.3', True), ('0.10.4', False), ('0.10.12', False)])
def test_too_old_ones_are_refused(monkeypatch, version, refused):
    monkeypatch.setattr(mmengine, '__version__', version)
    if not refused:
        return require_mmengine()
    with pytest.raises(ImportError, match='0.10.4 or later.*found 0.10.3'):
        require_mmengine()


@pytest.mark.parametrize('installed,extra,advised', [
    ('mmengine', 'lite', 'lite'),
    ('mmengine-lite', 'mmseg', 'mmseg'),
    ('onedl-mmengine', 'lite', 'onedl'),
    ('onedl-mmengine', 'mmseg', 'onedl-mmseg'),
])
def test_advice_would_not_overwrite_what_is_there(
        distributions, installed, extra, advised):
    distributions(installed)
    assert install_command(extra) == (
        f"pip install 'mmdepth-gradloss[{advised}]'")


@pytest.mark.parametrize('names', [
    (), ('mmengine', ), ('mmengine-lite', ), ('onedl-mmengine', )])
def test_one_mmengine_is_as_it_should_be(distributions, names):
    distributions(*names)
    assert mixed_installation() is None


@pytest.mark.parametrize('names', [('mmengine', 'onedl-mmengine'),
                                   ('mmengine', 'mmengine-lite'),
                                   ('mmengine-lite', 'onedl-mmengine')])
def test_two_in_one_folder_are_warned_of(distributions, names):
    distributions(*names)
    assert f'(pip uninstall {" ".join(names)})' in mixed_installation()

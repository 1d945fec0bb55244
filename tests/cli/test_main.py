"""``mmdepth-gradloss``, and ``python -m mmdepth_gradloss``."""
from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from importlib.metadata import entry_points

import pytest
from mmengine.config import config as reader

from mmdepth_gradloss import __version__
from mmdepth_gradloss.cli.main import COMMANDS, main

TOOL = """
import sys
import neighbour
from mmengine.config import Config
print(sys.argv, neighbour.VALUE, Config.fromfile(sys.argv[1]).value)
"""


@pytest.fixture(autouse=True)
def as_it_was(monkeypatch):
    """Whatever a command does to the process."""
    monkeypatch.setattr(sys, 'argv', ['pytest'])
    monkeypatch.setattr(sys, 'path', list(sys.path))


@pytest.mark.parametrize('name', COMMANDS)
def test_each_command_has_help_under_its_name(name, capsys):
    with pytest.raises(SystemExit) as exited:
        main([name, '--help'])
    assert exited.value.code == 0
    assert capsys.readouterr().out.startswith(
        f'usage: mmdepth-gradloss {name} ')


@pytest.mark.parametrize('name', COMMANDS)
def test_command_gets_its_arguments_and_gives_its_exit_code(
        name, monkeypatch):
    given = []

    def command(argv):
        given.append(argv)
        return 3

    module = import_module(f'mmdepth_gradloss.cli.{name}')
    monkeypatch.setattr(module, 'main', command)
    assert main([name, 'config.py', '--version']) == 3
    assert given == [['config.py', '--version']]


def test_help_lists_the_commands(capsys):
    with pytest.raises(SystemExit):
        main(['--help'])
    output = capsys.readouterr().out
    for name, what in COMMANDS.items():
        assert f'  {name}' in output and what in output


def test_version(capsys):
    with pytest.raises(SystemExit):
        main(['--version'])
    assert capsys.readouterr().out.strip() == __version__


@pytest.mark.parametrize('argv,message', [
    (['tarin'], "unknown command 'tarin'; known: train, test, predict"),
    ([], 'arguments are required: COMMAND'),
])
def test_what_is_no_command_is_refused(argv, message, capsys):
    with pytest.raises(SystemExit) as exited:
        main(argv)
    assert exited.value.code == 2
    assert message in capsys.readouterr().err


def test_tool_of_another_project_runs_as_a_script(tmp_path, capsys):
    folder = tmp_path / 'tools'
    folder.mkdir()
    (folder / 'tool.py').write_text(TOOL)
    (folder / 'neighbour.py').write_text('VALUE = 4')
    config = tmp_path / 'config.py'
    config.write_text('value = 5')
    before = reader.is_installed
    main([str(folder / 'tool.py'), str(config), '--help'])
    argv = [str(folder / 'tool.py'), str(config), '--help']
    assert capsys.readouterr().out == f'{argv} 4 5\n'
    assert reader.is_installed is before


def test_tool_that_is_not_there_is_named():
    with pytest.raises(SystemExit, match='there is no tool no/tool.py'):
        main(['no/tool.py'])


def test_module_is_the_same_command():
    output = subprocess.run(
        [sys.executable, '-m', 'mmdepth_gradloss', '--version'],
        capture_output=True,
        text=True,
        check=True).stdout
    assert output.strip() == __version__


def test_console_script_is_declared():
    script, = entry_points(group='console_scripts', name='mmdepth-gradloss')
    assert script.load() is main


def test_modules_beside_the_user_are_found_after_all_others(
        monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(
        import_module('mmdepth_gradloss.cli.train'), 'main', lambda argv: None)
    main(['train', 'config.py'])
    assert sys.path[-1] == str(tmp_path)

"""``mmdepth-gradloss``, and ``python -m mmdepth_gradloss``."""
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
    """Restore what a command changes in the process."""
    monkeypatch.setattr(sys, 'argv', ['pytest'])
    monkeypatch.setattr(sys, 'path', list(sys.path))


@pytest.mark.parametrize('name', COMMANDS)
def test_command_gets_its_arguments_and_gives_its_exit_code(
        name, monkeypatch, tmp_path, capsys):
    with pytest.raises(SystemExit) as exited:
        main([name, '--help'])
    assert exited.value.code == 0
    assert capsys.readouterr().out.startswith(
        f'usage: mmdepth-gradloss {name} ')

    given = []

    def command(argv):
        given.append(argv)
        return 3

    module = import_module(f'mmdepth_gradloss.cli.{name}')
    monkeypatch.setattr(module, 'main', command)
    monkeypatch.chdir(tmp_path)
    assert main([name, 'config.py', '--version']) == 3
    assert given == [['config.py', '--version']]
    # the working directory comes last on the module search path
    assert sys.path[-1] == str(tmp_path)


@pytest.mark.parametrize('argv,code,words', [
    (['--help'], 0, [f'  {name}' for name in COMMANDS] +
     list(COMMANDS.values())),
    (['--version'], 0, [f'{__version__}\n']),
    (['tarin'], 2, ["unknown command 'tarin'; known: train, test, predict"]),
    ([], 2, ['arguments are required: COMMAND']),
])
def test_without_a_command(argv, code, words, capsys):
    with pytest.raises(SystemExit) as exited:
        main(argv)
    assert exited.value.code == code
    output = capsys.readouterr()
    assert all(word in (output.err if code else output.out) for word in words)


def test_tool_of_another_project_runs_as_a_script(tmp_path, capsys):
    folder = tmp_path / 'tools'
    folder.mkdir()
    (folder / 'tool.py').write_text(TOOL)
    (folder / 'neighbour.py').write_text('VALUE = 4')
    config = tmp_path / 'config.py'
    config.write_text('value = 5')
    before = reader.is_installed
    argv = [str(folder / 'tool.py'), str(config), '--help']
    main(argv)
    assert capsys.readouterr().out == f'{argv} 4 5\n'
    assert reader.is_installed is before
    with pytest.raises(SystemExit, match='there is no tool no/tool.py'):
        main(['no/tool.py'])


def test_module_and_console_script_are_the_same_command():
    output = subprocess.run(
        [sys.executable, '-m', 'mmdepth_gradloss', '--version'],
        capture_output=True, text=True, check=True).stdout
    assert output.strip() == __version__
    script, = entry_points(group='console_scripts', name='mmdepth-gradloss')
    assert script.load() is main

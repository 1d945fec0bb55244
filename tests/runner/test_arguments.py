"""What the tools' arguments mean, whatever their order."""
from __future__ import annotations

import argparse

import pytest

from mmdepth_gradloss.runner import add_runner_arguments, not_a_config


def parse(*arguments):
    parser = argparse.ArgumentParser()
    add_runner_arguments(parser)
    parser.add_argument('--option', nargs='?', const='x', type=not_a_config)
    return parser.parse_args(arguments)


def test_defaults_of_a_run():
    args = parse('config.py')
    assert (args.config, args.cfg_options, args.data_root, args.work_dir,
            args.verbose, args.launcher, args.local_rank,
            args.option) == ('config.py', {}, None, None, False, 'none', 0,
                             None)


def test_overrides_are_read_as_values():
    args = parse('config.py', '--cfg-options', 'a.b=[1,2]', 'c=x=y')
    assert args.cfg_options == {'a.b': [1, 2], 'c': 'x=y'}


@pytest.mark.parametrize('arguments,message', [
    (['--cfg-options', 'a=1', 'mine.py'],
     "expected KEY=VALUE, got 'mine.py'; the config and the checkpoint go "
     'before the options'),
    (['--option', 'configs/mine.py'],
     'argument --option: configs/mine.py is a config file; the config goes '
     'before the options'),
    (['--option', 'mine.yaml'], 'mine.yaml is a config file'),
])
def test_config_after_an_option_that_takes_it(capsys, arguments, message):
    with pytest.raises(SystemExit):
        parse(*arguments)
    assert message in capsys.readouterr().err


@pytest.mark.parametrize('value', ['recommended', 'iter_3.pth', 'mine.pyc'])
def test_other_values_are_taken(value):
    assert parse('config.py', '--option', value).option == value

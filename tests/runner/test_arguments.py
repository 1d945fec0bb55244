"""What the tools' arguments mean, whatever their order."""
import argparse

import pytest

from mmdepth_gradloss.runner import add_runner_arguments, not_a_config


def parse(*arguments):
    parser = argparse.ArgumentParser()
    add_runner_arguments(parser)
    parser.add_argument('--option', nargs='?', const='x', type=not_a_config)
    return parser.parse_args(arguments)


def test_defaults_and_values():
    assert vars(parse('config.py')) == dict(
        config='config.py', cfg_options={}, data_root=None, work_dir=None,
        verbose=False, launcher='none', local_rank=0, trust_checkpoint=False,
        option=None)
    args = parse('config.py', '--cfg-options', 'a.b=[1,2]', 'c=x=y')
    assert args.cfg_options == {'a.b': [1, 2], 'c': 'x=y'}
    for value in ('recommended', 'iter_3.pth', 'mine.pyc'):
        assert parse('config.py', '--option', value).option == value


@pytest.mark.parametrize('arguments,message', [
    (['--cfg-options', 'a=1', 'mine.py'],
     "expected KEY=VALUE, got 'mine.py'; put the config and the checkpoint "
     'before the options'),
    (['--option', 'configs/mine.py'],
     'argument --option: configs/mine.py is a config file; put the config '
     'before the options'),
    (['--option', 'mine.yaml'], 'mine.yaml is a config file'),
])
def test_config_after_an_option_that_takes_it(capsys, arguments, message):
    with pytest.raises(SystemExit):
        parse(*arguments)
    assert message in capsys.readouterr().err

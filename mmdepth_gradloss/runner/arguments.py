"""Shared arguments of the command-line tools."""
from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmengine.config import DictAction

from .process import RANK_VARIABLES

CONFIG_SUFFIXES = ('.py', '.json', '.yaml', '.yml')


class OverrideAction(DictAction):
    """Parses KEY=VALUE pairs, with an error that names invalid ones."""

    def __call__(self, parser: argparse.ArgumentParser,
                 namespace: argparse.Namespace,
                 values: str | Sequence[Any] | None,
                 option_string: str | None = None) -> None:
        for text in values or ():
            if '=' not in text:
                raise argparse.ArgumentError(
                    self, f'expected KEY=VALUE, got {text!r}; put the config '
                    'and the checkpoint before the options')
        super().__call__(parser, namespace, values, option_string)


def not_a_config(text: str) -> str:
    """Type of an option whose value is optional. It rejects a config file,
    which would otherwise be parsed as the value."""
    if Path(text).suffix in CONFIG_SUFFIXES:
        raise argparse.ArgumentTypeError(
            f'{text} is a config file; put the config before the options')
    return text


def positive(text: str) -> int:
    """Type of an option that is a number of at least 1."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f'must be at least 1, got {value}')
    return value


def add_config_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        'config', help='config file, or the name of one of this package')
    parser.add_argument(
        '--cfg-options', nargs='+', action=OverrideAction, default={},
        metavar='KEY=VALUE', help='override entries of the config, such as '
        'train_cfg.max_iters=50 or "a.b=[1,2]"')


def add_data_root_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        '--data-root', metavar='DIR', help='folder of the data, for training, '
        "validation and testing (default: the config's)")


def add_trust_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        '--trust-checkpoint', action='store_true',
        help='also load checkpoints with arbitrary pickled objects, which can '
        'run any code; use it only for files you trust')


def add_runner_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the common arguments of training and testing."""
    add_config_arguments(parser)
    add_data_root_argument(parser)
    add_trust_argument(parser)
    parser.add_argument(
        '--work-dir', help='folder of logs, checkpoints and pictures '
        '(default: ./work_dirs/CONFIG)')
    parser.add_argument(
        '--verbose', action='store_true',
        help='show all metrics in the final table')
    parser.add_argument(
        '--launcher', choices=('none', *RANK_VARIABLES), default='none')
    # Passed by torch.distributed.launch of PyTorch before 2.0
    parser.add_argument('--local_rank', '--local-rank', type=int, default=0)

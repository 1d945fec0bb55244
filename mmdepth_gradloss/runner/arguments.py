"""Arguments that the command-line tools have in common."""
from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmengine.config import DictAction

from .process import RANK_VARIABLES

CONFIG_SUFFIXES = ('.py', '.json', '.yaml', '.yml')


class OverrideAction(DictAction):
    """Reads KEY=VALUE pairs, and names what is none."""

    def __call__(self,
                 parser: argparse.ArgumentParser,
                 namespace: argparse.Namespace,
                 values: str | Sequence[Any] | None,
                 option_string: str | None = None) -> None:
        for text in values or ():
            if '=' not in text:
                raise argparse.ArgumentError(
                    self, f'expected KEY=VALUE, got {text!r}; the config and '
                    'the checkpoint go before the options')
        super().__call__(parser, namespace, values, option_string)


def not_a_config(text: str) -> str:
    """Type of an option that may stand without a value.

    Followed by the config, it would take that for its value.
    """
    if Path(text).suffix in CONFIG_SUFFIXES:
        raise argparse.ArgumentTypeError(
            f'{text} is a config file; the config goes before the options')
    return text


def add_config_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the config and what overrides it."""
    parser.add_argument(
        'config', help='config file, or the name of one of this package')
    parser.add_argument(
        '--cfg-options', nargs='+', action=OverrideAction, default={},
        metavar='KEY=VALUE', help='override entries of the config, such as '
        'train_cfg.max_iters=50 or "a.b=[1,2]"')


def add_data_root_argument(parser: argparse.ArgumentParser) -> None:
    """Add the folder of the data."""
    parser.add_argument(
        '--data-root', metavar='DIR', help='folder of the data, for training, '
        "validation and testing (default: the config's)")


def add_trust_argument(parser: argparse.ArgumentParser) -> None:
    """Add what lets a checkpoint run code."""
    parser.add_argument(
        '--trust-checkpoint', action='store_true',
        help="also read checkpoints that hold more than MMEngine's do, and "
        'could run any code: only if you trust whoever made them')


def add_runner_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that training and testing have in common."""
    add_config_arguments(parser)
    add_data_root_argument(parser)
    add_trust_argument(parser)
    parser.add_argument(
        '--work-dir', help='where logs, checkpoints and pictures go '
        '(default: ./work_dirs/CONFIG)')
    parser.add_argument(
        '--verbose', action='store_true',
        help='all metrics in the final table')
    parser.add_argument(
        '--launcher', choices=('none', *RANK_VARIABLES), default='none')
    # Passed by torch.distributed.launch of PyTorch before 2.0
    parser.add_argument('--local_rank', '--local-rank', type=int, default=0)

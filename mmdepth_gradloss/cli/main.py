"""Train, test, predict, compare and export depth models.

    mmdepth-gradloss train unet-small_rooms-192x128_recommended
    mmdepth-gradloss train --help

CONFIG is a file, or the name of a config of this package. To run another
project's tool with configs that inherit from this package:
from mmdepth_gradloss::

    mmdepth-gradloss mmsegmentation/tools/train.py my_config.py
"""
from __future__ import annotations

import argparse
import runpy
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from ..version import __version__

PROG = 'mmdepth-gradloss'
COMMANDS = {
    'train': 'train a depth model from a config',
    'test': 'evaluate a checkpoint',
    'predict': 'predict depth maps of images',
    'sweep': 'train variants of a config with several seeds and compare them',
    'export': 'export a model in Hugging Face format',
}
"""Name and description; each is a module of this package."""


def main(argv: Sequence[str] | None = None) -> int | None:
    """Run a command, or another project's tool; returns its exit code.
    ``argv`` defaults to the arguments of the process."""
    argv = sys.argv[1:] if argv is None else argv
    args = _parser().parse_args(argv[:1])
    if args.command.endswith('.py'):
        _run_tool(argv)
        return None
    # As with python -m: a config may import a module of the current folder.
    # At the end of the path, so that no folder shadows a package.
    sys.path.append(str(Path.cwd()))
    # The name in messages and in a sweep's records.
    sys.argv = [f'{PROG} {args.command}', *argv[1:]]
    command = import_module(f'{__package__}.{args.command}')
    return command.main(argv[1:])


def _parser() -> argparse.ArgumentParser:
    width = max(map(len, COMMANDS))
    commands = ''.join(f'  {name:{width}}  {what}\n'
                       for name, what in COMMANDS.items())
    parser = argparse.ArgumentParser(
        prog=PROG, usage=f'{PROG} COMMAND [ARGUMENTS ...]',
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog=f'commands:\n{commands}\n{PROG} COMMAND --help shows the '
        'arguments of each.')
    parser.add_argument(
        'command', type=_command, metavar='COMMAND', help=argparse.SUPPRESS)
    parser.add_argument('--version', action='version', version=__version__)
    return parser


def _command(text: str) -> str:
    if text in COMMANDS or text.endswith('.py'):
        return text
    raise argparse.ArgumentTypeError(
        f'unknown command {text!r}; known: {", ".join(COMMANDS)}, or the '
        '.py file of another tool')


def _run_tool(argv: Sequence[str]) -> None:
    from ..config.find_packages import find_packages_by_module
    from ..runner import prepare_process
    if not Path(argv[0]).is_file():
        raise SystemExit(f'{PROG}: there is no tool {argv[0]}')
    prepare_process()
    sys.argv = list(argv)
    # like Python for a script: it may import modules of its folder
    sys.path[0] = str(Path(argv[0]).resolve().parent)
    with find_packages_by_module():
        runpy.run_path(argv[0], run_name='__main__')

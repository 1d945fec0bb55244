"""Train, test, predict, compare and export depth models.

    mmdepth-gradloss train unet-small_rooms-192x128_recommended
    mmdepth-gradloss train --help

CONFIG is a file, or the name of a config of this package. Another project's
tool runs with this package imported first, so that its configs may inherit
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
"""Name and purpose; each is a module beside this one."""


def main(argv: Sequence[str] | None = None) -> int | None:
    """Run a command, or another project's tool; returns its exit code.

    Args:
        argv: Command and its arguments, by default those of the process.
    """
    argv = sys.argv[1:] if argv is None else argv
    args = _parser().parse_args(argv[:1])
    if args.command.endswith('.py'):
        _run_tool(argv)
        return None
    # As with python -m: a config may import a module beside it, by its name.
    # At the end, so that a folder here hides no package.
    sys.path.append(str(Path.cwd()))
    # The name in messages, and what a sweep keeps note of.
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
        epilog=f'commands:\n{commands}\n{PROG} COMMAND --help tells the '
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
    # as Python does for a script: it may import its neighbours
    sys.path[0] = str(Path(argv[0]).resolve().parent)
    with find_packages_by_module():
        runpy.run_path(argv[0], run_name='__main__')

"""Measure the cost of the gradient losses.

    python tools/benchmark.py loss
    python tools/benchmark.py step
"""
from __future__ import annotations

import argparse
from collections.abc import Sequence

from benchmarks import loss, step
from benchmarks.report import add_report_arguments

COMMANDS = {'loss': loss, 'step': step}


def parse_args(argv: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=_first_line(__doc__))
    commands = parser.add_subparsers(required=True, metavar='COMMAND')
    for name, module in COMMANDS.items():
        command = commands.add_parser(
            name, help=_first_line(module.__doc__), description=module.__doc__,
            formatter_class=argparse.RawDescriptionHelpFormatter)
        module.add_arguments(command)
        add_report_arguments(command)
        command.set_defaults(run=module.run)
    return parser.parse_args(argv)


def _first_line(doc: str | None) -> str:
    return (doc or '').split('\n')[0]


def main(argv: Sequence[str] | None = None) -> None:
    args = parse_args(argv)
    args.run(args)


if __name__ == '__main__':
    main()

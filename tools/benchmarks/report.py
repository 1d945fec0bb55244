"""Results as a table on the console and as a JSON file."""
from __future__ import annotations

import argparse
import json
import platform
from pathlib import Path
from typing import Any, NamedTuple

import torch
from rich.console import Console
from rich.table import Table

Row = dict[str, Any]


class Column(NamedTuple):
    """A column of the table: key of a row, and format of its numbers."""

    key: str
    title: str
    spec: str = ''

    def text(self, row: Row) -> str:
        """The cell of a row; a dash if nothing was measured."""
        value = row.get(self.key)
        return '-' if value is None else format(value, self.spec)


def add_report_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that all sub-commands have in common."""
    parser.add_argument('--device', type=_device, default='cpu',
                        metavar='cpu|cuda')
    parser.add_argument('--json', type=Path, metavar='PATH',
                        help='write all numbers to it')


def _device(name: str) -> torch.device:
    if name not in ('cpu', 'cuda'):
        raise argparse.ArgumentTypeError(
            f'unknown device {name!r}; known: cpu, cuda')
    if name == 'cuda' and not torch.cuda.is_available():
        raise argparse.ArgumentTypeError(
            f'PyTorch {torch.__version__} finds no CUDA device here; '
            'use --device cpu')
    return torch.device(name)


def report(args: argparse.Namespace, settings: dict[str, Any],
           columns: list[Column], rows: list[Row]) -> None:
    """Print a table with the machine above it, and write the JSON file.

    ``args`` has ``device`` and ``json``. ``rows`` are the results, all of
    which go into the JSON file, ``columns`` those shown in the table.
    """
    environment = describe_machine(args.device)
    # A table is as wide as its text, on a terminal or in a file.
    console = Console(width=200, highlight=False)
    for facts in (environment, settings):
        console.print(' | '.join(f'{key} {x}' for key, x in facts.items()))
    first, *others = columns
    table = Table(first.title, show_edge=False)
    for column in others:
        table.add_column(column.title, justify='right')
    for row in rows:
        table.add_row(*(column.text(row) for column in columns))
    console.print(table)
    if args.json is not None:
        content = dict(environment=environment, settings=settings, rows=rows)
        args.json.parent.mkdir(parents=True, exist_ok=True)
        args.json.write_text(json.dumps(content, indent=2) + '\n')


def describe_machine(device: torch.device) -> dict[str, Any]:
    """Device, PyTorch and number of threads."""
    if device.type == 'cuda':
        name = torch.cuda.get_device_name(device)
    else:
        capability = torch.backends.cpu.get_cpu_capability()
        name = f'{platform.machine()}, {capability}'
    return {
        'device': f'{device.type} ({name})', 'torch': torch.__version__,
        'threads': torch.get_num_threads()
    }

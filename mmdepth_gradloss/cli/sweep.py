"""Train variants of a config with several seeds, and compare them.

    mmdepth-gradloss sweep unet-small_rooms-192x128_baseline

compares a config without a gradient term, the baseline, with every recipe:
recommended, conservative, balanced and edge_focused. Other variants can be
listed in the config (`sweep = dict(variants={NAME: {KEY: VALUE}},
seeds=[...])`), form a grid or be searched:

    mmdepth-gradloss sweep CONFIG --grid optim_wrapper.optimizer.lr=1e-3,4e-3
    mmdepth-gradloss sweep CONFIG --search KEY=0.1,10,log --trials 30

Model, optimizer, hooks and metrics of all variants are built before the first
run, so that a misspelt entry is found at once. Each finished run is stored:
run the same command again to continue an interrupted sweep, also in several
processes or machines that share the folder. Another --data-root is another
sweep, and needs another --work-dir. The results are in report.html and
report.md.
"""
from __future__ import annotations

import argparse
import ast
import os
import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config

from ..runner import (add_config_arguments, add_data_root_argument,
                      check_epochs_end, positive, read_config)
from ..runner.missing_backends import drop_missing_tensorboard
from ..sweep.check_variants import check_variants
from ..sweep.extra import import_extra
from ..sweep.search import Search, search
from ..sweep.store import SweepStore
from ..sweep.variants import (BASELINE, Variant, config_variants,
                              grid_variants, recipe_variants, select_variants)
from ..sweep.worker import run_all


def parse_args(argv: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    add_config_arguments(parser)
    add_data_root_argument(parser)
    ways = parser.add_mutually_exclusive_group()
    ways.add_argument(
        '--variants', nargs='+', metavar='NAME', help='only the baseline and '
        'these variants of the config, or of the recipes if it lists none')
    ways.add_argument(
        '--grid', nargs='+', action=_UniqueKeys, metavar='KEY=V1,V2,...',
        help='all combinations of these values')
    ways.add_argument(
        '--search', nargs='+', action=_UniqueKeys,
        metavar='KEY=LOW,HIGH[,log]',
        help='let Optuna choose values in these ranges')
    parser.add_argument(
        '--trials', type=positive, default=20,
        help='number of trials of a search (default: 20)')
    parser.add_argument(
        '--objective', default='depth/boundary_f1',
        help='metric that a search maximizes (default: depth/boundary_f1)')
    parser.add_argument(
        '--minimize', action='store_true',
        help='minimize the objective')
    parser.add_argument('--seeds', nargs='+', type=int,
                        help="default: the config's, or 0 1 2")
    parser.add_argument(
        '--work-dir', type=Path,
        help='folder of all results (default: ./work_dirs/sweep_CONFIG)')
    parser.add_argument(
        '--processes', type=positive, default=1,
        help='number of processes that share the runs (default: 1)')
    parser.add_argument(
        '--threads', type=positive, default=1, help='CPU threads of PyTorch '
        'per process (default: 1); results depend on their number')
    parser.add_argument('--report-only', action='store_true',
                        help='only write the report of finished runs')
    parser.add_argument('--helper-of', type=int, help=argparse.SUPPRESS)
    return parser.parse_args(argv)


class _UniqueKeys(argparse.Action):
    """Parses KEY=V1,V2,... to a dict of lists; no key or value twice."""

    def __call__(self, parser: argparse.ArgumentParser,
                 namespace: argparse.Namespace, values: Any,
                 option_string: str | None = None) -> None:
        parsed: dict[str, list[Any]] = {}
        for text in values:
            key, _, listed = text.partition('=')
            if not (key and listed):
                parser.error(f'{option_string}: expected KEY=V1,V2,..., got '
                             f'{text}')
            parts = [_literal(value) for value in listed.split(',')]
            if key in parsed or len(set(map(repr, parts))) < len(parts):
                parser.error(f'{option_string}: {text} repeats a key or a '
                             'value; list all values of a key once')
            parsed[key] = parts
        setattr(namespace, self.dest, parsed)


def _literal(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text


def main(argv: Sequence[str] | None = None) -> int:
    argv = sys.argv[1:] if argv is None else argv
    args = parse_args(argv)
    torch.set_num_threads(args.threads)
    work_dir = args.work_dir or (
        Path('work_dirs') / f'sweep_{Path(args.config).stem}')
    if args.report_only:
        report(work_dir)
        return 0

    cfg = read_config(args.config, args.cfg_options, args.data_root)
    check_epochs_end(cfg)
    drop_missing_tensorboard(cfg)
    seeds = args.seeds or cfg.get('sweep', {}).get('seeds', [0, 1, 2])
    seeds = list(dict.fromkeys(seeds))
    variants = choose_variants(args, cfg)
    searched = None if not args.search else Search(
        args.search, args.trials, args.objective, not args.minimize)
    is_helper = args.helper_of is not None
    if not is_helper:
        check(cfg, variants, searched)
    store = SweepStore(work_dir)
    if not is_helper:
        command = shlex.join(['mmdepth-gradloss', 'sweep', *argv])
        store.register(
            cfg, variants, seeds, config=args.config, command=command)

    helpers = _start_helpers(args.processes - 1, argv)

    def stop() -> bool:
        """Whether this is a helper whose parent has ended."""
        return is_helper and args.helper_of != os.getppid()

    failed = run_all(store, cfg, variants, seeds, stop)
    if searched:
        failed += search(store, cfg, searched, seeds, stop)
    broken = [helper for helper in helpers if helper.wait() != 0]
    if not is_helper:
        report(store.folder)
    if failed:
        print(f'{len(failed)} runs failed:', *failed, sep='\n  ')
    return 1 if failed or broken else 0


def choose_variants(args: argparse.Namespace, cfg: Config) -> list[Variant]:
    """Variants from the command line, the config, or the recipes."""
    if args.grid:
        return grid_variants(args.grid)
    if args.search:
        return [Variant(BASELINE)]
    listed = cfg.get('sweep', {}).get('variants')
    variants = (
        config_variants(listed.to_dict()) if listed else recipe_variants())
    if args.variants:
        return select_variants(variants, args.variants)
    return variants


def check(cfg: Config, variants: list[Variant],
          searched: Search | None) -> None:
    """Check for errors before anything is trained or written."""
    _import_report_extras()
    if searched:
        import_extra('optuna')
        _check_direction(searched)
        variants = variants + searched.ends()
    check_variants(cfg, variants)


def _check_direction(searched: Search) -> None:
    from ..sweep.report.metrics import describe
    higher = describe(searched.objective).higher_is_better
    if higher is not None and higher != searched.maximize:
        raise ValueError(
            f'a {"higher" if higher else "lower"} {searched.objective} is '
            f'better: {"leave out" if higher else "add"} --minimize')


def report(work_dir: Path) -> None:
    """Write a report and print its path."""
    _import_report_extras()
    # Imported here, so that --help works without the extra.
    from ..sweep.report import write_report
    print('report', write_report(work_dir))


def _import_report_extras() -> None:
    for name in ('pandas', 'scipy'):
        import_extra(name)


def _start_helpers(number: int, argv: Sequence[str]) -> list[subprocess.Popen]:
    """Start further processes of the same sweep, which end with this one."""
    command = [sys.executable, '-m', 'mmdepth_gradloss', 'sweep', *argv]
    extra = ['--processes', '1', '--helper-of', str(os.getpid())]
    return [subprocess.Popen([*command, *extra]) for _ in range(number)]

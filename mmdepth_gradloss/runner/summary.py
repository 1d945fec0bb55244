"""Summary of a run on the console."""
from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mmengine.dist import master_only
from mmengine.runner import Runner
from rich.console import Console
from rich.table import Table

from .checkpoint import last_checkpoint

FIRST_METRICS = ('rmse', 'abs_rel', 'silog', 'delta1', 'boundary_f1',
                 'edge_rmse')
"""The most important metrics: common errors, and the sharpness of edges."""


@master_only
def print_run_summary(runner: Runner, mode: str,
                      checkpoint: str | None = None,
                      warnings: Sequence[str] = (),
                      verbose: bool = False) -> None:
    """Print the last metrics of a run, and where its results are. ``mode`` is
    'val' or 'test'; ``checkpoint`` the tested one, by default the latest of
    the work dir. ``warnings`` of the run are repeated."""
    console = Console(soft_wrap=True, markup=False, highlight=False)
    metrics = last_metrics(runner, mode)
    shown = list(metrics) if verbose else first_metrics(list(metrics))
    title = f'{mode} metrics of {runner.experiment_name}'
    if metrics:
        table = Table('metric', title=title, title_justify='left')
        table.add_column('value', justify='right')
        for name in shown:
            digits = 0 if name.endswith('num_missing') else 4
            table.add_row(name, f'{metrics[name]:.{digits}f}')
        console.print(table)
    else:
        console.print(f'{title}: none')
    if len(shown) < len(metrics):
        console.print(
            f'{len(metrics) - len(shown)} more metrics with --verbose')
    for what, path in _places(runner, checkpoint).items():
        if path and path.exists():
            console.print(f'{what:<12} {path}')
    for warning in warnings:
        console.print(f'warning      {warning}', style='yellow')


def last_metrics(runner: Runner, mode: str) -> dict[str, float]:
    """Metrics of the last 'val' or 'test' of a run, such as ``depth/rmse``."""
    return {
        key[len(mode) + 1:]: float(history.current())
        for key, history in runner.message_hub.log_scalars.items()
        if key.startswith(f'{mode}/') and 'time' not in key
    }


def first_metrics(names: Sequence[str]) -> list[str]:
    """The most important metrics, as many as ``FIRST_METRICS``. These are
    ``FIRST_METRICS``, with or without ``depth/``, if they exist, followed by
    others in order."""
    first = []
    for name in FIRST_METRICS:
        there = [x for x in (f'depth/{name}', name) if x in names]
        first += there[:1]
    others = [name for name in names if name not in first]
    return [*first, *others][:len(FIRST_METRICS)]


def _places(runner: Runner, checkpoint: str | None) -> dict[str, Path | None]:
    log_dir = Path(runner.log_dir)
    events = log_dir / 'vis_data'
    pictures = events / 'vis_image'
    return {
        'work dir': Path(runner.work_dir),
        'checkpoint':
        Path(checkpoint) if checkpoint else last_checkpoint(runner.work_dir),
        'log': log_dir / f'{runner.timestamp}.log',
        # MMEngine creates these folders for any backend.
        'TensorBoard': events if any(events.glob('events.out.*')) else None,
        'pictures': pictures if any(pictures.glob('*.*')) else None,
    }

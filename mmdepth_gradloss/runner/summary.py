"""What a run ends with on the console."""
from __future__ import annotations

from pathlib import Path

from mmengine.dist import master_only
from mmengine.runner import Runner
from rich.console import Console
from rich.table import Table


@master_only
def print_run_summary(runner: Runner,
                      mode: str,
                      checkpoint: str | None = None) -> None:
    """Print the last metrics of a run, and where its results lie.

    Args:
        runner (Runner): After training or testing.
        mode (str): 'val' or 'test'.
        checkpoint (str, optional): What was tested; by default the newest of
            the work dir.
    """
    console = Console(soft_wrap=True)
    console.print(_metrics_table(runner, mode))
    for what, path in _places(runner, checkpoint).items():
        if path.exists():
            console.print(f'{what:<12} {path}', highlight=False)


def last_metrics(runner: Runner, mode: str) -> dict[str, float]:
    """Metrics of the last validation or test of a run.

    Args:
        runner (Runner): After training or testing.
        mode (str): 'val' or 'test'.

    Returns:
        dict[str, float]: Values by name, such as ``depth/rmse``.
    """
    return {
        key[len(mode) + 1:]: float(history.current())
        for key, history in runner.message_hub.log_scalars.items()
        if key.startswith(f'{mode}/') and 'time' not in key
    }


def _metrics_table(runner: Runner, mode: str) -> Table:
    table = Table(
        title=f'{mode} metrics of {runner.experiment_name}',
        title_justify='left')
    table.add_column('metric')
    table.add_column('value', justify='right')
    for name, value in last_metrics(runner, mode).items():
        digits = 0 if name.endswith('num_missing') else 4
        table.add_row(name, f'{value:.{digits}f}')
    return table


def _places(runner: Runner, checkpoint: str | None) -> dict[str, Path]:
    work_dir = Path(runner.work_dir)
    log_dir = Path(runner.log_dir)
    return {
        'work dir': work_dir,
        'checkpoint':
        Path(checkpoint) if checkpoint else _last_checkpoint(work_dir),
        'log': log_dir / f'{runner.timestamp}.log',
        'TensorBoard': log_dir / 'vis_data',
        'pictures': log_dir / 'vis_data' / 'vis_image',
    }


def _last_checkpoint(work_dir: Path) -> Path:
    pointer = work_dir / 'last_checkpoint'
    return Path(pointer.read_text().strip()) if pointer.exists() else pointer

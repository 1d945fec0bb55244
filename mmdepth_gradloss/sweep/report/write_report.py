"""From a sweep's folder to its report."""
from __future__ import annotations

from pathlib import Path

from ...runner.atomic_write import atomic_write
from .content import ReportOptions, make_report
from .html import to_html
from .markdown import to_markdown
from .results import load_sweep

HTML, MARKDOWN, PICTURES = 'report.html', 'report.md', 'report_files'


def write_report(work_dir: str | Path,
                 options: ReportOptions = ReportOptions()) -> Path:
    """Write what a sweep shows, at any time while it runs or after.

    ``report.html`` is one file, with its pictures inside. ``report.md`` has
    them in ``report_files``.

    Args:
        work_dir (str | Path): The sweep's folder; takes the report.
        options (ReportOptions): What to look at.

    Returns:
        Path: ``report.html``.

    Raises:
        FileNotFoundError: If the folder has no ``sweep.json``.
        ModuleNotFoundError: If SciPy is missing; names the extra.
    """
    work_dir = Path(work_dir)
    report = make_report(load_sweep(work_dir), options)
    folder = work_dir / PICTURES
    folder.mkdir(exist_ok=True)
    for picture in report.pictures:
        atomic_write(folder / picture.name, picture.png)
    atomic_write(work_dir / MARKDOWN, to_markdown(report, PICTURES).encode())
    atomic_write(work_dir / HTML, to_html(report).encode())
    current = {picture.name for picture in report.pictures}
    for old in folder.glob('*.png'):
        if old.name not in current:
            old.unlink()
    return work_dir / HTML

from __future__ import annotations

import base64
import platform
import re
from pathlib import Path
from typing import Any

import jinja2
import mmengine
import torch
from markupsafe import Markup, escape

from ...atomic_write import atomic_write
from ...version import __version__
from . import pictures, wording
from .effects import effect_lines, rank_effects
from .results import Sweep, load_sweep
from .tables import comparison_table, override_table, run_table


def write_report(work_dir: str | Path, score: str = 'depth/boundary_f1',
                 error: str = 'depth/rmse') -> Path:
    """Write the report of a sweep, at any time during or after it.

    ``report.html`` is a single file with embedded pictures; its path is
    returned. ``report.md`` has them in ``report_files``. The gradient loss
    should raise ``score``, but not ``error``. A folder without ``sweep.json``
    is a FileNotFoundError.
    """
    work_dir = Path(work_dir)
    content = _content(load_sweep(work_dir), score, error)
    shown = [*content['overview'], *content['trade_off'], *content['curves'],
             *content['images']]
    folder = work_dir / 'report_files'
    folder.mkdir(exist_ok=True)
    for old in list(folder.glob('*.png')):
        old.unlink()
    for picture in shown:
        atomic_write(folder / picture.name, picture.png)
    atomic_write(work_dir / 'report.md', _render('markdown.jinja', content))
    atomic_write(work_dir / 'report.html', _render('html.jinja', content))
    return work_dir / 'report.html'


def _content(sweep: Sweep, score: str, error: str) -> dict[str, Any]:
    effects = rank_effects(sweep, score, error)
    ranked = [effect.variant for effect in effects]
    order = dict.fromkeys([sweep.baseline, *ranked, *sweep.variants])
    variants = [variant for variant in order if sweep.finished(variant)]
    return dict(
        sweep=sweep,
        lines=effect_lines(sweep, effects, score, error),
        compared=len(effects),
        fewest=min((effect.seeds for effect in effects), default=0),
        overview=pictures.overview(sweep, [sweep.baseline, *ranked[:1]]),
        comparison=comparison_table(sweep, variants),
        trade_off=pictures.trade_off(sweep, variants, score, error),
        curves=pictures.curves(sweep, variants),
        images=pictures.images(sweep, variants),
        runs=run_table(sweep),
        overrides=override_table(sweep),
        wording=wording,
        versions=f'mmdepth-gradloss {__version__}, Python '
        f'{platform.python_version()}, PyTorch {torch.__version__}, '
        f'MMEngine {mmengine.__version__}')


def _render(markup: str, content: dict[str, Any]) -> bytes:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=markup == 'html.jinja', undefined=jinja2.StrictUndefined,
        trim_blocks=True, lstrip_blocks=True)
    environment.filters.update(
        base64=lambda data: base64.b64encode(data).decode(),
        breakable=_breakable,
        markdown=_markdown)
    page = environment.get_template('report.jinja').render(
        content, markup=markup)
    return re.sub(r'\n{3,}', '\n\n', page).lstrip().encode()


def _breakable(name: str) -> Markup:
    """HTML of a long name that breaks only between its parts."""
    return Markup('<wbr>').join(
        escape(part) for part in re.split(r'(?<=[,=.])(?![\d\s])', name))


def _markdown(text: str) -> str:
    text = text.replace('&', '&amp;').replace('<', '&lt;')
    return re.sub(r'([\\`*_{}\[\]|#~$])', r'\\\1', ' '.join(text.split()))

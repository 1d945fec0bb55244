"""A report as Markdown, with its pictures beside it."""
from __future__ import annotations

import re
from collections.abc import Sequence

from .content import Picture, Report
from .tables import Cell, Table


def to_markdown(report: Report, folder: str) -> str:
    """The report's text.

    Args:
        report (Report): What to show.
        folder (str): Where the pictures lie, relative to the text.
    """
    headline = report.headline
    parts = [f'# {_escape(headline.verdict)}']
    if headline.line:
        parts.append(f'**{_escape(headline.line)}**')
    parts += map(_escape, headline.notes)
    parts.append(_escape(report.about))
    parts += _picture(report.overview, folder)
    parts += ['## Metrics', _table(report.comparison)]
    parts += map(_escape, report.comparison_notes)
    parts += _section('## Boundary score against depth error',
                      [report.trade_off], folder)
    parts += _section('## Training', [report.curves], folder)
    parts += _section('## Images', report.scenes, folder)
    parts += ['## Runs', *map(_escape, report.progress)]
    parts += _details('Every run', _table(report.runs))
    parts += _details('What each variant changes', _table(report.overrides))
    parts += ['## Reproduce', f'```bash\n{report.command}\n```',
              _escape(report.versions)]
    return '\n\n'.join(parts) + '\n'


def _section(title: str, pictures: Sequence[Picture | None],
             folder: str) -> list[str]:
    parts = [part for p in pictures for part in _picture(p, folder)]
    return [title, *parts] if parts else []


def _picture(picture: Picture | None, folder: str) -> list[str]:
    if picture is None:
        return []
    shown = f'![{_escape(picture.alt)}]({folder}/{picture.name})'
    return [shown] + ([_escape(picture.caption)] if picture.caption else [])


def _details(title: str, body: str) -> list[str]:
    return [f'<details><summary>{title}</summary>', body, '</details>']


def _table(table: Table) -> str:
    lines = [map(_escape, table.heads), ['---'] * len(table.heads)]
    lines += [map(_cell, row) for row in table.rows]
    return '\n'.join(f'| {" | ".join(line)} |' for line in lines)


def _cell(cell: Cell) -> str:
    if not cell.difference:
        return _escape(cell.text)
    mark = '' if cell.tone == 'neutral' else '**'
    lines = [_escape(cell.text), f'{mark}{_escape(cell.difference)}{mark}']
    return '<br>'.join(lines + [_escape(cell.interval)] * bool(cell.interval))


def _escape(text: str) -> str:
    """Text in which nothing is taken for markup."""
    text = text.replace('&', '&amp;').replace('<', '&lt;')
    return re.sub(r'([\\`*_{}\[\]|#~$])', r'\\\1', ' '.join(text.split()))

"""A report as one HTML file."""
from __future__ import annotations

import base64
import re
from pathlib import Path

import jinja2
from markupsafe import Markup, escape

from .content import Picture, Report

_TEMPLATE = 'report.html.jinja'


def to_html(report: Report) -> str:
    """A page that needs no other file and no network.

    Args:
        report (Report): What to show.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True)
    environment.filters['breakable'] = _breakable
    template = environment.get_template(_TEMPLATE)
    return template.render(report=report, data_url=_data_url)


def _breakable(name: str) -> Markup:
    """A long name that breaks between its parts, not within numbers."""
    return Markup('<wbr>').join(
        escape(part) for part in re.split(r'(?<=[,=_.])(?!\d)', name))


def _data_url(picture: Picture) -> str:
    encoded = base64.b64encode(picture.png).decode()
    return f'data:image/png;base64,{encoded}'

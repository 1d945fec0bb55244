"""Sphinx configuration of the documentation site.

    pip install -e '.[lite,docs]'
    sphinx-build -W docs build/docs
"""
from __future__ import annotations

import re
from pathlib import Path

from mmcv.transforms.utils import cache_randomness

from mmdepth_gradloss import __version__

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / 'docs'
SOURCE = 'https://github.com/mmdepth-gradloss/mmdepth-gradloss/blob/main'

project = 'mmdepth-gradloss'
author = 'mmdepth-gradloss contributors'
copyright = author
version = release = __version__

extensions = [
    'myst_parser',
    'sphinx.ext.autodoc',
    'sphinx.ext.napoleon',
    'sphinx.ext.mathjax',
    'sphinx_copybutton',
]
exclude_patterns = ['_build']
myst_enable_extensions = ['colon_fence', 'deflist', 'dollarmath']
myst_heading_anchors = 3
suppress_warnings = ['config.cache']

autodoc_member_order = 'bysource'
autodoc_typehints = 'signature'
autodoc_default_options = {'members': True, 'show-inheritance': True}
add_module_names = False
maximum_signature_line_length = 79
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_custom_sections = [('Required Keys', 'notes_style'),
                            ('Modified Keys', 'notes_style'),
                            ('Added Keys', 'notes_style')]

html_theme = 'furo'
html_title = f'mmdepth-gradloss {__version__}'
html_theme_options = {
    'source_repository': SOURCE.partition('/blob/')[0],
    'source_branch': 'main',
    'source_directory': 'docs/',
}
html_static_path = ['_static']
html_css_files = ['site.css']
html_show_sphinx = False
copybutton_exclude = '.linenos, .gp, .go'
# Only internal links are checked, so that linkcheck needs no network.
linkcheck_ignore = [r'https?://']

PAGES = {
    ROOT / 'configs' / 'unet' / 'README.md': '/models/unet.md',
    ROOT / 'configs' / 'mmseg' / 'README.md': '/models/mmseg.md',
    ROOT / 'configs' / 'huggingface' / 'README.md': '/models/huggingface.md',
    ROOT / 'configs' / 'resnet_san' / 'README.md': '/models/resnet_san.md',
    ROOT / 'configs' / 'experiments' / 'README.md': '/experiments.md',
    ROOT / 'CHANGELOG.md': '/changelog.md',
    ROOT / 'CONTRIBUTING.md': '/contributing.md',
}
"""Files outside this folder that the site shows as pages."""

_STUB = re.compile(r'^This page shows \[[^\]]+\]\(([^)]+)\)\.\n?$')
_LINK = re.compile(r'(?<=\]\()([^)\s#]+)(#[^)\s]*)?(?=\))')
_FENCE = re.compile(r'(^```.*?^```$|`[^`\n]*`)', re.MULTILINE | re.DOTALL)


def read_page(app, docname: str, source: list[str]) -> None:
    """Replace a page that names a file of the repository by that file."""
    path = Path(app.env.doc2path(docname))
    if path.suffix != '.md':
        return
    stub = _STUB.match(source[0])
    if stub:
        path = (path.parent / stub[1]).resolve()
        app.env.note_dependency(str(path))
        source[0] = path.read_text(encoding='utf-8')
    source[0] = resolve_links(source[0], path)


def resolve_links(text: str, path: Path) -> str:
    """Point links to pages of the site, or else to files in the repository.

    Args:
        text (str): Markdown whose relative links work in the repository.
        path (Path): The file of the text.

    Raises:
        FileNotFoundError: If a link is broken.
    """

    def resolve(match: re.Match) -> str:
        target, anchor = match[1], match[2] or ''
        if target.startswith(f'{SOURCE}/'):
            file = ROOT / target.removeprefix(f'{SOURCE}/')
        elif '://' in target or target.startswith('mailto:'):
            return match[0]
        else:
            file = (path.parent / target).resolve()
        if not file.exists():
            raise FileNotFoundError(f'{path}: link to {target}')
        if file in PAGES:
            return PAGES[file] + anchor
        if file.is_relative_to(DOCS) and file.is_file():
            return f'/{file.relative_to(DOCS).as_posix()}{anchor}'
        return f'{SOURCE}/{file.relative_to(ROOT).as_posix()}{anchor}'

    parts = _FENCE.split(text)
    parts[::2] = [_LINK.sub(resolve, part) for part in parts[::2]]
    return ''.join(parts)


def _bind(self, instance, owner=None, _get=cache_randomness.__get__):
    return self if instance is None else _get(self, instance, owner)


# mmcv's decorator fails on class access, which autodoc needs.
cache_randomness.__get__ = _bind


def setup(app) -> dict:
    app.connect('source-read', read_page)
    return dict(parallel_read_safe=True)

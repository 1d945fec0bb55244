"""Links to files and sections of the repository."""
from __future__ import annotations

import re
from pathlib import Path

import pytest
from pages import DOCS, PAGES, README, ROOT, SOURCE

LINK = re.compile(r'\]\(([^)\s]+)\)')
BOX = re.compile(r'^```.*?^```$|`[^`\n]*`', re.MULTILINE | re.DOTALL)


def links(path: Path) -> list[str]:
    """Link targets of a page, outside code blocks."""
    return LINK.findall(BOX.sub('', path.read_text(encoding='utf-8')))


def anchors(path: Path) -> set[str]:
    """Anchors of the headings of a page."""
    text = path.read_text(encoding='utf-8')
    titles = re.findall(r'^#+ (.+)$', text, re.MULTILINE)
    return {
        re.sub(r'[^\w\- ]', '', title.lower()).replace(' ', '-')
        for title in titles
    }


def page_of(path: Path) -> Path:
    """The file that a page of the site shows, which may be an included one."""
    shown = re.match(r'This page shows \[[^\]]+\]\(([^)]+)\)',
                     path.read_text())
    return (path.parent / shown[1]).resolve() if shown else path


@pytest.mark.parametrize(
    'path', PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links(path):
    for link in links(path):
        target, _, anchor = link.partition('#')
        if link.startswith(SOURCE):
            file = ROOT / target.removeprefix(SOURCE)
        elif '://' in link:
            continue
        else:
            file = (path.parent / target).resolve() if target else path
        assert file.exists(), link
        if anchor and file.suffix == '.md':
            assert anchor in anchors(page_of(file)), link


def test_readme_works_elsewhere():
    """Its links are absolute, because PyPI shows it without the repository."""
    assert all('://' in link for link in links(README))


def test_each_page_is_in_the_contents():
    index = (DOCS / 'index.md').read_text()
    for path in DOCS.rglob('*.md'):
        name = path.relative_to(DOCS).with_suffix('').as_posix()
        entry = re.compile(rf'^(.* <)?{name}>?$', re.MULTILINE)
        assert name == 'index' or entry.search(index), name


def test_words_of_the_documentation():
    """The pages contain no internal jargon."""
    for path in (README, *DOCS.rglob('*.md')):
        text = path.read_text().lower()
        for words in ('the strategy', 'the old loss', 'to the last bit'):
            assert words not in text, path
        assert not re.search(r'\barms?\b', text), path

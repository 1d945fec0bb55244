"""The code blocks of the README and the documentation."""
from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / 'docs'
README = ROOT / 'README.md'
PAGES = [
    README, ROOT / 'CONTRIBUTING.md', ROOT / 'CHANGELOG.md',
    *sorted(DOCS.rglob('*.md')), *sorted(ROOT.glob('configs/*/README.md'))
]
SOURCE = 'https://github.com/mmdepth-gradloss/mmdepth-gradloss/blob/main/'

_LINES = re.compile(r'^(?P<fence>```)(?P<language>\w*)\n'
                    r'(?P<code>.*?)^```$|^#{1,3} (?P<heading>[^\n]+)$',
                    re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Box:
    """A box of code, and where it stands: its page below the root of the
    repository, and its number among those of its language under a heading."""
    page: str
    heading: str
    number: int
    language: str
    code: str

    @property
    def id(self) -> str:
        """Test ID."""
        return f'{self.page}, {self.heading} {self.number}'


def read_boxes(path: Path) -> Iterator[Box]:
    """Code blocks of a page, from top to bottom."""
    heading, counts = '', dict[str, int]()
    for found in _LINES.finditer(path.read_text(encoding='utf-8')):
        if found['heading']:
            heading, counts = found['heading'], {}
            continue
        language = found['language']
        number = counts[language] = counts.get(language, -1) + 1
        yield Box(
            path.relative_to(ROOT).as_posix(), heading, number, language,
            found['code'])


def boxes(language: str) -> list[Box]:
    """All code blocks in a language."""
    return [
        box for path in PAGES for box in read_boxes(path)
        if box.language == language
    ]


def box_of(page: str, heading: str, number: int = 0,
           language: str = 'python') -> Box:
    """The code block at the given place."""
    found, = [
        box for box in read_boxes(ROOT / page) if
        (box.heading, box.number, box.language) == (heading, number, language)
    ]
    return found


def run(box: Box, **names: Any) -> dict[str, Any]:
    """Run a box among names that the reader has."""
    names['__name__'] = 'box'
    exec(compile(box.code, box.id, 'exec'), names)
    return names


def commands(box: Box) -> list[list[str]]:
    """Words of each command in a bash block, without comments."""
    parts = [
        part for line in box.code.splitlines() for part in line.split('&&')
    ]
    return list(
        filter(None, (shlex.split(part, comments=True) for part in parts)))

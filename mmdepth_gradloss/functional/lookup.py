from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

T = TypeVar('T')


def lookup(kind: str, name: str, table: Mapping[str, T]) -> T:
    """Return ``table[name]``, or raise a ValueError that lists the known
    names. ``kind`` is what the table holds, for the message."""
    try:
        return table[name]
    except (KeyError, TypeError):
        raise ValueError(f'unknown {kind} {name!r}; known: '
                         f'{", ".join(sorted(table))}') from None

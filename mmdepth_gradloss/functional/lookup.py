from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

T = TypeVar('T')


def lookup(kind: str, name: str, table: Mapping[str, T]) -> T:
    """Return ``table[name]``.

    Args:
        kind: What the table holds, for the error message.

    Raises:
        ValueError: If ``name`` is not in the table; lists the known names.
    """
    try:
        return table[name]
    except (KeyError, TypeError):
        raise ValueError(f'unknown {kind} {name!r}; known: '
                         f'{", ".join(sorted(table))}') from None

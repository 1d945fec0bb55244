"""Look-up of a named option in a table of them."""
from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

T = TypeVar('T')


def lookup(kind: str, name: str, table: Mapping[str, T]) -> T:
    """Return ``table[name]``.

    Args:
        kind: What the table holds, for the error message.
        name: The choice.
        table: The known choices.

    Raises:
        ValueError: If ``name`` is not in the table; lists what is.
    """
    try:
        return table[name]
    except (KeyError, TypeError):
        raise ValueError(f'unknown {kind} {name!r}; known: '
                         f'{", ".join(sorted(table))}') from None

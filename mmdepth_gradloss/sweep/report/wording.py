"""Numbers and names as text."""
from __future__ import annotations

import re

from .statistics import Estimate

NOTHING = '–'


def number(value: float, digits: int = 3, sign: str = '') -> str:
    """A number with significant digits; ``sign='+'`` always shows a sign."""
    return _minus(f'{value:{sign}#.{digits}g}'.rstrip('.'))


def mean_text(mean: Estimate) -> str:
    """``0.239 ± 0.012``."""
    if mean.number < 2:
        return number(mean.mean) if mean.number else NOTHING
    return f'{number(mean.mean)} ± {number(mean.half_width(), 2)}'


def difference_texts(difference: Estimate) -> tuple[str, str]:
    """``+17 %`` and ``[+4.0 %, +30 %]``; empty where there is no interval."""
    half_width = difference.half_width()
    mean, low, high = (
        _signed(difference.mean + shift, difference.is_percent)
        for shift in (0, -half_width, half_width))
    interval = f'[{low},\u00a0{high}]' if difference.number > 1 else ''
    return (mean if difference.number else NOTHING), interval


def counted(count: int, noun: str) -> str:
    """``1 seed``, ``2 seeds``."""
    return f'{count} {noun}' if count == 1 else f'{count} {noun}s'


def shorten(text: str, length: int) -> str:
    """Text of limited length, cut in the middle."""
    if len(text) <= length:
        return text
    tail = (length - 1) // 2
    return f'{text[:length - 1 - tail]}…{text[len(text) - tail:]}'


def without_folders(text: str) -> str:
    """Text whose absolute paths are reduced to their last part. A report may
    be shared, and should not contain the folders of a machine."""
    return re.sub(r'(?<![\w:/.~…])~?/(?:[^\s/=,\'"]+/)+', '…/', text)


def _signed(value: float, is_percent: bool) -> str:
    if not is_percent:
        return number(value, 2, '+')
    decimals = 0 if round(abs(value), 1) >= 10 else 1
    return _minus(f'{value:+.{decimals}f}\u00a0%')


def _minus(text: str) -> str:
    # The exponent keeps its hyphen, so that it can be copied.
    return '−' + text[1:] if text.startswith('-') else text

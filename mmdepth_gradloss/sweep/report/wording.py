"""Numbers and names as text."""
from __future__ import annotations

import math
import re

from .statistics import Difference, Estimate

NOTHING = '–'


def number(value: float, digits: int = 3) -> str:
    """A number with so many significant digits, a dash for NaN."""
    if not math.isfinite(value):
        return NOTHING
    if value == 0:
        return '0'
    if abs(value) >= 1e6 or abs(value) < 1e-5:
        return _minus(f'{value:.{digits - 1}e}')
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    return _minus(f'{value:.{decimals}f}')


def mean_text(mean: Estimate) -> str:
    """``0.239 ± 0.012``, with as many decimals in both parts."""
    text = number(mean.mean)
    if not math.isfinite(mean.half_width) or 'e' in text:
        return text
    decimals = len(text.partition('.')[2])
    return f'{text} ± {mean.half_width:.{decimals}f}'


def difference_texts(difference: Difference) -> tuple[str, str]:
    """``+17 %`` and ``[+4.0 %, +30 %]``.

    Absolute where percent mean nothing; empty where there is no interval.
    """
    percent = difference.percent
    shown, to_text = ((difference.absolute, signed) if percent is None else
                      (percent, _signed_percent))
    if not shown.count:
        return NOTHING, ''
    if not math.isfinite(shown.half_width):
        return to_text(shown.mean), ''
    return (to_text(shown.mean),
            f'[{to_text(shown.low)}, {to_text(shown.high)}]')


def signed(value: float) -> str:
    """A number with its sign."""
    text = number(value, 2)
    return text if value < 0 else f'+{text}'


def counted(count: int, noun: str) -> str:
    """``1 seed``, ``2 seeds``."""
    return f'{count} {noun}' if count == 1 else f'{count} {noun}s'


def duration(seconds: float) -> str:
    """``45 s`` or ``12 min`` or ``3.2 h``."""
    if not math.isfinite(seconds):
        return NOTHING
    if seconds < 120:
        return f'{seconds:.0f} s'
    if seconds < 7200:
        return f'{seconds / 60:.0f} min'
    return f'{seconds / 3600:.1f} h'


def shorten(text: str, length: int) -> str:
    """Text of at most so many characters, cut in the middle."""
    if len(text) <= length:
        return text
    tail = (length - 1) // 2
    return f'{text[:length - 1 - tail]}…{text[len(text) - tail:]}'


def without_folders(text: str) -> str:
    """Text whose absolute paths keep but their last part.

    A report may be passed on, and where things lay on a machine is no part
    of it.
    """
    return re.sub(r'(?<![\w:/.~…])~?/(?:[^\s/=,\'"]+/)+', '…/', text)


def _signed_percent(value: float) -> str:
    decimals = 0 if round(abs(value), 1) >= 10 else 1
    return _minus(f'{value:+.{decimals}f} %')


def _minus(text: str) -> str:
    # The exponent keeps its hyphen, so that it can be copied.
    return '−' + text[1:] if text.startswith('-') else text

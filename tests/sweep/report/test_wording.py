import math

import pytest

from mmdepth_gradloss.sweep.report.statistics import Estimate
from mmdepth_gradloss.sweep.report.wording import (difference_texts, mean_text,
                                                   number, shorten,
                                                   without_folders)

# The half-width of its interval is 12.706.
WIDE = Estimate(15.0, 1.0, 2)


@pytest.mark.parametrize('value, text', [
    (0.23851, '0.239'),
    (-12.346, '−12.3'),
    (123.4, '123'),
    (1.0, '1.00'),
    (1e-9, '1.00e-09'),
])
def test_number(value, text):
    assert number(value) == text


def test_means_as_text():
    assert mean_text(WIDE) == '15.0 ± 13'
    assert mean_text(Estimate(0.25, math.nan, 1)) == '0.250'
    assert mean_text(Estimate(math.nan, math.nan, 0)) == '–'


@pytest.mark.parametrize('difference, texts', [
    (WIDE._replace(is_percent=True), ('+15 %', '[+2.3 %, +28 %]')),
    (Estimate(-1, math.nan, 1, is_percent=True), ('−1.0 %', '')),
    (Estimate(0.02, math.nan, 1), ('+0.020', '')),
    (Estimate(math.nan, math.nan, 0), ('–', '')),
])
def test_differences_as_text(difference, texts):
    # All spaces are non-breaking.
    assert difference_texts(difference) == tuple(
        text.replace(' ', '\u00a0') for text in texts)


def test_shorten_keeps_both_ends():
    assert shorten('abc', 3) == 'abc'
    assert shorten('gradient_weight=0.2,scales=4', 12) == 'gradie…les=4'


@pytest.mark.parametrize('text, kept', [
    ('python tools/sweep.py configs/a.py', None),
    ('https://example.org/a/b', None),
    ('a ../x/y ./z', None),
    ('/home/me/data/nyu', '…/nyu'),
    ('root="/home/me/nyu" x=/tmp/a/b', 'root="…/nyu" x=…/b'),
    ('~/me/x.py', '…/x.py'),
])
def test_absolute_paths_keep_their_last_part(text, kept):
    assert without_folders(text) == (text if kept is None else kept)

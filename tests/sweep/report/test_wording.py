import math

import pytest

from mmdepth_gradloss.sweep.report.statistics import (estimate,
                                                      paired_difference)
from mmdepth_gradloss.sweep.report.wording import (difference_texts, mean_text,
                                                   number, shorten,
                                                   without_folders)


@pytest.mark.parametrize('value, text', [
    (0.23851, '0.239'),
    (-12.346, '−12.3'),
    (1234.5, '1234'),
    (0, '0'),
    (math.nan, '–'),
    (1e-9, '1.00e-09'),
])
def test_number(value, text):
    assert number(value) == text


def test_mean_and_interval_have_as_many_decimals():
    assert mean_text(estimate([0.2, 0.3])) == '0.250 ± 0.635'
    assert mean_text(estimate([0.25])) == '0.250'
    assert mean_text(estimate([])) == '–'


def test_differences_as_text():
    pairs = {0: 1.1, 1: 1.2}, {0: 1.0, 1: 1.0}
    assert difference_texts(
        paired_difference(*pairs)) == ('+15 %', '[−49 %, +79 %]')
    assert difference_texts(
        paired_difference({0: 0.99}, {0: 1.0})) == ('−1.0 %', '')
    # No percent of 0: absolute.
    assert difference_texts(
        paired_difference({0: 0.02}, {0: 0.0})) == ('+0.020', '')
    assert difference_texts(paired_difference({0: 1.0}, {1: 1.0}))[0] == '–'


def test_shorten_keeps_both_ends():
    assert shorten('abc', 3) == 'abc'
    short = shorten('gradient_weight=0.2,scales=4', 12)
    assert len(short) == 12
    assert short.startswith('gradie') and short.endswith('les=4')


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

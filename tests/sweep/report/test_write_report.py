import os
import re
from html.parser import HTMLParser

import pytest
import torch
from fake_sweep import (COMMAND, F1, RMSE, curves_of, step_samples,
                        write_manifest, write_run, write_sweep)

from mmdepth_gradloss.sweep.report import write_report
from mmdepth_gradloss.version import __version__

NASTY = 'w=<b>1|2</b>,"x"&\'y\'/$z_{'


class Page(HTMLParser):
    """Text and attributes of a page; fails on mismatched tags."""

    def __init__(self, text):
        super().__init__()
        self.words, self.links, self.open, self.tags = [], [], [], []
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.links += [v for k, v in attrs if k in ('src', 'href', 'srcset')]
        if tag not in ('meta', 'img', 'wbr'):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)

    @property
    def text(self):
        return ''.join(self.words)


@pytest.fixture(scope='module')
def full_sweep(tmp_path_factory):
    """Two seeds of three variants, one run missing, curves and samples.

    Includes a report, written over an older one. Do not modify it.
    """
    work_dir = tmp_path_factory.mktemp('sweep')
    variants = {'baseline': {}, 'a': {'x': '<i>'}, NASTY: {}}
    write_manifest(work_dir, variants, [0, 1])
    for i, variant in enumerate(variants):
        for seed in (0, 1):
            if (i, seed) != (2, 1):
                write_run(work_dir, variant, seed, {
                    F1: .2 + .05 * i + .01 * seed,
                    RMSE: .8 - .02 * i - .01 * seed
                }, curves_of(variant), step_samples(4 - i))
    (work_dir / 'report_files').mkdir()
    (work_dir / 'report_files' / 'image_9.png').write_bytes(b'old')
    assert write_report(str(work_dir)) == work_dir / 'report.html'
    return work_dir


def texts(work_dir):
    """HTML and Markdown without embedded pictures."""
    html, markdown = ((work_dir / name).read_text()
                      for name in ('report.html', 'report.md'))
    return re.sub('base64,[^"]*', '', html), markdown


def read(work_dir):
    return Page((work_dir / 'report.html').read_text())


def test_page_needs_no_other_file(full_sweep):
    page = read(full_sweep)
    assert len(page.links) == page.tags.count('img') == 5
    assert all(link.startswith('data:image/png;base64,iVBOR')
               for link in page.links)
    html, _ = texts(full_sweep)
    assert 'http' not in html and 'url(' not in html
    assert 'script' not in page.tags and 'link' not in page.tags


def test_what_a_page_says(full_sweep):
    page = read(full_sweep)
    # Order on the page: headline, picture, table.
    order = [page.tags.index(tag) for tag in ('h1', 'img', 'table')]
    places = [page.text.index(part) for part in (
        'Metrics', 'Boundary score against depth error', 'Training',
        'Images', 'Runs', 'Reproduce')]
    assert order == sorted(order) and places == sorted(places)
    for text in (page.text, texts(full_sweep)[1]):
        assert '5 of 6 runs finished' in text and 'by seed: 1.' in text
        assert COMMAND in text and 'configs/x.py' in text
        assert __version__ in text and torch.__version__ in text
        assert str(full_sweep.parent) not in text
        assert os.uname().nodename not in text.split()


def test_each_variant_has_a_line(full_sweep):
    text = read(full_sweep).text.replace('\u00a0', ' ')
    assert text.count('a: boundary F1 +24 % [+24 %, +24 %], RMSE −2.5 % '
                      '[−2.5 %, −2.5 %] (2 seeds)') == 1
    # The best variant is in the heading and the title.
    assert text.count(
        f'{NASTY}: boundary F1 +50 %, RMSE −5.0 % (1 seed)') == 2


def test_names_are_text(full_sweep):
    page = read(full_sweep)
    assert NASTY in page.text
    assert 'b' not in page.tags and 'i' not in page.tags
    _, markdown = texts(full_sweep)
    assert '<b>' not in markdown and '<i>' not in markdown
    rows = [line for line in markdown.splitlines() if '&lt;b>' in line]
    # A bar in a name does not start a column.
    assert any(row.startswith('| ') for row in rows)
    assert all(r'1\|2' in row for row in rows)


def test_markdown_names_pictures_that_are_there(full_sweep):
    named = re.findall(r'\]\(report_files/([^)]*)\)', texts(full_sweep)[1])
    assert named == ['overview.png', 'trade_off.png', 'curves.png',
                     'image_1.png', 'image_2.png']
    assert {*named} == {p.name for p in full_sweep.glob('report_files/*')}


def test_bold_where_clear(tmp_path):
    write_report(write_sweep(tmp_path, {
        'baseline': [(.2, 1.), (.3, 1.2)],
        'a': [(.3, 1.1), (.4, 1.2)],
    }))
    html, markdown = texts(tmp_path)
    assert '<span class="better">+40\u00a0% better</span>' in html
    assert '<span class="">+4.5\u00a0%</span>' in html
    assert '<br>**+40\u00a0% better**<br>' in markdown


@pytest.mark.filterwarnings('error')
@pytest.mark.parametrize('values, text', [
    ({'baseline': [(.2, 1)], 'a': [None]}, 'Nothing to compare yet'),
    ({'baseline': [None], 'a': [None]}, '0 of 2 runs finished'),
    ({'baseline': [None], 'a': [(.2, 1)]}, 'Nothing to compare yet'),
    ({'baseline': [(.2, 1)], 'a': [(.3, 1)]}, 'One seed gives no interval'),
    ({'baseline': [(None, None)] * 2, 'a': [(.3, 1)] * 2}, 'no seed has'),
    ({'baseline': [(.2, 1)] * 2, 'a': [(None, None)] * 2}, 'no seed has'),
    ({'baseline': [(0., 1), (0., 2)], 'a': [(.1, 1), (.1, 2)]}, '+0.10'),
    ({'baseline': [(.2, 1), (.3, 1)], 'a': [(.3, 1), None],
      'b': [(.1, 1), (.2, 1)]}, 'Missing runs of a, by seed: 1.'),
])
def test_whatever_has_finished(tmp_path, values, text):
    write_report(write_sweep(tmp_path, values))
    assert text in read(tmp_path).text


def test_other_metrics(tmp_path):
    write_manifest(tmp_path, {'baseline': {}, 'a': {}}, [0])
    for variant, score in (('baseline', 1), ('a', 3)):
        write_run(tmp_path, variant, 0, {'x/delta1': score, 'x/my': 1})
    write_report(tmp_path, 'x/delta1', 'x/my')
    assert 'a: δ1 +200\u00a0%, my +0.0\u00a0% (1 seed)' in read(tmp_path).text


@pytest.mark.parametrize('odd', [None, step_samples(2, (8, 30)), {}])
def test_variants_without_fitting_samples_are_in_no_picture(tmp_path, odd):
    write_manifest(tmp_path, {'baseline': {}, 'a': {}, 'b': {}}, [0])
    for variant, f1 in (('baseline', .2), ('a', .3), ('b', .25)):
        write_run(tmp_path, variant, 0, {F1: f1, RMSE: 1}, None,
                  odd if variant == 'a' else step_samples(2))
    write_report(tmp_path)
    _, markdown = texts(tmp_path)
    assert 'errors of baseline, b]' in markdown
    assert 'overview' not in markdown and 'curves' not in markdown


def test_overview_shows_the_median_gain(tmp_path):
    write_manifest(tmp_path, {'baseline': {}, 'a': {}}, [0, 1, 2])
    # A step blurred over fewer pixels has fewer false edges.
    for seed, blur in enumerate((1, 3, 2)):
        for variant in ('baseline', 'a'):
            write_run(tmp_path, variant, seed, {F1: .2, RMSE: 1}, None,
                      step_samples(blur if variant == 'a' else 4))
    write_report(tmp_path)
    text = read(tmp_path).text
    assert 'of all 6 predictions, the one with the median gain' in text
    assert 'Its boundary F1: baseline 0.084, a 0.48.' in text

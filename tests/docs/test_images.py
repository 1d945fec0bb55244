"""The command that draws the README's picture."""
from __future__ import annotations

import runpy
import sys

import cv2
import pytest
from pages import DOCS, README, ROOT

sys.path.append(str(ROOT / 'tests' / 'sweep' / 'report'))

from fake_sweep import step_samples, write_manifest, write_run  # noqa: E402

SCRIPT = DOCS / 'images' / 'make_edges.py'


def draw(monkeypatch, *arguments):
    monkeypatch.setattr(sys, 'argv', [str(SCRIPT), *map(str, arguments)])
    runpy.run_path(str(SCRIPT), run_name='__main__')


@pytest.fixture
def sweep(tmp_path):
    write_manifest(tmp_path, {'recommended': {}}, seeds=[0])
    for variant, blur in (('baseline', 4), ('recommended', 1)):
        write_run(tmp_path, variant, 0, {}, samples=step_samples(blur))
    return tmp_path


def test_picture_of_a_sweep(sweep, monkeypatch, capsys):
    out = sweep / 'edges.png'
    draw(monkeypatch, sweep, '--out', out)
    assert cv2.imread(str(out)).shape[1] == 1200
    text = capsys.readouterr().out
    assert 'median of 2' in text
    before, after = text.split('boundary F1 ')[1].split(',')[0].split(' -> ')
    assert float(before) < float(after) == 1


def test_no_stored_predictions(sweep, monkeypatch):
    with pytest.raises(SystemExit, match='no seed has stored predictions'):
        draw(monkeypatch, sweep, 'balanced', '--out', sweep / 'edges.png')


def test_readme_shows_it_once_it_is_there():
    """And until then says how it is made."""
    there = (DOCS / 'images' / 'edges.png').is_file()
    assert ('images/edges.png)' in README.read_text()) == there
    assert 'python docs/images/make_edges.py' in README.read_text()

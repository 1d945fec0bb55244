"""The commands that draw the pictures of README and results."""
import runpy
import sys

import cv2
import pytest
from pages import DOCS, README, ROOT

sys.path.append(str(ROOT / 'tests' / 'sweep' / 'report'))

from fake_sweep import step_samples, write_manifest, write_run  # noqa: E402


def draw(monkeypatch, *arguments, script='make_edges.py'):
    path = str(DOCS / 'images' / script)
    monkeypatch.setattr(sys, 'argv', [path, *map(str, arguments)])
    runpy.run_path(path, run_name='__main__')


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


def test_readme_shows_it():
    assert (DOCS / 'images' / 'edges.png').is_file()
    assert 'images/edges.png)' in README.read_text()


def test_gain_over_length(tmp_path, monkeypatch, capsys):
    for length, gain in (500, 1.5), (1500, 1.2):
        folder = tmp_path / str(length)
        folder.mkdir()
        write_manifest(folder, {'recommended': {}}, seeds=[0, 1])
        for seed in (0, 1):
            for variant, factor in ('baseline', 1), ('recommended', gain):
                metrics = {'depth/boundary_f1': 0.2 * factor,
                           'depth/rmse': 0.9 / factor}
                write_run(folder, variant, seed, metrics)
    out = tmp_path / 'length.png'
    draw(monkeypatch, *(f'{x}={tmp_path / str(x)}' for x in (500, 1500)),
         '--out', out, script='make_length.py')
    assert cv2.imread(str(out)).shape[1] == 880
    text = capsys.readouterr().out
    assert '500 iterations, boundary F1: +50.0 % +- 0.0, 2 seeds' in text
    assert '1500 iterations, RMSE: -16.7 % +- 0.0, 2 seeds' in text


def test_pyramids_of_sparse_depth(tmp_path, monkeypatch, capsys):
    out = tmp_path / 'pyramids.png'
    draw(monkeypatch, '--out', out, script='make_pyramids.py')
    assert cv2.imread(str(out)).shape[1] == 1400
    few = 'bilinear: 5% valid, nearest: 5% valid, stride: 5% valid'
    assert capsys.readouterr().out.splitlines() == [
        f'5 % of the pixels, {few}, area: 57% valid, gaussian: 100% valid',
        f'16 scan lines, {few}, area: 36% valid, gaussian: 99% valid']
    page = (DOCS / 'concepts' / 'sparse_ground_truth.md').read_text()
    assert 'keep 5 % of them' in page and 'fills in 36 to 57 %' in page


def test_one_minute(tmp_path, monkeypatch, capsys):
    out = tmp_path / 'one_minute.png'
    draw(monkeypatch, '--iterations', 8, '--out', out,
         script='../one_minute.py')
    assert cv2.imread(str(out)).shape[1] == 1400
    without, with_loss, path = capsys.readouterr().out.splitlines()
    assert without.startswith('without  RMSE ') and path == str(out)
    assert without.split()[1:] != with_loss.split()[1:]

from fake_sweep import F1, RMSE, write_manifest, write_run, write_sweep

from mmdepth_gradloss.sweep.report.results import load_sweep
from mmdepth_gradloss.sweep.report.tables import (comparison_table,
                                                  override_table, run_table)


def cells_of(table, variant):
    row = next(row for row in table.rows if row[0].text == variant)
    return dict(zip(table.heads, row))


def test_marks_where_the_interval_is_clear_of_zero(tmp_path):
    sweep = load_sweep(
        write_sweep(
            tmp_path, {
                'baseline': [(.2, 1.), (.3, 2.), (.4, 3.)],
                'sharp': [(.3, .9), (.4, 2.2), (.5, 3.)],
                'blurred': [(.1, 2.), (.2, 3.), (.31, 4.)],
            }))
    table = comparison_table(sweep, list(sweep.variants))
    assert table.heads == ['variant', 'seeds', 'boundary F1 ↑', 'RMSE (m) ↓']
    sharp = cells_of(table, 'sharp')
    blurred = cells_of(table, 'blurred')
    assert sharp['boundary F1 ↑'].tone == 'good'
    assert sharp['boundary F1 ↑'].difference == '+33 % better'
    assert sharp['RMSE (m) ↓'].tone == 'neutral'
    assert sharp['RMSE (m) ↓'].difference == '+1.7 %'
    assert sharp['RMSE (m) ↓'].interval.startswith('[−')
    # Lower F1 and higher RMSE are both worse.
    assert blurred['boundary F1 ↑'].tone == 'bad'
    assert blurred['RMSE (m) ↓'].tone == 'bad'
    assert blurred['RMSE (m) ↓'].difference == '+50 % worse'
    base = cells_of(table, 'baseline')['RMSE (m) ↓']
    assert base.text == '2.00 ± 2.48' and not base.difference


def test_one_seed_marks_nothing(tmp_path):
    sweep = load_sweep(
        write_sweep(tmp_path, {
            'baseline': [(.2, 1)],
            'a': [(.4, .5)]
        }))
    cell = cells_of(comparison_table(sweep, ['a']), 'a')['boundary F1 ↑']
    assert (cell.text, cell.difference, cell.interval,
            cell.tone) == ('0.400', '+100 %', '', 'neutral')


def test_runs_without_a_number_are_named(tmp_path):
    sweep = load_sweep(
        write_sweep(
            tmp_path, {
                'baseline': [(.2, 1), (.3, 1)],
                'a': [(.4, 1), (None, 1)],
                'b': [(None, 1), (None, 1)]
            }))
    table = comparison_table(sweep, list(sweep.variants))
    assert cells_of(table, 'a')['boundary F1 ↑'].text == '0.400 (1 run)'
    nothing = cells_of(table, 'b')['boundary F1 ↑']
    assert nothing.text == '–' and not nothing.difference


def test_every_run_with_every_metric(tmp_path):
    write_manifest(tmp_path, {'baseline': {}, 'a': {}}, [3, 4])
    write_run(tmp_path, 'a', 4, {
        RMSE: 0.51234,
        'depth/num_missing': 0,
        'other/thing': 7
    })
    table = run_table(load_sweep(tmp_path))
    assert table.heads == ['variant', 'seed', 'rmse', 'num_missing', 'thing',
                           'time']
    texts = [[cell.text for cell in row] for row in table.rows]
    assert texts[0] == ['baseline', '3', 'missing', '', '', '']
    assert texts[3] == ['a', '4', '0.5123', '0', '7.000', '90 s']


def test_unknown_metric_is_in_the_runs_only(tmp_path):
    write_manifest(tmp_path, {'baseline': {}}, [0])
    write_run(tmp_path, 'baseline', 0, {F1: .2, 'my/score': 3})
    sweep = load_sweep(tmp_path)
    assert 'score' not in comparison_table(sweep, ['baseline']).heads
    assert 'score' in run_table(sweep).heads


def test_overrides_without_a_machines_folders(tmp_path):
    write_manifest(tmp_path, {
        'baseline': {},
        'a': {
            'model.loss.gradient_weight': 0.2,
            'data_root': '/home/me/nyu'
        }
    }, [0])
    rows = override_table(load_sweep(tmp_path)).rows
    assert [[cell.text for cell in row] for row in rows] == [
        ['baseline', 'none'],
        ['a', 'model.loss.gradient_weight = 0.2, data_root = "…/nyu"'],
    ]

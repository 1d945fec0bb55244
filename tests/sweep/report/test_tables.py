from fake_sweep import F1, RMSE, write_manifest, write_run, write_sweep

from mmdepth_gradloss.sweep.report.results import load_sweep
from mmdepth_gradloss.sweep.report.tables import (comparison_table,
                                                  override_table, run_table)


def test_comparison(tmp_path):
    sweep = load_sweep(
        write_sweep(
            tmp_path, {
                'baseline': [(.2, 1.), (.3, 2.), (.4, 3.)],
                'sharp': [(.3, .9), (.4, 2.2), (.5, 3.)],
                'blurred': [(.1, 2.), (.2, 3.), (.31, 4.)],
                'half': [(.4, 1), (None, 1), None],
                'broken': [(None, 1), None, None],
            }))
    table = comparison_table(sweep, list(sweep.variants)).set_index('variant')
    assert list(table) == ['seeds', 'boundary\u00a0F1\u00a0↑'.replace(
        '\u00a0', ' ', 1), 'RMSE\u00a0(m)\u00a0↓']
    assert list(table.seeds) == [3, 3, 3, 2, 1]
    f1, rmse = table.iloc[:, 1], table.iloc[:, 2]
    assert f1.sharp.tone == 'better'
    assert f1.sharp.difference == '+33\u00a0% better'
    assert (rmse.sharp.tone, rmse.sharp.difference) == ('', '+1.7\u00a0%')
    assert rmse.sharp.interval.startswith('[−')
    # Lower F1 and higher RMSE are both worse.
    assert f1.blurred.tone == rmse.blurred.tone == 'worse'
    assert rmse.blurred.difference == '+50\u00a0% worse'
    assert rmse.baseline == ('2.00 ± 2.5', '', '', '', '')
    # One common seed: no interval, no mark.
    assert f1.half == ('0.400', '1 run', '+100\u00a0%', '', '')
    assert f1.broken == ('–', '', '', '', '')


def test_every_run_with_every_metric(tmp_path):
    write_manifest(tmp_path, {'baseline': {}, 'a': {}}, [3, 4])
    write_run(tmp_path, 'a', 4, {
        RMSE: 0.51234,
        F1: None,
        'depth/num_missing': 0,
        'my/score': 7
    })
    sweep = load_sweep(tmp_path)
    table = run_table(sweep)
    assert list(table) == ['variant', 'seed', 'rmse', 'boundary_f1',
                           'num_missing', 'score', 'minutes']
    rows = table.to_numpy().tolist()
    assert rows[0] == ['baseline', 3, '–', '–', '–', '–', 'missing']
    assert rows[3] == ['a', 4, '0.5123', '–', '0', '7', '1.5']
    # The main table has only known metrics.
    assert len(comparison_table(sweep, ['a']).columns) == 4


def test_overrides_without_a_machines_folders(tmp_path):
    write_manifest(tmp_path, {
        'baseline': {},
        'a': {
            'model.loss.gradient_weight': 0.2,
            'data_root': '/home/me/nyu'
        }
    }, [0])
    table = override_table(load_sweep(tmp_path))
    assert table.to_numpy().tolist() == [
        ['baseline', 'none'],
        ['a', 'model.loss.gradient_weight = 0.2, data_root = "…/nyu"'],
    ]

"""What stands on the console at the end of a run."""
from __future__ import annotations

from types import SimpleNamespace

import pytest
from mmengine.logging import MessageHub

from mmdepth_gradloss.runner import last_metrics, print_run_summary
from mmdepth_gradloss.runner.summary import first_metrics

DEPTH = ['rmse', 'mae', 'abs_rel', 'silog', 'delta1', 'delta2', 'boundary_f1',
         'boundary_recall', 'edge_rmse', 'num_missing']
FIRST = ['rmse', 'abs_rel', 'silog', 'delta1', 'boundary_f1', 'edge_rmse']


@pytest.fixture
def runner(tmp_path, monkeypatch):
    monkeypatch.setenv('COLUMNS', '200')
    log_dir = tmp_path / '2026'
    (log_dir / 'vis_data').mkdir(parents=True)
    (log_dir / '2026.log').touch()
    return SimpleNamespace(
        work_dir=str(tmp_path),
        log_dir=str(log_dir),
        timestamp='2026',
        experiment_name='mine',
        message_hub=MessageHub(tmp_path.name))


def log(runner, names, prefix='val/depth/', value=0.5):
    for name in names:
        runner.message_hub.update_scalar(f'{prefix}{name}', value)


def rows(output):
    """Names and values of the table."""
    cells = [line.split('│') for line in output.splitlines() if '│' in line]
    return {cell[1].strip(): cell[2].strip() for cell in cells}


def summary(capsys, runner, mode='val', **options):
    print_run_summary(runner, mode, **options)
    return capsys.readouterr().out


def test_six_metrics_come_first(capsys, runner):
    log(runner, DEPTH)
    output = summary(capsys, runner)
    assert output.startswith('val metrics of mine\n')
    assert list(rows(output).items()) == [
        (f'depth/{name}', '0.5000') for name in FIRST
    ]
    assert '\n4 more metrics with --verbose\n' in output


def test_all_metrics_if_asked(capsys, runner):
    log(runner, DEPTH)
    output = summary(capsys, runner, verbose=True)
    assert list(rows(output)) == [f'depth/{name}' for name in DEPTH]
    assert rows(output)['depth/num_missing'] == '0'
    assert '--verbose' not in output


@pytest.mark.parametrize('names,expected', [
    # few of them
    (['delta1', 'rmse'], ['rmse', 'delta1']),
    # of mmsegmentation's metric alone
    (['abs_rel', 'rmse', 'log_10', 'd1'], ['rmse', 'abs_rel', 'log_10', 'd1']),
    # beside ours, which is shown rather than the other one
    (['abs_rel', 'rmse', *(f'depth/{name}' for name in DEPTH)],
     [f'depth/{name}' for name in FIRST]),
    # other prefixes fill up
    (['near/rmse', 'far/rmse', 'depth/rmse', 'near/mae'],
     ['depth/rmse', 'near/rmse', 'far/rmse', 'near/mae']),
    ([f'near/{name}' for name in DEPTH], [f'near/{x}' for x in DEPTH[:6]]),
])
def test_which_metrics_come_first(names, expected):
    assert first_metrics(names) == expected


def test_table_of_few_metrics_is_whole(capsys, runner):
    log(runner, FIRST)
    output = summary(capsys, runner)
    assert len(rows(output)) == 6 and '--verbose' not in output


def test_run_that_measured_nothing_has_no_table(capsys, runner):
    log(runner, ['time', 'data_time'], 'val/')
    output = summary(capsys, runner)
    assert output.startswith('val metrics of mine: none\n')
    assert '│' not in output and '--verbose' not in output


def test_metrics_of_the_mode_that_was_asked_for(runner):
    log(runner, ['rmse'], value=1.0)
    log(runner, ['rmse'], value=2.0)
    log(runner, ['rmse'], 'test/depth/', 3.0)
    log(runner, ['loss'], 'train/')
    assert last_metrics(runner, 'val') == {'depth/rmse': 2.0}
    assert last_metrics(runner, 'test') == {'depth/rmse': 3.0}


def places(output):
    lines = [line.split(maxsplit=1) for line in output.splitlines()]
    return dict(line for line in lines if line[0] in (
        'checkpoint', 'log', 'TensorBoard', 'pictures'))


def test_places_that_do_not_exist_are_not_named(capsys, runner, tmp_path):
    output = summary(capsys, runner)
    assert f'work dir     {tmp_path}\n' in output
    assert places(output) == dict(log=str(tmp_path / '2026' / '2026.log'))


def test_places_of_results(capsys, runner, tmp_path):
    vis_data = tmp_path / '2026' / 'vis_data'
    (vis_data / 'vis_image').mkdir()
    (vis_data / 'vis_image' / 'val_0.png').touch()
    (vis_data / 'events.out.tfevents.1.x').touch()
    (tmp_path / 'iter_3.pth').touch()
    (tmp_path / 'last_checkpoint').write_text(str(tmp_path / 'iter_3.pth'))
    assert places(summary(capsys, runner)) == {
        'checkpoint': str(tmp_path / 'iter_3.pth'),
        'log': str(tmp_path / '2026' / '2026.log'),
        'TensorBoard': str(vis_data),
        'pictures': str(vis_data / 'vis_image'),
    }


def test_empty_folder_of_pictures_is_not_named(capsys, runner, tmp_path):
    (tmp_path / '2026' / 'vis_data' / 'vis_image').mkdir()
    assert 'pictures' not in places(summary(capsys, runner))


def test_checkpoint_that_was_tested_is_named(capsys, runner, tmp_path):
    tested = tmp_path / '[best].pth'
    tested.touch()
    assert places(summary(
        capsys, runner, checkpoint=str(tested)))['checkpoint'] == str(tested)


def test_warnings_stand_last(capsys, runner):
    output = summary(capsys, runner, warnings=['look [here]', 'and there'])
    assert output.endswith('\nwarning      look [here]\n'
                           'warning      and there\n')

"""What stands on the console at the end of a run."""
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
        work_dir=str(tmp_path), log_dir=str(log_dir), timestamp='2026',
        experiment_name='mine', message_hub=MessageHub(tmp_path.name))


@pytest.fixture
def summary(capsys, runner):
    """Function that logs metrics and returns the printed summary."""

    def print_it(metrics=(), prefix='val/depth/', **options):
        log(runner, metrics, prefix)
        print_run_summary(runner, 'val', **options)
        return capsys.readouterr().out

    return print_it


def log(runner, names, prefix='val/depth/', value=0.5):
    for name in names:
        runner.message_hub.update_scalar(f'{prefix}{name}', value)


def rows(output):
    """Names and values of the table."""
    cells = [line.split('│') for line in output.splitlines() if '│' in line]
    return {cell[1].strip(): cell[2].strip() for cell in cells}


def test_six_metrics_come_first_and_all_if_asked(summary):
    output = summary(DEPTH)
    assert output.startswith('val metrics of mine\n')
    assert list(rows(output).items()) == [
        (f'depth/{name}', '0.5000') for name in FIRST]
    assert '\n4 more metrics with --verbose\n' in output
    output = summary(DEPTH, verbose=True)
    assert list(rows(output)) == [f'depth/{name}' for name in DEPTH]
    assert rows(output)['depth/num_missing'] == '0'
    assert '--verbose' not in output


@pytest.mark.parametrize('names,expected', [
    # few metrics
    (['delta1', 'rmse'], ['rmse', 'delta1']),
    # only mmsegmentation's metric
    (['abs_rel', 'rmse', 'log_10', 'd1'], ['rmse', 'abs_rel', 'log_10', 'd1']),
    # with our metric, which takes precedence
    (['abs_rel', 'rmse', *(f'depth/{name}' for name in DEPTH)],
     [f'depth/{name}' for name in FIRST]),
    # other prefixes fill the remaining rows
    (['near/rmse', 'far/rmse', 'depth/rmse', 'near/mae'],
     ['depth/rmse', 'near/rmse', 'far/rmse', 'near/mae']),
    ([f'near/{name}' for name in DEPTH], [f'near/{x}' for x in DEPTH[:6]]),
])
def test_which_metrics_come_first(names, expected):
    assert first_metrics(names) == expected


@pytest.mark.parametrize('names,prefix,number', [
    (FIRST, 'val/depth/', 6), (['time', 'data_time'], 'val/', 0)])
def test_few_metrics(summary, names, prefix, number):
    output = summary(names, prefix)
    assert len(rows(output)) == number and '--verbose' not in output
    assert output.startswith('val metrics of mine: none\n') == (not number)


def test_metrics_of_the_mode_that_was_asked_for(runner):
    log(runner, ['rmse'], value=1.0)
    log(runner, ['rmse'], value=2.0)
    log(runner, ['rmse'], 'test/depth/', 3.0)
    log(runner, ['loss'], 'train/')
    assert last_metrics(runner, 'val') == {'depth/rmse': 2.0}
    assert last_metrics(runner, 'test') == {'depth/rmse': 3.0}


def test_places_of_results(summary, tmp_path):
    vis_data = tmp_path / '2026' / 'vis_data'
    pictures = vis_data / 'vis_image'
    pictures.mkdir()
    # missing or empty places are not listed
    first = (f'val metrics of mine: none\nwork dir     {tmp_path}\n')
    log_file = f'log          {tmp_path}/2026/2026.log\n'
    assert summary() == first + log_file
    (pictures / 'val_0.png').touch()
    (vis_data / 'events.out.tfevents.1.x').touch()
    (tmp_path / 'iter_3.pth').touch()
    (tmp_path / 'last_checkpoint').write_text(str(tmp_path / 'iter_3.pth'))
    assert summary() == (
        f'{first}checkpoint   {tmp_path}/iter_3.pth\n{log_file}'
        f'TensorBoard  {vis_data}\npictures     {pictures}\n')
    # the tested checkpoint precedes the newest one; warnings come last
    tested = tmp_path / '[best].pth'
    tested.touch()
    output = summary(checkpoint=str(tested),
                     warnings=['look [here]', 'and there'])
    assert f'\ncheckpoint   {tested}\n' in output
    assert output.endswith('\nwarning      look [here]\n'
                           'warning      and there\n')

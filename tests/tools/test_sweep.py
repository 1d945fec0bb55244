"""A sweep from the command line, broken off and shared."""
import json
import os
import signal
import subprocess
import sys
import time

import pytest
from fake_sets import make_nyu_layout
from mmengine.config import Config
from tool_runs import ROOT, run

pytest.importorskip('pandas')
pytest.importorskip('scipy')
pytest.importorskip('filelock')

from mmdepth_gradloss.cli.sweep import (choose_variants, main,  # noqa: E402
                                        parse_args)

UNET = ROOT / 'configs' / 'unet'
EXPERIMENTS = ROOT / 'configs' / 'experiments'

# two variants with two seeds and a few iterations each
CONFIG = '''
_base_ = {base!r}
train_dataloader = dict(batch_size=2)
val_dataloader = dict(batch_size=2)
train_cfg = dict(max_iters=3, val_interval=3)
param_scheduler = []
default_hooks = dict(
    gradient_loss=dict(type='GradientLossHook', warmup='linear',
                       warmup_iters=2))
sweep = dict(
    _delete_=True,
    seeds=[0, 1],
    variants={{
        'plain': {{}},
        'with': {{
            'model.decode_head.loss': dict(gradient_weight=0.2)
        }}
    }})
'''


@pytest.fixture
def arguments(tmp_path):
    """Command-line arguments of a small sweep."""
    config = tmp_path / 'tiny.py'
    base = EXPERIMENTS / 'unet-tiny_folder-96x64_real.py'
    config.write_text(CONFIG.format(base=str(base)))
    data = make_nyu_layout(tmp_path / 'data', dict(train=4, val=2), (32, 48))
    return [str(config), '--data-root', str(data)]


def _results(work_dir):
    return {
        str(path.relative_to(work_dir)): json.loads(path.read_text())
        for path in work_dir.glob('runs/*/*/result.json')
    }


def _kill_in_the_second_run(arguments, work_dir):
    """Start a sweep and kill it with its children after the first run."""
    process = subprocess.Popen(
        [sys.executable, 'tools/sweep.py', *arguments, '--work-dir',
         str(work_dir)], cwd=ROOT, stdout=subprocess.PIPE, text=True,
        start_new_session=True)
    assert process.stdout.readline().startswith('[1/4]')
    deadline = time.monotonic() + 60
    while len(list(work_dir.glob('runs/*/*/console.log'))) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()


def test_killed_sweep_goes_on_in_two_processes(arguments, tmp_path):
    work_dir = tmp_path / 'broken'
    _kill_in_the_second_run(arguments, work_dir)
    before = _results(work_dir)
    assert len(before) == 1

    output = run('sweep.py', *arguments, '--work-dir', str(work_dir),
                 '--processes', '2')
    assert output.count('rmse') == 3  # the fourth was finished before
    after = _results(work_dir)
    assert len(after) == 4
    assert before.items() <= after.items()
    for name in ('report.html', 'report.md'):
        assert 'plain' in (work_dir / name).read_text()

    # same results as an uninterrupted sweep
    whole = tmp_path / 'whole'
    run('sweep.py', *arguments, '--work-dir', str(whole))
    for path, result in _results(whole).items():
        assert result['metrics'] == after[path]['metrics']
    report = (whole / 'report.md').read_text()
    assert 'mmdepth-gradloss sweep' in report and '--data-root' in report
    # --report-only does not change the command to reproduce the results.
    assert main([arguments[0], '--work-dir', str(whole), '--report-only']) == 0
    assert (whole / 'report.md').read_text() == report


def test_missing_pandas_names_the_extra(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, 'pandas', None)
    with pytest.raises(ModuleNotFoundError, match=r'pandas.*\[sweep\]'):
        main(['config', '--work-dir', str(tmp_path), '--report-only'])


@pytest.fixture
def refused(tmp_path):
    """Function that returns the error of a sweep, which must write nothing."""

    def run_sweep(*arguments):
        work_dir = tmp_path / 'none'
        with pytest.raises(ValueError) as error:
            main([*arguments, '--work-dir', str(work_dir)])
        assert not work_dir.exists()
        return str(error.value)

    return run_sweep


def test_mistakes_end_it_before_any_training(arguments, refused, tmp_path):
    # a config with a gradient term cannot be the baseline
    message = refused(str(UNET / 'unet-small_rooms-192x128_recommended.py'))
    assert message.startswith(
        "variant 'recommended': model.decode_head already has a")
    assert 'model.decode_head.loss.gradient_weight=0' in message
    message = refused(*arguments, '--search',
                      'model.decode_head.loss.gradient_wieght=0.1,1')
    assert message.startswith("variant 'gradient_wieght=0.1': ")
    assert message.endswith("unexpected keyword argument 'gradient_wieght'")
    message = refused(*arguments, '--search', 'a=1,2', '--objective',
                      'depth/rmse')
    assert message == 'a lower depth/rmse is better: add --minimize'
    message = refused(str(UNET / 'unet-small_rooms-192x128_baseline.py'),
                      '--data-root', str(tmp_path))
    assert message.startswith('--data-root: no data set of')


@pytest.mark.parametrize('listed, options, names', [
    (None, [], ['baseline', 'recommended', 'balanced', 'conservative',
                'edge_focused']),
    (None, ['--variants', 'balanced'], ['baseline', 'balanced']),
    (None, ['--grid', 'a.x=1,2', 'b.y=z'], ['baseline', 'x=1,y=z', 'x=2,y=z']),
    (None, ['--search', 'a.x=1,2'], ['baseline']),
    (dict(plain={}, a={}, b={}), ['--variants', 'b'], ['plain', 'b']),
])
def test_variants_of_the_command_line_and_the_config(listed, options, names):
    args = parse_args(['config.py', *options])
    cfg = Config(dict(sweep=dict(variants=listed)) if listed else {})
    assert [x.name for x in choose_variants(args, cfg)] == names


@pytest.mark.parametrize('options, message', [
    (['--grid', 'a=1', 'a=2'], '--grid: a=2 repeats a key or a value'),
    (['--search', 'a=1,2', 'a=3,4'], '--search: a=3,4 repeats a key'),
    (['--grid', 'a=1,1'], '--grid: a=1,1 repeats a key or a value'),
    (['--grid', 'a'], '--grid: expected KEY=V1,V2,..., got a'),
    (['--trials', '0'], 'must be at least 1, got 0'),
    (['--processes', '0'], 'must be at least 1, got 0'),
])
def test_bad_options_are_refused(capsys, options, message):
    with pytest.raises(SystemExit):
        parse_args(['config.py', *options])
    assert message in capsys.readouterr().err


def test_ways_to_choose_variants_exclude_each_other(capsys):
    with pytest.raises(SystemExit):
        parse_args(['config.py', '--grid', 'a.x=1', '--variants', 'b'])
    assert ('argument --variants: not allowed with argument --grid'
            in capsys.readouterr().err)

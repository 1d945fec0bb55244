"""A sweep from the command line, broken off and shared."""
from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from tool_runs import ROOT, run

pytest.importorskip('scipy')

# two variants, two seeds of a few iterations each
CONFIG = '''
_base_ = {base!r}
train_dataloader = dict(
    batch_size=2,
    dataset=dict(dataset=dict(length=4, size=(32, 48))))
val_dataloader = dict(
    batch_size=2,
    dataset=dict(dataset=dict(length=4, size=(32, 48))))
train_cfg = dict(max_iters=3, val_interval=3)
param_scheduler = []
custom_hooks = [
    dict(type='GradientLossHook', warmup='linear', warmup_iters=2)
]
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
def config(tmp_path):
    path = tmp_path / 'tiny.py'
    base = ROOT / 'configs' / 'experiments' / 'dense.py'
    path.write_text(CONFIG.format(base=str(base)))
    return path


def _results(work_dir):
    return {
        str(path.relative_to(work_dir)): json.loads(path.read_text())
        for path in work_dir.glob('runs/*/*/result.json')
    }


def _kill_in_the_second_run(config, work_dir):
    """Start a sweep and kill it, children too, after its first run."""
    process = subprocess.Popen(
        [sys.executable, 'tools/sweep.py', str(config), '--work-dir',
         str(work_dir)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True)
    assert process.stdout.readline().startswith('[1/4]')
    deadline = time.monotonic() + 60
    while len(list(work_dir.glob('runs/*/*/console.log'))) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()


def test_killed_sweep_goes_on_in_two_processes(config, tmp_path):
    work_dir = tmp_path / 'broken'
    _kill_in_the_second_run(config, work_dir)
    before = _results(work_dir)
    assert len(before) == 1

    output = run('sweep.py', str(config), '--work-dir', str(work_dir),
                 '--processes', '2')
    assert output.count('rmse') == 3  # the fourth was there already
    after = _results(work_dir)
    assert len(after) == 4
    assert before.items() <= after.items()
    for name in ('report.html', 'report.md'):
        assert 'plain' in (work_dir / name).read_text()

    # the same figures as a sweep that nothing broke off
    whole = tmp_path / 'whole'
    run('sweep.py', str(config), '--work-dir', str(whole))
    for path, result in _results(whole).items():
        assert result['metrics'] == after[path]['metrics']
    assert 'tools/sweep.py' in (whole / 'report.md').read_text()


def test_misspelt_arm_ends_before_any_training(config, tmp_path):
    output = run('sweep.py', str(config), '--variants', 'witch', '--work-dir',
                 str(tmp_path / 'none'), expect=1)
    assert "unknown variants ['witch']; known: plain, with" in output
    assert not _results(tmp_path / 'none')

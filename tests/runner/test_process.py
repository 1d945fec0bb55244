"""What a tool does to its process."""
from __future__ import annotations

import sys

import pytest
from mmengine.config import Config
from mmengine.fileio.handlers.registry_utils import file_handlers
from mmengine.runner import CheckpointLoader

from mmdepth_gradloss.runner import prepare_process, print_once, process
from mmdepth_gradloss.runner.checkpoint import load_from_local


def test_checkpoints_of_mmengine_can_be_read(monkeypatch):
    monkeypatch.setattr(CheckpointLoader, '_schemes',
                        dict(CheckpointLoader._schemes))
    prepare_process()
    assert CheckpointLoader._schemes[''] is load_from_local


def test_yaml_calls_nothing_and_keeps_tuples(monkeypatch, tmp_path):
    monkeypatch.setitem(file_handlers, 'yaml', file_handlers['yaml'])
    prepare_process()
    path = tmp_path / 'config.yaml'
    cfg = Config(dict(a=(1, 2), b=dict(c=[1.5, None, 'x'])))
    cfg.dump(path)
    assert Config.fromfile(path).to_dict() == cfg.to_dict()
    ran = tmp_path / 'ran'
    path.write_text(f'a: !!python/object/apply:os.mkdir ["{ran}"]')
    with pytest.raises(Exception, match='python/object/apply:os.mkdir'):
        Config.fromfile(path)
    assert not ran.exists()


def test_mmcv_has_operators_to_import():
    pytest.importorskip('mmcv')
    prepare_process()
    __import__('mmcv.ops')
    assert 'mmcv._ext' in sys.modules


@pytest.mark.parametrize('launcher,variable', [
    ('pytorch', 'RANK'), ('slurm', 'SLURM_PROCID'),
    ('mpi', 'OMPI_COMM_WORLD_RANK')])
@pytest.mark.parametrize('rank', ['0', '1'])
def test_first_process_speaks(monkeypatch, capsys, launcher, variable, rank):
    monkeypatch.setenv(variable, rank)
    print_once(Config(dict(launcher=launcher)), 'hello')
    assert capsys.readouterr().out == ('hello\n' if rank == '0' else '')


def test_run_of_one_process_speaks_whatever_the_cluster_says(
        monkeypatch, capsys):
    monkeypatch.setenv('SLURM_PROCID', '3')
    print_once(Config(dict(launcher='none')), 'hello')
    assert capsys.readouterr().out == 'hello\n'


def test_two_mmengines_over_each_other_are_warned_of(monkeypatch):
    monkeypatch.setattr(process, 'mixed_installation', lambda: 'two of them')
    with pytest.warns(UserWarning, match='two of them'):
        prepare_process()

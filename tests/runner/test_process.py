"""What a tool does to its process."""
import sys

import pytest
import torch.distributed as dist
from mmengine.config import Config
from mmengine.fileio.handlers.registry_utils import file_handlers
from mmengine.runner import CheckpointLoader

from mmdepth_gradloss.runner import prepare_process, print_once, process
from mmdepth_gradloss.runner.checkpoint import load_from_local


def test_checkpoints_and_operators_of_mmcv_can_be_read(monkeypatch):
    monkeypatch.setattr(CheckpointLoader, '_schemes',
                        dict(CheckpointLoader._schemes))
    prepare_process()
    assert CheckpointLoader._schemes[''] is load_from_local
    pytest.importorskip('mmcv')
    __import__('mmcv.ops')
    assert 'mmcv._ext' in sys.modules


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


@pytest.mark.parametrize('launcher,variable', [
    ('pytorch', 'RANK'), ('slurm', 'SLURM_PROCID'),
    ('mpi', 'OMPI_COMM_WORLD_RANK'),
    # cluster variables are ignored without a launcher
    ('none', 'SLURM_PROCID')])
def test_first_process_speaks(monkeypatch, capsys, launcher, variable):
    for rank in '01':
        monkeypatch.setenv(variable, rank)
        print_once(Config(dict(launcher=launcher)), rank)
    assert capsys.readouterr().out.split() == (
        ['0', '1'] if launcher == 'none' else ['0'])


def test_two_mmengines_over_each_other_are_warned_of(monkeypatch):
    monkeypatch.setattr(process, 'mixed_installation', lambda: 'two of them')
    with pytest.warns(UserWarning, match='two of them'):
        prepare_process()


def test_unused_parameters_are_looked_for_if_the_config_says_so(monkeypatch):
    backends = []
    monkeypatch.setattr(dist, 'init_process_group', backends.append)
    monkeypatch.setattr(process, 'get_device', lambda: 'cpu')
    for entries in ({}, dict(find_unused_parameters=True)):
        cfg = Config(dict(launcher='pytorch', **entries))
        process.prepare_cpu_launcher(cfg)
        assert backends.pop() == 'gloo'
        wrapper = cfg.model_wrapper_cfg
        assert wrapper.find_unused_parameters == bool(entries)
        assert wrapper.device_ids is None and not wrapper.broadcast_buffers

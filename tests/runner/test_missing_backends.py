"""TensorBoard, where it is installed and where it is not."""
from __future__ import annotations

import pytest
from mmengine.config import Config
from mmengine.visualization import TensorboardVisBackend

from mmdepth_gradloss.runner import missing_backends
from mmdepth_gradloss.runner.missing_backends import drop_missing_tensorboard

LOCAL = dict(type='LocalVisBackend')


@pytest.fixture
def installed(monkeypatch):

    def pretend(answer):
        monkeypatch.setattr(missing_backends, 'find_spec',
                            lambda name: object() if answer else None)

    return pretend


@pytest.mark.parametrize('kind', [
    'TensorboardVisBackend', 'mmengine.TensorboardVisBackend',
    TensorboardVisBackend
])
@pytest.mark.parametrize('there', [True, False])
def test_tensorboard_is_used_where_it_is(installed, capsys, kind, there):
    installed(there)
    tensorboard = dict(type=kind)
    cfg = Config(dict(visualizer=dict(vis_backends=[LOCAL, tensorboard])))
    drop_missing_tensorboard(cfg)
    assert cfg.visualizer.vis_backends == (
        [LOCAL, tensorboard] if there else [LOCAL])
    output = capsys.readouterr().out
    assert ('pip install tensorboard' in output) == (not there)


@pytest.mark.parametrize('cfg', [
    dict(), dict(visualizer=None),
    dict(visualizer=dict(type='Visualizer')),
    dict(visualizer=dict(vis_backends=[LOCAL]))
])
def test_nothing_is_said_of_what_nobody_asked_for(installed, capsys, cfg):
    installed(False)
    before = Config(cfg).to_dict()
    cfg = Config(cfg)
    drop_missing_tensorboard(cfg)
    assert cfg.to_dict() == before
    assert capsys.readouterr().out == ''

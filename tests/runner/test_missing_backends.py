"""TensorBoard, where it is installed and where it is not."""
import pytest
from mmengine.config import Config
from mmengine.visualization import TensorboardVisBackend

from mmdepth_gradloss.runner import missing_backends
from mmdepth_gradloss.runner.missing_backends import drop_missing_tensorboard

LOCAL = dict(type='LocalVisBackend')


@pytest.mark.parametrize('kind', [
    'TensorboardVisBackend', 'mmengine.TensorboardVisBackend',
    TensorboardVisBackend, None])
@pytest.mark.parametrize('there', [True, False])
def test_tensorboard_is_used_where_it_is(monkeypatch, capsys, kind, there):
    monkeypatch.setattr(missing_backends, 'find_spec',
                        lambda name: object() if there else None)
    asked = [dict(type=kind)] if kind else []
    cfg = Config(dict(visualizer=dict(vis_backends=[LOCAL, *asked])))
    drop_missing_tensorboard(cfg)
    assert cfg.visualizer.vis_backends == [LOCAL, *(asked if there else [])]
    output = capsys.readouterr().out
    dropped = kind is not None and not there
    assert ('pip install tensorboard' in output) == dropped


@pytest.mark.parametrize('cfg', [
    dict(), dict(visualizer=None), dict(visualizer=dict(type='Visualizer'))])
def test_nothing_is_said_of_what_is_not_there(capsys, cfg):
    expected, cfg = Config(cfg).to_dict(), Config(cfg)
    drop_missing_tensorboard(cfg)
    assert cfg.to_dict() == expected
    assert capsys.readouterr().out == ''

"""The stand-in for the compiled half of mmcv."""
import importlib.util
import sys

import pytest

from mmdepth_gradloss.config import mmcv_ops_stand_in


@pytest.fixture
def without_ext(monkeypatch):
    """No ``mmcv._ext``, whatever is installed."""
    # set first, so that monkeypatch removes what a test leaves behind
    monkeypatch.setitem(sys.modules, 'mmcv._ext', None)
    monkeypatch.delitem(sys.modules, 'mmcv._ext')
    monkeypatch.setattr(importlib.util, 'find_spec', lambda name: None)


def test_operators_exist_until_they_are_called(without_ext):
    mmcv_ops_stand_in.install_stand_in()
    ext = sys.modules['mmcv._ext']
    assert ext.__spec__.name == 'mmcv._ext'
    with pytest.raises(RuntimeError, match="'nms'.*install mmcv"):
        ext.nms(1, iou=2)
    with pytest.raises(AttributeError, match='__path__'):
        ext.__path__


def no_mmcv(name):
    raise ModuleNotFoundError("No module named 'mmcv'")


@pytest.mark.parametrize('find_spec', [no_mmcv, lambda name: 'a spec'])
def test_does_nothing_beside_the_real_operators_or_without_mmcv(
        without_ext, monkeypatch, find_spec):
    with monkeypatch.context() as loaded:
        real = object()
        loaded.setitem(sys.modules, 'mmcv._ext', real)
        mmcv_ops_stand_in.install_stand_in()
        assert sys.modules['mmcv._ext'] is real
    monkeypatch.setattr(importlib.util, 'find_spec', find_spec)
    mmcv_ops_stand_in.install_stand_in()
    assert 'mmcv._ext' not in sys.modules

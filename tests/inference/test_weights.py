"""Weights for a prediction."""
from __future__ import annotations

import os

import pytest
import torch
from mmengine.logging.history_buffer import HistoryBuffer
from torch import nn

from mmdepth_gradloss.inference.weights import load_weights


def network(features=2):
    return nn.Sequential(nn.Linear(3, features), nn.BatchNorm1d(features))


def saved(tmp_path, content):
    path = tmp_path / 'iter_1.pth'
    torch.save(content, path)
    return str(path)


@pytest.mark.parametrize('wrap', [
    lambda state: dict(state_dict=state, history=HistoryBuffer([1.0], [1])),
    lambda state: state,
    lambda state: {f'module.{key}': x for key, x in state.items()},
    lambda state: dict(state, optimizer_of_old=torch.ones(1)),
    lambda state: {k: x for k, x in state.items() if 'num_batches' not in k},
], ids=['mmengine', 'bare', 'distributed', 'more', 'without a count'])
def test_all_weights_are_loaded(tmp_path, wrap):
    source, model = network(), network()
    load_weights(model, saved(tmp_path, wrap(source.state_dict())))
    for name, weight in source.named_parameters():
        assert torch.equal(model.get_parameter(name), weight)


def test_missing_weights_are_named(tmp_path):
    state = network().state_dict()
    del state['1.bias'], state['0.bias']
    with pytest.raises(
            ValueError, match='pth lacks 2 of the 7 weights of Sequential, '
            'such as 0.bias'):
        load_weights(network(), saved(tmp_path, state))


def test_weights_of_another_shape_are_named(tmp_path):
    path = saved(tmp_path, network(4).state_dict())
    with pytest.raises(
            ValueError,
            match=r"not fit Sequential: .*0.weight.*\(5 more like"):
        load_weights(network(), path)


def test_weights_run_no_code(tmp_path):

    class Evil:

        def __reduce__(self):
            return os.mkdir, (str(tmp_path / 'ran'), )

    state = network().state_dict()
    path = saved(tmp_path, dict(state_dict=state, evil=Evil()))
    with pytest.raises(ValueError, match=r'asks for \w+.mkdir, .*--trust-'):
        load_weights(network(), path)
    assert not (tmp_path / 'ran').exists()


def test_no_checkpoint_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match='nowhere.pth'):
        load_weights(network(), 'nowhere.pth')
    text = tmp_path / 'notes.pth'
    for content in ('', 'notes'):
        text.write_text(content)
        with pytest.raises(ValueError, match='notes.pth is no checkpoint'):
            load_weights(network(), str(text))
    with pytest.raises(ValueError, match='holds a list'):
        load_weights(network(), saved(tmp_path, [1]))

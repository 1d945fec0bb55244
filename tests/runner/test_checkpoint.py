"""Finding and reading checkpoints."""
import argparse
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import torch
from mmengine.logging.history_buffer import HistoryBuffer
from mmengine.runner import CheckpointLoader
from torch import nn

from mmdepth_gradloss.runner import checkpoint
from mmdepth_gradloss.runner.checkpoint import (check_checkpoint,
                                                check_weights_fit,
                                                last_checkpoint,
                                                load_from_local, partial_load,
                                                read_weights,
                                                register_checkpoint_loader,
                                                trust_checkpoints)

REFUSED = ('requests argparse.Namespace, which could run any code; .* '
           '--trust-checkpoint to train, test, predict or export')


@pytest.fixture(autouse=True)
def no_trust():
    yield
    trust_checkpoints(False)


@pytest.fixture
def schemes(monkeypatch):
    """Restore MMEngine's checkpoint loaders after the test."""
    monkeypatch.setattr(CheckpointLoader, '_schemes',
                        dict(CheckpointLoader._schemes))
    register_checkpoint_loader()
    return CheckpointLoader._schemes


@pytest.fixture
def served(tmp_path, monkeypatch):
    """URL of a folder served over HTTP."""
    monkeypatch.setenv('TORCH_HOME', str(tmp_path / 'downloads'))
    handler = partial(SimpleHTTPRequestHandler, directory=str(tmp_path))
    with ThreadingHTTPServer(('127.0.0.1', 0), handler) as server:
        threading.Thread(
            target=server.serve_forever, args=(0.01, ), daemon=True).start()
        yield f'http://127.0.0.1:{server.server_port}'
        server.shutdown()


@pytest.fixture
def good(tmp_path):
    """Checkpoint with weights and MMEngine's other entries."""
    torch.save(dict(loss=HistoryBuffer([1.0], [1])), tmp_path / 'good.pth')
    return str(tmp_path / 'good.pth')


@pytest.fixture
def evil(tmp_path):
    """Checkpoint with an object that MMEngine never saves."""
    torch.save(dict(args=argparse.Namespace(lr=1)), tmp_path / 'evil.pth')
    return str(tmp_path / 'evil.pth')


def test_what_mmengine_does_not_keep_needs_trust(good, evil, monkeypatch):
    lines = []
    monkeypatch.setattr(checkpoint, 'print_log',
                        lambda line, **_: lines.append(line))
    for _ in range(2):
        with pytest.raises(ValueError, match=f'^{evil} {REFUSED}$'):
            load_from_local(evil)
        trust_checkpoints(True)
        assert load_from_local(evil)['args'].lr == 1
        assert lines.pop() == (f'{evil} requests argparse.Namespace: allowed '
                               'by --trust-checkpoint')
        assert load_from_local(good)['loss'].current() == 1.0 and not lines
        trust_checkpoints(False)


def test_download_is_read_in_the_same_way(good, evil, served, schemes):
    load, before = CheckpointLoader.load_checkpoint, torch.load
    assert load(f'{served}/good.pth')['loss'].current() == 1.0
    with pytest.raises(ValueError, match=f'^{served}/evil.pth {REFUSED}'):
        load(f'{served}/evil.pth')
    assert torch.load is before
    trust_checkpoints(True)
    assert load(f'{served}/evil.pth')['args'].lr == 1


def test_loaders_are_the_same_after_another_start(schemes):
    loader = schemes['https://']
    assert schemes[''] is load_from_local
    register_checkpoint_loader()
    again = CheckpointLoader._schemes['https://']
    assert again.__wrapped__ is loader.__wrapped__
    assert loader.__wrapped__.__name__ == again.__name__ == 'load_from_http'


@pytest.mark.parametrize('zipped', [True, False])
def test_what_is_no_checkpoint_is_named(tmp_path, zipped):
    path = tmp_path / 'iter_1.pth'
    torch.save(
        dict(loss=HistoryBuffer([1.0], [1]), weight=torch.ones(99)), path,
        _use_new_zipfile_serialization=zipped)
    whole = path.read_bytes()
    parts = [whole[:i] for i in range(0, len(whole) - 100, len(whole) // 20)]
    for content in (b'notes', b'PK\x03\x04', b'\x80\x02.', *parts):
        path.write_bytes(content)
        with pytest.raises(ValueError, match='iter_1.pth is not a checkpoint'):
            load_from_local(str(path))


def test_program_is_no_checkpoint(tmp_path):
    path = tmp_path / 'program.pth'
    torch.jit.save(torch.jit.script(nn.Identity()), str(path))
    with pytest.raises(ValueError, match='program.pth .*TorchScript'):
        load_from_local(str(path))


@pytest.mark.parametrize('look', [check_checkpoint, load_from_local])
def test_what_is_not_there_is_named(tmp_path, look):
    with pytest.raises(IsADirectoryError, match=f'{tmp_path} is a folder'):
        look(str(tmp_path))
    with pytest.raises(
            FileNotFoundError, match='there is no checkpoint no/such.pth'):
        look('no/such.pth')
    check_checkpoint('https://example.org/iter_1.pth')  # no download


def test_note_of_the_newest_checkpoint_is_followed(tmp_path):
    assert last_checkpoint(tmp_path) is None
    (tmp_path / 'last_checkpoint').write_text('runs/iter_3.pth\n')
    assert last_checkpoint(tmp_path) == Path('runs/iter_3.pth')


def network():
    return nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2))


def fit(path, content, model):
    """Save content, read it, and check that it fits a network."""
    torch.save(content, path)
    weights = read_weights(str(path))
    check_weights_fit(model, str(path), weights)
    return weights


@pytest.mark.parametrize('wrap', [
    lambda state: dict(state_dict=state),
    lambda state: state,
    lambda state: {f'module.{k}': v for k, v in state.items()},
    lambda state: dict(state, optimizer_of_old=torch.ones(1)),
    lambda state: {k: x for k, x in state.items() if 'num_batches' not in k},
], ids=['mmengine', 'bare', 'distributed', 'more', 'without a count'])
def test_weights_that_fit_are_read(tmp_path, wrap):
    model = network()
    weights = fit(tmp_path / 'iter_1.pth', wrap(model.state_dict()), model)
    for name, weight in model.named_parameters():
        assert torch.equal(weights[name], weight)


@pytest.mark.parametrize('change,message', [
    (lambda state: state.pop('1.bias'),
     'pth does not fit Sequential: 1.bias is not in it; is it for another'),
    (lambda state: [state.pop(k) for k in ('0.bias', '1.bias')],
     r'0.bias is not in it \(1 more like this\); is it'),
    (lambda state: state.update({'0.bias': torch.ones(5)}),
     r'0.bias is \(5,\), not \(2,\); is it'),
])
def test_weights_of_another_network_are_refused(tmp_path, change, message):
    """Even if only one weight is missing, which would stay random."""
    state = network().state_dict()
    change(state)
    with pytest.raises(ValueError, match=message):
        fit(tmp_path / 'iter_1.pth', state, network())
    with pytest.raises(ValueError, match='it holds a list'):
        fit(tmp_path / 'iter_1.pth', [1, 2], network())


def test_training_from_a_part_is_told(tmp_path):
    path = str(tmp_path / 'backbone.pth')
    state = network().state_dict()
    torch.save(state, path)
    assert partial_load(network(), path) is None
    del state['0.weight']
    torch.save(state, path)
    assert partial_load(network(), path).endswith(
        'backbone.pth does not hold 1 weights of Sequential, which keep '
        'their initial values; first: 0.weight is not in it')
    assert partial_load(network(), 'https://example.org/a.pth') is None

"""Reading checkpoints without running what they say."""
import builtins
import functools
import importlib
import io
import operator
import os
import pickle
from collections import OrderedDict

import numpy as np
import pytest
import torch
from mmengine.logging import HistoryBuffer

from mmdepth_gradloss.runner import unpickler
from mmdepth_gradloss.runner.unpickler import UnsafePickleError

HISTORY = 'cmmengine.logging.history_buffer\nHistoryBuffer\n'


class Call:
    """Pickled as a call of a function."""

    def __init__(self, function, *args):
        self.call = function, args

    def __call__(self):
        """Makes the object callable, as pickle requires of functions."""

    def __reduce__(self):
        return self.call


def attribute(*names):
    """``HistoryBuffer.NAME.NAME...``"""
    return functools.reduce(
        lambda owner, name: Call(getattr, owner, name), names, HistoryBuffer)


def load(content):
    return unpickler.load(io.BytesIO(content))


def through(value, **options):
    """Save and load a value."""
    file = io.BytesIO()
    torch.save(value, file, **options)
    file.seek(0)
    return torch.load(file, pickle_module=unpickler, weights_only=False)


@pytest.mark.parametrize('zipped', [True, False])
@pytest.mark.parametrize('value', [
    np.float64(0.1), np.float32(0.1), np.int64(-3), np.bool_(True),
    np.str_('metres'), np.dtype('>i2'), 1j, {1, 2}, frozenset([3]),
    b'\x00\xff', b'', slice(1, 2), torch.Size([1, 2]), torch.bfloat16,
    torch.strided, torch.per_tensor_affine, torch.device('cpu'),
    [None, True, 'x', 2**70]
], ids=repr)
def test_plain_values_are_read(value, zipped):
    read = through([value, [value]], _use_new_zipfile_serialization=zipped)
    assert read == [value, [value]]
    assert type(read[0]) is type(value)


@pytest.mark.parametrize('zipped', [True, False])
@pytest.mark.parametrize('tensor', [
    torch.arange(3), torch.ones(2, 2, dtype=torch.bfloat16),
    torch.ones(2).to_sparse(), torch.ones(3, device='meta'),
    torch.quantize_per_tensor(torch.ones(2), 0.5, 0, torch.qint8),
    torch.nn.Parameter(torch.ones(2)), torch.arange(9).view(3, 3).T
], ids=str)
def test_tensors_are_read(tensor, zipped):
    read = through(tensor, _use_new_zipfile_serialization=zipped)
    assert type(read) is type(tensor)
    assert (read.dtype, read.shape) == (tensor.dtype, tensor.shape)
    if tensor.device.type != 'meta':
        read, tensor = (
            x.dequantize() if x.is_quantized else x for x in (read, tensor))
        assert torch.equal(read.to_dense(), tensor.to_dense())


@pytest.mark.parametrize('array', [
    np.arange(4.0), np.arange(4, dtype='>i2'), np.ones((2, 3), 'f4', 'F'),
    np.array(['near', 'far']), np.array([True, False]), np.array(1j),
    np.zeros((0, 3))
], ids=lambda x: f'{x.dtype}-{x.shape}')
def test_arrays_are_read(array):
    read, again = through([array, array])
    assert read is again and read.dtype == array.dtype.newbyteorder('=')
    assert read.shape == array.shape and (read == array).all()


@pytest.mark.parametrize('core', [b'numpy.core', b'numpy._core'])
def test_files_of_numpy_1_and_2_are_read(core):
    content = pickle.dumps([np.float32(2), np.arange(3)], 2)
    for name in (b'numpy.core', b'numpy._core'):
        content = content.replace(name + b'.multiarray', core + b'.multiarray')
    scalar, array = load(content)
    assert scalar == 2 and list(array) == [0, 1, 2]


def test_log_and_ordered_dict_are_read_with_all_they_hold():
    history = HistoryBuffer([1.0, 3.0], [1, 2], max_length=5)
    state = torch.nn.BatchNorm2d(2).state_dict()
    read_history, read_state = through([history, state])
    assert [list(x) for x in read_history.data] == [[1.0, 3.0], [1, 2]]
    assert read_history.max_length == 5
    assert read_history.statistics('max') == 3.0
    assert type(read_state) is OrderedDict and list(read_state) == list(state)
    assert read_state._metadata == state._metadata


@pytest.mark.parametrize('payload,names', [
    (Call(os.system, 'touch ran'), f'{os.name}.system'),
    (Call(eval, '__import__("os").system("touch ran")'), 'builtins.eval'),
    (Call(open, 'ran', 'w'), f'{builtins.open.__module__}.open'),
    (Call(Call(functools.partial, os.system, 'touch ran')),
     f'functools.partial, {os.name}.system'),
    (Call(Call(operator.attrgetter, 'system'), Call(
        importlib.import_module, 'os')),
     'importlib.import_module, operator.attrgetter'),
    (Call(pickle.loads, pickle.dumps(Call(os.system, 'touch ran'))),
     'pickle.loads'),
    (Call(torch.load, 'evil.pth'), 'torch.serialization.load'),
    ({'deep': [(OrderedDict(x=Call(os.system, 'touch ran')), )]},
     f'{os.name}.system'),
    (attribute('__init__', '__globals__'),
     r"getattr\(HistoryBuffer, '__init__'\)"),
    (Call(getattr, OrderedDict, 'mean'), r"getattr\(OrderedDict, 'mean'\)"),
    (attribute('_statistics_methods'),
     r"getattr\(HistoryBuffer, '_statistics_methods'\)"),
    (attribute('mean', '__globals__'),
     r"getattr\(HistoryBuffer.mean, '__globals__'\)"),
    (np.array([Call(os.system, 'touch ran')], dtype=object),
     rf"numpy.dtype\('O8'\), {os.name}.system"),
    (np.zeros(1, [('x', 'f4')]), r"numpy.dtype\('V4'\)"),
    (Call(np.ndarray, (1, ), 'O', b'12345678'), 'a call of numpy.ndarray'),
    (Call(torch.nn.Module), 'torch.nn.modules.module.Module'),
])
def test_what_could_run_code_is_refused_and_listed(
        payload, names, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for zipped in (True, False):
        with pytest.raises(UnsafePickleError, match=f'^{names}$'):
            through([payload, np.float64(1)],
                    _use_new_zipfile_serialization=zipped)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize('protocol', range(6))
def test_every_protocol_is_refused(protocol, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UnsafePickleError, match='system'):
        load(pickle.dumps(Call(os.system, 'touch ran'), protocol))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize('target', [
    HISTORY, 'ctorch._utils\n_rebuild_tensor_v2\n',
    'ccollections\nOrderedDict\n'])
@pytest.mark.parametrize('state', ["}S'mean'\nNs", "(N}S'mean'\nNst"])
def test_classes_and_functions_are_left_as_they_are(target, state):
    """Even if a pickle sets their state or attributes."""
    with pytest.raises(UnsafePickleError, match='another state of <'):
        load(f'{target}{state}b.'.encode())
    assert callable(HistoryBuffer.mean)
    assert not hasattr(torch._utils._rebuild_tensor_v2, 'mean')


def test_log_does_not_bring_statistics_of_its_own():
    before = dict(HistoryBuffer([1.0], [1])._statistics_methods)
    state = "}S'statistics_methods'\n}S'mean'\nNss"
    read = load(f'{HISTORY})\x81{state}b.'.encode('latin1'))
    assert HistoryBuffer._statistics_methods == before
    assert isinstance(read, HistoryBuffer)


@pytest.mark.parametrize('position,value', [
    (0, 'I4\n'), (2, '(I1\nt'), (3, '(I1\nt'), (4, '}'), (5, 'I9\n'),
    (7, 'I63\n')])
def test_dtype_does_not_bring_a_state_that_numpy_would_not_write(
        position, value):
    """For example integers that NumPy would use as pointers."""
    state = ['I3\n', "S'<'\n", 'N', 'N', 'N', 'I-1\n', 'I-1\n', 'I0\n']
    pickled = "cnumpy\ndtype\n(S'f8'\nI00\nI01\ntR({}tb."
    assert load(pickled.format(''.join(state)).encode()) == np.dtype('<f8')
    state[position] = value
    with pytest.raises((UnsafePickleError, ValueError), match='state of dtyp'):
        load(pickled.format(''.join(state)).encode())

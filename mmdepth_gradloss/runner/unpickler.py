"""Unpickling restricted to the content of MMEngine's checkpoints.

The module is a ``pickle_module`` for :func:`torch.load` of any version.
``weights_only=True`` only accepts additional classes since PyTorch 2.5, and
MMEngine's files would need NumPy's ``ndarray`` and ``dtype`` among them, with
which a file can access arbitrary memory.
"""
from __future__ import annotations

import codecs
import pickle
import pickletools
from _compat_pickle import IMPORT_MAPPING
from collections import OrderedDict
from typing import Any, BinaryIO

import numpy as np
import torch
from mmengine.logging import HistoryBuffer

REBUILD_TENSORS = ('_rebuild_tensor', '_rebuild_tensor_v2',
                   '_rebuild_tensor_v3', '_rebuild_parameter',
                   '_rebuild_parameter_with_state', '_rebuild_sparse_tensor',
                   '_rebuild_qtensor', '_rebuild_meta_tensor_no_storage',
                   '_rebuild_device_tensor_from_numpy',
                   '_rebuild_device_tensor_from_cpu_tensor')
"""Functions of ``torch._utils``; each PyTorch version has most of them."""
STATISTICS = ('min', 'max', 'current', 'mean')
"""Methods pickled with a ``HistoryBuffer``."""
NUMBERS_AND_TEXT = 'biufcSU'
"""Kinds of NumPy dtypes, without objects, records and times."""


class UnsafePickleError(pickle.UnpicklingError):
    """A pickle requests names that are not allowed."""

    def __init__(self, *names: str) -> None:
        super().__init__(', '.join(names))
        self.names = names


def _statistics_method(owner: Any, name: str) -> Any:
    """Replacement of ``getattr`` in a pickled ``HistoryBuffer``."""
    if owner is not HistoryBuffer or name not in STATISTICS:
        owner = getattr(owner, '__qualname__', repr(owner))
        raise UnsafePickleError(f'getattr({owner}, {name!r})')
    return getattr(HistoryBuffer, name)


def _array_class(*_: Any) -> Any:
    """Replacement of ``numpy.ndarray`` as an argument of ``_reconstruct``.
    Calling the class itself would interpret any bytes as object pointers."""
    raise UnsafePickleError('a call of numpy.ndarray')


def _plain_dtype(code: str, *_: Any) -> np.dtype:
    dtype = np.dtype(str(code))
    if dtype.kind not in NUMBERS_AND_TEXT:
        raise UnsafePickleError(f'numpy.dtype({code!r})')
    return np.dtype(dtype, copy=True)  # its state follows


KNOWN: dict[str, Any] = {
    '_codecs.encode': codecs.encode,  # bytes
    'builtins.bytes': bytes,  # empty ones
    'builtins.complex': complex,
    'builtins.frozenset': frozenset,
    'builtins.getattr': _statistics_method,
    'builtins.set': set,
    'builtins.slice': slice,
    'collections.OrderedDict': OrderedDict,
    'mmengine.logging.history_buffer.HistoryBuffer': HistoryBuffer,
    'numpy.dtype': _plain_dtype,
    'numpy.ndarray': _array_class,
    'torch.Size': torch.Size,
    'torch.device': torch.device,
    'torch.serialization._get_layout': torch.serialization._get_layout,
    'torch.storage.UntypedStorage': torch.UntypedStorage,
    **{
        f'torch._utils.{name}': getattr(torch._utils, name)
        for name in REBUILD_TENSORS if hasattr(torch._utils, name)
    }
}
"""Allowed objects by their full name."""
for _core in ('numpy.core', 'numpy._core'):  # NumPy 1 and 2
    KNOWN[f'{_core}.multiarray._reconstruct'] = lambda *_: np.empty(0)
    KNOWN[f'{_core}.multiarray.scalar'] = np.float64().__reduce__()[0]
TORCH_CONSTANTS = (torch.dtype, torch.layout, torch.qscheme)


# The Python implementation; the one in C would also set class attributes.
_Base: Any = getattr(pickle, '_Unpickler')


class Unpickler(_Base):
    dispatch = dict(_Base.dispatch)

    def __init__(self, file: BinaryIO, **options: Any) -> None:
        super().__init__(file, **options)
        self._file = file

    def load(self) -> Any:
        """Read one pickle; an UnsafePickleError lists all names not
        allowed."""
        start = self._file.tell()
        try:
            return super().load()
        except UnsafePickleError as error:
            self._file.seek(start)
            names = {*error.names, *self._unknown_names()}
            raise UnsafePickleError(*sorted(names)) from None

    def find_class(self, module: str, name: str) -> Any:
        # torch.save writes the Python 2 names of modules
        full_name = f'{IMPORT_MAPPING.get(module, module)}.{name}'
        if full_name in KNOWN:
            return KNOWN[full_name]
        constant = getattr(torch, name, None)
        if module == 'torch' and isinstance(constant, TORCH_CONSTANTS):
            return constant
        raise UnsafePickleError(full_name)

    def load_build(self) -> None:
        target, state = self.stack[-2:]
        if isinstance(target, np.dtype):
            orders = (target.newbyteorder('<'), target.newbyteorder('>'))
            safe = state in (order.__reduce__()[2] for order in orders)
        else:
            safe = type(target) in (OrderedDict, HistoryBuffer, np.ndarray)
        if not safe:
            raise UnsafePickleError(f'another state of {target!r}')
        if isinstance(target, HistoryBuffer):
            # They would apply to every HistoryBuffer.
            state.pop('statistics_methods', None)
        super().load_build()

    dispatch[pickle.BUILD[0]] = load_build

    def _unknown_names(self) -> set[str]:
        names: set[str] = set()
        for operation, argument, _ in pickletools.genops(self._file):
            if operation.name in ('GLOBAL', 'INST'):
                module, name = str(argument).split(' ', 1)
                try:
                    self.find_class(module, name)
                except UnsafePickleError as error:
                    names.update(error.names)
        return names


def load(file: BinaryIO, **options: Any) -> Any:
    return Unpickler(file, **options).load()

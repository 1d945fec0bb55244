"""Time, memory, launches and host syncs of a piece of PyTorch code."""
from __future__ import annotations

import importlib.util
import itertools
import json
import math
import os
import tempfile
import time
import warnings
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import torch
from torch import Tensor
from torch.profiler import ProfilerActivity, profile
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten

from mmdepth_gradloss.functional import fused_gradient, gradient_operator

Run = Callable[[], object]

# Operators that return memory or numbers without computing; views are
# identified by their schema.
NO_KERNEL = {
    'empty', 'empty_like', 'empty_strided', 'new_empty', 'new_empty_strided',
    'resize_', 'set_', 'lift_fresh', '_local_scalar_dense'
}

# Operators that a GPU would have to finish before Python can go on: they
# return a number, or a tensor whose size depends on values. Indexing with a
# bool mask calls the second.
SYNCS = {'aten::_local_scalar_dense', 'aten::nonzero', 'aten::masked_select'}


@dataclass(frozen=True)
class Footprint:
    """Peak memory of a call, in addition to that before, its CUDA kernels and
    the GPU's time in them, None on the CPU, and how often Python waits for the
    device. On the CPU that is how often it would wait for a GPU."""
    peak_bytes: int
    kernels: int | None
    busy_seconds: float | None
    host_syncs: int


@dataclass(frozen=True)
class Traffic:
    """Operators and Triton kernels of a call that compute, counted on any
    machine, and the bytes of their input and output tensors. An in-place sum
    is read and written."""
    launches: int
    bytes: int


def interleaved_times(runs: dict[str, Run], rounds: int, device: torch.device,
                      reset: Run = lambda: None,
                      warmup: int = 2) -> dict[str, list[float]]:
    """Time several candidates side by side; returns seconds of each round.

    Each round runs every candidate once, in a rotating order, so that other
    load and the state of caches affect all of them equally. ``reset`` is
    called before each run, not timed; ``warmup`` earlier rounds are not timed
    either.
    """
    times: dict[str, list[float]] = {name: [] for name in runs}
    names = list(runs)
    for number in range(-warmup, rounds):
        first = number % len(names)
        for name in names[first:] + names[:first]:
            reset()
            seconds = _time(runs[name], device)
            if number >= 0:
                times[name].append(seconds)
    return times


def _time(run: Run, device: torch.device) -> float:
    _synchronize(device)
    start = time.perf_counter()
    run()
    _synchronize(device)
    return time.perf_counter() - start


def _synchronize(device: torch.device) -> None:
    if device.type == 'cuda':
        torch.cuda.synchronize(device)


def saved_bytes(forward: Run, owned: Sequence[Tensor] = ()) -> int:
    """Bytes that autograd keeps between forward and backward.

    ``forward`` computes and returns the result; ``owned`` tensors, such as the
    inputs, do not count. Each storage is counted once.
    """
    kept: dict[int, int] = {}

    def pack(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda x: x):
        # alive until all is counted, so that no address is used twice
        result = forward()
    for tensor in owned:
        kept.pop(tensor.untyped_storage().data_ptr(), None)
    del result
    return sum(kept.values())


def footprint(run: Run, device: torch.device,
              reset: Run = lambda: None) -> Footprint:
    """Measure memory, kernels and host syncs of a call.

    ``run`` should have run before; ``reset`` is called before each run and not
    measured.
    """
    reset()
    if device.type == 'cuda':
        peak = _cuda_peak_bytes(run, device)
        reset()
        kernels, busy_seconds = _cuda_kernels(run)
        reset()
        return Footprint(peak, kernels, busy_seconds, _cuda_syncs(run))
    trace = _trace(run, [ProfilerActivity.CPU])
    reset()
    return Footprint(
        _peak_bytes(trace), None, None,
        sum(event.get('name') in SYNCS for event in trace))


def count_traffic(run: Run) -> Traffic:
    """Count launches and bytes of a call, below autograd.

    An operator that uses others inside, such as a mean that uses a sum, counts
    once, as it is one kernel on a GPU; ours counts as its launches on a whole
    batch. Triton kernels are counted but not run.
    """
    with _Counter() as counter, ExitStack() as stack:
        stack.enter_context(
            patch.object(fused_gradient, 'CACHED_PIXELS', 2**62))
        if importlib.util.find_spec('triton') is not None:
            from mmdepth_gradloss.functional import triton_gradient
            stack.enter_context(
                patch.object(gradient_operator, 'triton_serves',
                             lambda pred, formula, backend: True))
            stack.enter_context(
                patch.object(triton_gradient, 'launch', counter.launch))
        run()
    return Traffic(counter.launches, counter.bytes)


class _Counter(TorchDispatchMode):
    """Counts operators, and launches reported to it."""

    def __init__(self) -> None:
        super().__init__()
        self.launches = self.bytes = 0

    def launch(self, kernel: object, tiles: int, images: int, *args: object,
               **constants: object) -> None:
        """Count a Triton kernel."""
        if tiles and images:
            self._add(args)

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        if func.name() == gradient_operator.NAME:
            with self:
                return gradient_operator.loss_and_gradient(*args)
        result = func(*args, **(kwargs or {}))
        name = func.overloadpacket.__name__
        if not func.is_view and name not in NO_KERNEL:
            fills = name.startswith('new_') or name.endswith('_like')
            self._add(result if fills else (args, kwargs, result))
        return result

    def _add(self, tensors: object) -> None:
        self.launches += 1
        self.bytes += sum(
            _size(x) for x in tree_flatten(tensors)[0]
            if isinstance(x, Tensor))


def _size(x: Tensor) -> int:
    """Bytes of a tensor's elements, repeated ones once."""
    sides = [n for n, step in zip(x.shape, x.stride()) if step]
    return x.element_size() * math.prod(sides) * (x.numel() > 0)


def copy_bandwidth(device: torch.device, size: int = 2**28) -> float:
    """Bytes per second that a copy of ``size`` bytes reads and writes."""
    source = torch.zeros(size, dtype=torch.uint8, device=device)
    target = torch.empty_like(source)
    times = interleaved_times({'copy': lambda: target.copy_(source)}, 10,
                              device)
    return 2 * size / min(times['copy'])


def _trace(run: Run, activities: list[ProfilerActivity]) -> list[dict]:
    """Events of the profiler's trace, ordered by time."""
    # Else the profiler says on the console that it starts and stops.
    os.environ.setdefault('KINETO_LOG_LEVEL', '99')
    with profile(activities=activities, profile_memory=True) as profiler:
        run()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / 'trace.json'
        profiler.export_chrome_trace(str(path))
        events = json.loads(path.read_text())['traceEvents']
    return sorted(events, key=lambda event: event.get('ts', 0))


def _peak_bytes(trace: list[dict]) -> int:
    """Running maximum of all allocations and releases."""
    changes = (event['args']['Bytes'] for event in trace
               if event.get('name') == '[memory]')
    return max(itertools.accumulate(changes, initial=0))


def _cuda_peak_bytes(run: Run, device: torch.device) -> int:
    _synchronize(device)
    torch.cuda.reset_peak_memory_stats(device)
    before = torch.cuda.memory_allocated(device)
    run()
    _synchronize(device)
    return torch.cuda.max_memory_allocated(device) - before


def _cuda_kernels(run: Run) -> tuple[int, float]:
    """Number of CUDA kernels, and their total seconds."""
    trace = _trace(run, [ProfilerActivity.CPU, ProfilerActivity.CUDA])
    microseconds = [
        event['dur'] for event in trace
        if event.get('cat') in ('kernel', 'gpu_memset', 'gpu_memcpy')
    ]
    return len(microseconds), 1e-6 * sum(microseconds)


def _cuda_syncs(run: Run) -> int:
    mode = torch.cuda.get_sync_debug_mode()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter('always')
        torch.cuda.set_sync_debug_mode('warn')
        try:
            run()
        finally:
            torch.cuda.set_sync_debug_mode(mode)
    return sum('synchronizing CUDA operation' in str(warning.message)
               for warning in caught)

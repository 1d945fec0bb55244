"""Compile the Triton kernels of all presets without a GPU.

    python triton_compiled.py CAPABILITY

Prints registers and stack bytes of each kernel of each preset as JSON.
"""
from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from tempfile import NamedTemporaryFile
from unittest.mock import patch

import torch
import triton
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource

from mmdepth_gradloss.functional import triton_gradient
from mmdepth_gradloss.functional.presets import PRESETS

CUOBJDUMP = Path(triton.__file__).parent / 'backends/nvidia/bin/cuobjdump'
TYPES = {torch.float32: '*fp32', torch.uint8: '*u8', torch.int32: '*i32'}
SIZE = (2, 1, 480, 640)


def recorded_launches(formula):
    """Launch arguments of a loss's kernels, which are not run."""
    launches = []

    def record(kernel, tiles, images, *args, **constants):
        launches.append((kernel, args, constants))

    pred = torch.ones(SIZE)
    with patch.object(triton_gradient, 'launch', record):
        triton_gradient.loss_and_gradient(pred, pred, pred > 0, None, formula,
                                          'mean', False)
    return launches


def type_of(argument):
    if isinstance(argument, tuple):
        return tuple(map(type_of, argument))
    if isinstance(argument, torch.Tensor):
        return TYPES[argument.dtype]
    if argument is None:
        return 'constexpr'
    return 'fp32' if isinstance(argument, float) else 'i32'


def compile_kernel(kernel, args, constants, capability):
    constants = dict(constants)
    num_warps = constants.pop('num_warps', 4)
    named = dict(zip(kernel.arg_names, args))
    signature = {name: type_of(x) for name, x in named.items()}
    signature |= dict.fromkeys(constants, 'constexpr')
    constants |= {name: None for name, x in named.items() if x is None}
    aligned = {(i, ): [['tt.divisibility', 16]]
               for i, x in enumerate(args) if isinstance(x, torch.Tensor)}
    return triton.compile(
        ASTSource(kernel, signature, constants, aligned),
        target=GPUTarget('cuda', capability, 32),
        options=dict(num_warps=num_warps))


def resources(compiled):
    """Registers and stack bytes per thread."""
    with NamedTemporaryFile(suffix='.cubin') as file:
        file.write(compiled.asm['cubin'])
        file.flush()
        usage = subprocess.run(
            [CUOBJDUMP, '-res-usage', file.name], capture_output=True,
            text=True, check=True).stdout
    registers, stack = re.search(r'REG:(\d+) STACK:(\d+)', usage).groups()
    return int(registers), int(stack)


def main(capability):
    used = {}
    for name, formula in PRESETS.items():
        launches = recorded_launches(replace(formula, depth_offset=0.0))
        used[name] = sorted({
            (x.__name__, *resources(compile_kernel(x, *rest, capability)))
            for x, *rest in launches
        })
    print(json.dumps(used))


if __name__ == '__main__':
    main(int(sys.argv[1]))

"""What this PyTorch has for compilers."""
from __future__ import annotations

import torch

CAN_BE_COMPILED = hasattr(torch.library, 'custom_op')
"""Whether an operator of ours can be kept whole, from PyTorch 2.4 on."""

# PyTorch 2.1 has it under the second name only.
is_compiling = (
    torch.compiler.is_compiling
    if hasattr(torch.compiler, 'is_compiling') else torch._utils.is_compiling)

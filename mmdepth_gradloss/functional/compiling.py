"""What the installed PyTorch offers for compilers."""
from __future__ import annotations

import torch

CAN_BE_COMPILED = hasattr(torch.library, 'custom_op')
"""Whether custom operators exist (PyTorch 2.4 or later)."""

# PyTorch 2.1 only has the second name.
is_compiling = (
    torch.compiler.is_compiling
    if hasattr(torch.compiler, 'is_compiling') else torch._utils.is_compiling)

from __future__ import annotations

import functools
import os
import warnings

import torch
from torch import Tensor

from .gradient_formula import GradientFormula

CHOICES = {
    'pyramid': ('bilinear', 'nearest', 'stride', 'area', 'gaussian'),
    'domain': ('linear', 'normalized', 'log', 'inverse'),
    'mask_policy': ('center', 'support', 'every'),
    'penalty': ('l1', 'l2', 'charbonnier'),
    'normalizer': ('windows', 'pooled_windows', 'pixels', 'full_pixels'),
}
"""What the kernels know by name. Operators they take as numbers."""

MIN_TRITON = (3, 4)
"""Earlier versions do not support the tuples that the kernels use."""


def triton_serves(pred: Tensor, formula: GradientFormula,
                  backend: str) -> bool:
    """Whether Triton computes the loss: float32 on CUDA, and a formula of
    choices that the kernels know. A RuntimeError names what is missing if
    ``backend`` is 'triton'."""
    interpreted = os.environ.get('TRITON_INTERPRET') == '1'
    if pred.dtype != torch.float32 or not (pred.is_cuda or interpreted):
        return False
    problem = _without_kernels(formula) or _find_problem(pred.device)
    if problem is not None and backend == 'triton':
        raise RuntimeError(
            f"backend='triton' does not work here: {problem}; backend='auto' "
            'uses what works')
    return problem is None


def _without_kernels(formula: GradientFormula) -> str | None:
    """The first choice that the kernels do not know."""
    for option, known in CHOICES.items():
        choice = getattr(formula, option)
        if choice not in known:
            return f'there are no kernels for {option}={choice!r}'
    return None


@functools.lru_cache
def _find_problem(device: torch.device) -> str | None:
    """Why Triton cannot be used on a device, None if it can."""
    version = _triton_version()
    if version is None or _major_minor(version) < MIN_TRITON:
        return 'it needs triton>={}.{}, found {}'.format(*MIN_TRITON, version)
    try:
        _try_out(device)
    except Exception as error:  # such as no C compiler, or an old GPU
        problem = f'{type(error).__name__}: {error}'
        warnings.warn('the gradient loss is computed without Triton '
                      f'{version}, which failed: {problem}')
        return problem
    return None


def _triton_version() -> str | None:
    try:
        import triton
    except ImportError:
        return None
    return triton.__version__


def _major_minor(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split('.')[:2])


def _try_out(device: torch.device) -> None:
    from .triton_gradient import launch_residual
    depth = torch.ones(1, 1, 1, 1, device=device)
    launch_residual(depth, depth, depth.to(torch.uint8), 'linear')

"""Whether the Triton kernels compute a loss."""
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
"""Earlier ones do not take the tuples that the kernels are made from."""


def triton_serves(pred: Tensor, formula: GradientFormula,
                  backend: str) -> bool:
    """Whether there are kernels: for float32 on CUDA, and a formula without
    choices that were added to the tables.

    Args:
        pred (Tensor): The prediction.
        formula (GradientFormula): What to compute.
        backend (str): 'auto' or 'triton'.

    Raises:
        RuntimeError: If ``backend`` is 'triton', but Triton does not work,
            or has no kernels for a choice of the formula; names it.
    """
    interpreted = os.environ.get('TRITON_INTERPRET') == '1'
    if pred.dtype != torch.float32 or not (pred.is_cuda or interpreted):
        return False
    problem = _without_kernels(formula) or _find_problem(pred.device)
    if problem is not None and backend == 'triton':
        raise RuntimeError(
            f"backend='triton' does not work here: {problem}; backend='auto' "
            'takes what works')
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
    """What keeps Triton from computing on a device."""
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
    """Compile and run a small kernel."""
    from .triton_gradient import launch_residual
    depth = torch.ones(1, 1, 1, 1, device=device)
    launch_residual(depth, depth, depth.to(torch.uint8), 'linear')

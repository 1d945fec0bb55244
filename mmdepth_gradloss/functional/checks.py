"""Checks of what losses are constructed and called with."""
from __future__ import annotations

import math
from numbers import Real
from typing import Any

from torch import Tensor


def check_number(name: str, value: Any) -> None:
    """Refuse what is not a finite real number.

    Args:
        name: Of the argument.
        value: The argument.

    Raises:
        TypeError: If it is no number; names it.
        ValueError: If it is not finite; names it.
    """
    if not isinstance(value, Real):
        raise TypeError(f'{name} must be a number, got {value!r}')
    if not math.isfinite(value):
        raise ValueError(f'{name} must be finite, got {value}')


def check_weights(**weights: float) -> None:
    """Refuse weights that are not finite numbers from 0 on.

    Args:
        **weights: Weights by argument.

    Raises:
        TypeError: If one is no number; names it.
        ValueError: If one is negative or not finite; names it.
    """
    for name, weight in weights.items():
        if isinstance(weight, Real) and not weight >= 0:
            raise ValueError(f'{name} must be >= 0, got {weight}')
        check_number(name, weight)


def check_valid_range(min_depth: float | None,
                      max_depth: float | None) -> None:
    """Refuse a range of valid ground truth that holds none.

    Args:
        min_depth: Smallest depth in metres.
        max_depth: Largest depth in metres.

    Raises:
        TypeError: If one is no number; names it.
        ValueError: If the range is empty; names both.
    """
    _check_numbers(min_depth, max_depth)
    low = 0.0 if min_depth is None else min_depth
    high = math.inf if max_depth is None else max_depth
    if not 0 <= low < high:
        raise ValueError('0 <= min_depth must be below max_depth, got '
                         f'{min_depth} and {max_depth}')


def check_depth_range(min_depth: float, max_depth: float) -> None:
    """Refuse bounds of depth that are not 0 < min_depth < max_depth.

    Args:
        min_depth: In metres.
        max_depth: In metres.

    Raises:
        TypeError: If one is no number; names it.
        ValueError: Names both.
    """
    _check_numbers(min_depth, max_depth)
    if not 0 < min_depth < max_depth:
        raise ValueError('0 < min_depth < max_depth must hold, got '
                         f'{min_depth} and {max_depth}')


def _check_numbers(min_depth: float | None, max_depth: float | None) -> None:
    for name, depth in (('min_depth', min_depth), ('max_depth', max_depth)):
        if not isinstance(depth, (Real, type(None))):
            raise TypeError(f'{name} must be a number, got {depth!r}')


def check_loss_name(name: Any) -> None:
    """Refuse a name under which MMEngine logs a loss but does not train it.

    MMEngine adds up the entries of a model's loss dict that have 'loss' in
    their key.

    Args:
        name: Key of the loss.

    Raises:
        ValueError: If it is no string, or has no 'loss' in it.
    """
    if not (isinstance(name, str) and 'loss' in name):
        raise ValueError(
            f"loss_name must have 'loss' in it, got {name!r}: MMEngine leaves "
            'other entries of the loss dict out of the total')


def check_tensors(**values: Any) -> None:
    """Refuse what is no tensor of real numbers.

    Args:
        **values: Arguments by name.

    Raises:
        TypeError: Names the argument and its type.
    """
    for name, value in values.items():
        if not isinstance(value, Tensor):
            kind = type(value)
            advice = ('; convert it with torch.from_numpy'
                      if kind.__module__ == 'numpy' else '')
            raise TypeError(f'{name} must be a torch.Tensor, got '
                            f'{kind.__module__}.{kind.__name__}{advice}')
        if value.is_complex():
            raise TypeError(f'{name} must hold real numbers, got '
                            f'{value.dtype}')

"""Checks of the arguments of losses."""
from __future__ import annotations

import math
from numbers import Real
from typing import Any

from torch import Tensor


def check_number(name: str, value: Any) -> None:
    """TypeError if an argument is not a number, ValueError if it is not
    finite."""
    if not isinstance(value, Real):
        raise TypeError(f'{name} must be a number, got {value!r}')
    if not math.isfinite(value):
        raise ValueError(f'{name} must be finite, got {value}')


def check_weights(**weights: float) -> None:
    """TypeError for weights that are not numbers, ValueError if not finite or
    < 0."""
    for name, weight in weights.items():
        if isinstance(weight, Real) and not weight >= 0:
            raise ValueError(f'{name} must be >= 0, got {weight}')
        check_number(name, weight)


def check_positive(**numbers: Any) -> None:
    """TypeError for arguments that are not numbers, ValueError if not finite
    or <= 0."""
    for name, number in numbers.items():
        check_number(name, number)
        if number <= 0:
            raise ValueError(f'{name} must be above 0, got {number}')


def check_valid_range(min_depth: float | None,
                      max_depth: float | None) -> None:
    """Check a range of valid ground truth, in metres. TypeError if a bound is
    not a number, ValueError if the range is empty."""
    _check_numbers(min_depth, max_depth)
    low = 0.0 if min_depth is None else min_depth
    high = math.inf if max_depth is None else max_depth
    if not 0 <= low < high:
        raise ValueError('0 <= min_depth must be below max_depth, got '
                         f'{min_depth} and {max_depth}')


def check_depth_range(min_depth: float, max_depth: float) -> None:
    """Check that 0 < min_depth < max_depth, in metres. TypeError if a bound is
    not a number, ValueError for the wrong order."""
    _check_numbers(min_depth, max_depth)
    if not 0 < min_depth < max_depth:
        raise ValueError('0 < min_depth < max_depth must hold, got '
                         f'{min_depth} and {max_depth}')


def _check_numbers(min_depth: float | None, max_depth: float | None) -> None:
    for name, depth in (('min_depth', min_depth), ('max_depth', max_depth)):
        if not isinstance(depth, (Real, type(None))):
            raise TypeError(f'{name} must be a number, got {depth!r}')


def check_loss_name(name: Any) -> None:
    """ValueError for a loss name without 'loss' in it. MMEngine only sums
    entries of a model's loss dict whose key contains 'loss', and merely logs
    the others."""
    if not (isinstance(name, str) and 'loss' in name):
        raise ValueError(
            f"loss_name must contain 'loss', got {name!r}: MMEngine leaves "
            'other entries of the loss dict out of the total')


def check_tensors(**values: Any) -> None:
    """TypeError if an argument is not a tensor of real numbers."""
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


def check_same_device(**tensors: Tensor) -> None:
    """Raise a ValueError if tensors are on different devices."""
    devices = [str(tensor.device) for tensor in tensors.values()]
    if len(set(devices)) > 1:
        raise ValueError(f'{" and ".join(tensors)} must be on the same device,'
                         f' got {" and ".join(devices)}')

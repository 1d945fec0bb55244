"""Checks of what losses are constructed with."""
from __future__ import annotations

import math
from numbers import Real


def check_weights(**weights: float) -> None:
    """Refuse weights that are not finite numbers from 0 on.

    Args:
        **weights (float): Weights by argument.

    Raises:
        TypeError: If one is no number; names it.
        ValueError: If one is negative or not finite; names it.
    """
    for name, weight in weights.items():
        if not isinstance(weight, Real):
            raise TypeError(f'{name} must be a number, got {weight!r}')
        if not weight >= 0:
            raise ValueError(f'{name} must be >= 0, got {weight}')
        if weight == math.inf:
            raise ValueError(f'{name} must be finite, got {weight}')


def check_range(**limits: float | None) -> None:
    """Refuse a lower limit that is not below the upper one.

    Args:
        **limits (float, optional): The two, in order, by argument; None is
            no limit.

    Raises:
        ValueError: Names both.
    """
    (low_name, low), (high_name, high) = limits.items()
    if low is not None and high is not None and not low < high:
        raise ValueError(f'{low_name} must be below {high_name}, got {low} '
                         f'and {high}')


def check_loss_name(name: str) -> None:
    """Refuse a name under which MMEngine logs a loss but does not train it.

    MMEngine adds up the entries of a model's loss dict that have 'loss' in
    their key.

    Args:
        name (str): Key of the loss.

    Raises:
        ValueError: If it has no 'loss' in it.
    """
    if 'loss' not in name:
        raise ValueError(
            f"loss_name must have 'loss' in it, got {name!r}: MMEngine leaves "
            'other entries of the loss dict out of the total')

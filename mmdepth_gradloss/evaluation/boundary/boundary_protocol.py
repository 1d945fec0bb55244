from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from ...functional.masking import valid_depth_mask
from ..masked_maps import masked_maps

BoundaryProtocol = Callable[..., dict[str, Tensor]]

_ARGUMENTS = """

Args:
    pred (Tensor): Predicted depth, in any unit, shape (..., H, W).
    target (Tensor): Ground-truth depth in metres, same shape.
    mask (Tensor, optional): Bool or 0/1, broadcastable to ``target``.
    min_depth (float, optional): Ground truth below it is invalid.
    max_depth (float, optional): Ground truth above it is invalid.
    masked (bool): Whether to leave out invalid pixels. If not, every pixel
        counts, whatever its value.

All values are of shape (...). Scores are NaN for an image whose ground truth
has no edge (``num_edges`` 0), and for one whose prediction is NaN or infinite
at a valid pixel.

Raises:
    ValueError: If the shapes differ or have less than two dimensions, or
        something limits the valid pixels although ``masked`` is False.
"""


def boundary_protocol(score: BoundaryProtocol) -> BoundaryProtocol:
    """Give a function of ``(maps, masked)`` the arguments of all protocols.
    The function itself is available as the attribute ``score``."""

    @functools.wraps(
        score, assigned=('__module__', '__name__', '__qualname__'))
    def protocol(pred: Tensor, target: Tensor, mask: Tensor | None = None,
                 min_depth: float | None = None,
                 max_depth: float | None = None, masked: bool = True,
                 *args: Any, **kwargs: Any) -> dict[str, Tensor]:
        limits: dict[str, Any] = dict(
            mask=mask, min_depth=min_depth, max_depth=max_depth)
        given = [name for name, limit in limits.items() if limit is not None]
        if given and not masked:
            raise ValueError('masked=False counts all pixels; leave out '
                             f'{", ".join(given)}, or set masked=True')
        valid = valid_depth_mask(target, **limits)
        if not masked:
            valid = torch.ones_like(valid)
        return score(masked_maps(pred, target, valid), masked, *args, **kwargs)

    del protocol.__wrapped__  # tools would show its signature
    protocol.__doc__ = inspect.cleandoc(score.__doc__ or '') + _ARGUMENTS
    setattr(protocol, 'score', score)
    return protocol

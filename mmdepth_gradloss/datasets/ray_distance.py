"""Depth along the optical axis and distance along the ray."""
from __future__ import annotations

import torch
from torch import Tensor


def check_cam2img(cam2img: Tensor) -> Tensor:
    """Return ``cam2img``, or raise ValueError if it is not a pinhole matrix.
    It must be ``[[fx, skew, cx], [0, fy, cy], [0, 0, 1]]`` with finite values
    and positive focal lengths."""
    if cam2img.shape != (3, 3):
        raise ValueError('cam2img must be a 3x3 matrix, got the shape '
                         f'{tuple(cam2img.shape)}')
    values = cam2img.tolist()
    (fx, _, _), (below, fy, _), last = values
    if not (cam2img.isfinite().all() and min(fx, fy) > 0 and below == 0
            and last == [0, 0, 1]):
        raise ValueError(
            'cam2img must be [[fx, skew, cx], [0, fy, cy], [0, 0, 1]] with '
            f'finite values and positive fx and fy, got {values}')
    return cam2img


def ray_lengths(cam2img: Tensor, height: int, width: int) -> Tensor:
    r"""Distance along each pixel's ray at depth 1, (height, width).

    .. math:: \ell(u, v) = \lVert K^{-1} (u, v, 1)^T \rVert

    Pixel centres lie at integers (u, v), (0, 0) for the upper left one.
    ``cam2img`` is K in pixels, (3, 3), floating point, see
    :func:`check_cam2img`.

    Example:
        >>> cam2img = torch.tensor([[4., 0., 3.], [0., 4., 0.], [0., 0., 1.]])
        >>> ray_lengths(cam2img, 1, 4)
        tensor([[1.2500, 1.1180, 1.0308, 1.0000]])
    """
    (fx, skew, cx), (_, fy, cy), _ = check_cam2img(cam2img)
    v = torch.arange(height).to(cam2img)[:, None]
    u = torch.arange(width).to(cam2img)
    y = (v - cy) / fy
    x = (u - cx - skew * y) / fx
    return (x.square() + y.square() + 1).sqrt()


def distance_to_depth(distance: Tensor, cam2img: Tensor) -> Tensor:
    """Depth along the optical axis from distance along the ray. ``distance``
    and the result are metres, (..., H, W), 0 = no measurement, with the same
    dtype. For ``cam2img`` see :func:`ray_lengths`."""
    lengths = ray_lengths(cam2img, *distance.shape[-2:])
    return (distance / lengths).to(distance.dtype)


def depth_to_distance(depth: Tensor, cam2img: Tensor) -> Tensor:
    """Inverse of :func:`distance_to_depth`."""
    lengths = ray_lengths(cam2img, *depth.shape[-2:])
    return (depth * lengths).to(depth.dtype)


DEPTH_TYPES = {'depth': distance_to_depth, 'distance': depth_to_distance}
"""Quantities that a map may hold, with the conversion from the other one."""

"""Depth along the optical axis and distance along the ray."""
from __future__ import annotations

import torch
from torch import Tensor


def check_cam2img(cam2img: Tensor) -> Tensor:
    """Return ``cam2img`` if it is the matrix of a pinhole camera.

    That is ``[[fx, skew, cx], [0, fy, cy], [0, 0, 1]]`` with finite values
    and positive focal lengths; anything else is a ValueError.
    """
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
    r"""Distance along the ray of each pixel, at depth 1 along the axis.

    .. math:: \ell(u, v) = \lVert K^{-1} (u, v, 1)^T \rVert

    The centre of the pixel in column ``u`` and row ``v`` lies at exactly
    these integers, so that of the upper left one at (0, 0).

    Args:
        cam2img: Pinhole intrinsics K in pixels, (3, 3), floating point, as
            :func:`check_cam2img` wants them.
        height: Rows of the image.
        width: Columns of the image.

    Returns:
        Lengths of 1 and more, (height, width), of K's dtype and device.

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
    """Depth along the axis of points with a known distance along the ray.

    ``distance`` and the result are metres, (..., H, W), 0 = no measurement,
    of the same dtype. For ``cam2img`` see :func:`ray_lengths`.
    """
    lengths = ray_lengths(cam2img, *distance.shape[-2:])
    return (distance / lengths).to(distance.dtype)


def depth_to_distance(depth: Tensor, cam2img: Tensor) -> Tensor:
    """Inverse of :func:`distance_to_depth`."""
    lengths = ray_lengths(cam2img, *depth.shape[-2:])
    return (depth * lengths).to(depth.dtype)


DEPTH_TYPES = {'depth': distance_to_depth, 'distance': depth_to_distance}
"""What a map may hold, each with what computes it from the other."""

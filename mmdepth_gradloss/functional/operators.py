"""Discrete gradient operators, as data."""
from __future__ import annotations

import functools

import torch
from torch import Tensor

from .choices import choose

Kernel = tuple[tuple[float, ...], ...]


def _with_transpose(kernel: Kernel) -> tuple[Kernel, Kernel]:
    return kernel, tuple(zip(*kernel))


OPERATORS: dict[str, tuple[Kernel, ...]] = {
    'sobel': _with_transpose(((-1, 0, 1), (-2, 0, 2), (-1, 0, 1))),
    'scharr': _with_transpose(((-3, 0, 3), (-10, 0, 10), (-3, 0, 3))),
    'forward': _with_transpose(((-1, 1), )),
    'central': _with_transpose(((-1, 0, 1), )),
    'laplace': (((0, 1, 0), (1, -4, 1), (0, 1, 0)), ),
}
"""Correlation kernels of each operator: x and y, or one alone."""


def spatial_gradients(image: Tensor, operator: str = 'sobel') -> list[Tensor]:
    r"""Gradient maps by valid correlation, without padding.

    Args:
        image (Tensor): (N, 1, H, W).
        operator (str): A key of :data:`OPERATORS`.

    Returns:
        list[Tensor]: A map for each kernel of the operator, x before y, each
        (N, 1, H - kh + 1, W - kw + 1). A kernel that does not fit into the
        image gives an empty map.

    Examples:
        >>> ramp = torch.arange(5.0).expand(1, 1, 4, 5)
        >>> dx, dy = spatial_gradients(ramp, 'sobel')
        >>> dx.shape, dx.unique(), dy.unique()
        (torch.Size([1, 1, 2, 3]), tensor([8.]), tensor([0.]))
    """
    kernels = choose('operator', operator, OPERATORS)
    return [correlate(image, kernel) for kernel in kernels]


def correlate(image: Tensor, kernel: Kernel) -> Tensor:
    """Valid correlation with a small kernel.

    A sum of shifted views, which takes a tenth of the time of ``conv2d`` with
    one channel on a CPU, and no half precision under autocast.

    Args:
        image (Tensor): (..., H, W).
        kernel (Kernel): kh rows of kw weights.

    Returns:
        Tensor: (..., H - kh + 1, W - kw + 1), empty if the kernel does not
        fit.
    """
    views = [
        view if weight == 1 else weight * view
        for weight, view in kernel_views(image, kernel)
    ]
    return functools.reduce(torch.add, views)


def kernel_views(image: Tensor, kernel: Kernel) -> list[tuple[float, Tensor]]:
    """What each non-zero weight of a kernel is multiplied with.

    Args:
        image (Tensor): (..., H, W).
        kernel (Kernel): kh rows of kw weights.

    Returns:
        list: (weight, view of (..., H - kh + 1, W - kw + 1)) pairs.
    """
    height = max(image.shape[-2] - len(kernel) + 1, 0)
    width = max(image.shape[-1] - len(kernel[0]) + 1, 0)
    return [(weight, image[..., top:top + height, left:left + width])
            for top, row in enumerate(kernel)
            for left, weight in enumerate(row) if weight]

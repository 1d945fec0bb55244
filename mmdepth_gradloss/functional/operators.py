"""Discrete gradient operators, as data."""
from __future__ import annotations

import torch
import torch.nn.functional as F
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


def operator_kernels(operator: str,
                     dtype: torch.dtype = torch.float32,
                     device: torch.device | None = None) -> list[Tensor]:
    """Kernels of an operator as (1, 1, kh, kw) weights.

    Args:
        operator (str): A key of :data:`OPERATORS`.
        dtype (torch.dtype): Floating type of the kernels.
        device (torch.device, optional): Where they lie.

    Returns:
        list[Tensor]: One kernel a direction, x before y.

    Raises:
        ValueError: If the operator is unknown.
    """
    return [
        torch.tensor(kernel, dtype=dtype, device=device)[None, None]
        for kernel in choose('operator', operator, OPERATORS)
    ]


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
    return [
        _correlate(image, kernel)
        for kernel in operator_kernels(operator, image.dtype, image.device)
    ]


def _correlate(image: Tensor, kernel: Tensor) -> Tensor:
    if any(size < k for size, k in zip(image.shape[-2:], kernel.shape[-2:])):
        return image[..., :0, :0]
    return F.conv2d(image, kernel)

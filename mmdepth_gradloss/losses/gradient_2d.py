from __future__ import annotations

import torch
import torch.nn.functional as F
from mmengine.registry import MODELS
from torch import Tensor, nn

from ..functional.checks import check_tensors

SOBEL_X = ((-1, 0, 1), (-2, 0, 2), (-1, 0, 1))


@MODELS.register_module()
class Gradient2D(nn.Module):
    """Horizontal and vertical Sobel gradient of a one-channel map.

    A 3x3 correlation without padding. The kernels are constant buffers and are
    not saved in checkpoints.

    Raises:
        TypeError: If the input is not a tensor.
        ValueError: If the input is not (B, 1, H, W) with H, W >= 3.

    Examples:
        >>> dx, dy = Gradient2D()(torch.rand(2, 1, 64, 64))
        >>> dx.shape, dy.shape
        (torch.Size([2, 1, 62, 62]), torch.Size([2, 1, 62, 62]))
    """

    kernel_x: Tensor
    kernel_y: Tensor

    def __init__(self) -> None:
        super().__init__()
        kernel_x = torch.tensor(SOBEL_X, dtype=torch.float32)[None, None]
        self.register_buffer('kernel_x', kernel_x, persistent=False)
        self.register_buffer('kernel_y', kernel_x.mT, persistent=False)

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """Compute both gradients of a (B, 1, H, W) map.

        Returns:
            x then y, each (B, 1, H-2, W-2), in the unit of the image times 8
            per pixel.
        """
        check_tensors(image=image)
        if image.ndim != 4 or image.shape[1] != 1 or min(image.shape[2:]) < 3:
            raise ValueError('Gradient2D takes (B, 1, H, W) with H, W >= 3, '
                             f'got {tuple(image.shape)}')
        return (F.conv2d(image, self.kernel_x.to(image.dtype)),
                F.conv2d(image, self.kernel_y.to(image.dtype)))

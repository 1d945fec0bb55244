"""Gradient losses of other projects, implemented like the originals.

Each function follows the steps of a published loss literally: the same
copies, convolutions, boolean indexing and host branches, so that it has the
same speed and memory. They are for comparison only; the package computes the
same values with its presets.

All take ``(pred, target, mask)``, maps (N, 1, H, W) and a bool mask of that
shape, and return a scalar. Maps are depth in metres, except for
:func:`packnet_san`, which takes inverse depth like the original.
"""
from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

LEVELS = 4

Loss = Callable[[Tensor, Tensor, Tensor], Tensor]


@lru_cache
def sobel_pair(dtype: torch.dtype, device: torch.device) -> Tensor:
    """Kernels along x and y, (2, 1, 3, 3), created once like a buffer."""
    along_x = torch.tensor([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])
    return torch.stack([along_x, along_x.T]).unsqueeze(1).to(device, dtype)


def packnet_san(pred: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    """Gradient term for PackNet-SfM / ResNet-SAN training, on inverse depth.

    Invalid inverse depth becomes 1e-6 1/m. Depth maps are resized bilinearly,
    the mask by nearest; a Sobel pair of each map, the mean difference over the
    windows with a valid centre, and the mean over the levels that have one.
    """
    pred, target = (1 / torch.where(mask, x, 1e-6).clamp(min=1e-6)
                    for x in (pred, target))
    sobel_x, sobel_y = sobel_pair(pred.dtype, pred.device).split(1)
    levels = []
    for level in range(LEVELS):
        level_pred, level_target, level_mask = pred, target, mask
        if level > 0:
            scale = 0.5**level
            level_pred, level_target = (
                F.interpolate(x, scale_factor=scale, mode='bilinear',
                              align_corners=False) for x in (pred, target))
            level_mask = F.interpolate(mask.float(), scale_factor=scale,
                                       mode='nearest') > 0.5
        if min(level_mask.shape[-2:]) < 3:
            continue
        centres = level_mask[..., 1:-1, 1:-1]
        pred_dx = F.conv2d(level_pred, sobel_x)
        pred_dy = F.conv2d(level_pred, sobel_y)
        target_dx = F.conv2d(level_target, sobel_x)
        target_dy = F.conv2d(level_target, sobel_y)
        error_x = (pred_dx - target_dx).abs()[centres]
        error_y = (pred_dy - target_dy).abs()[centres]
        if error_x.numel() > 0:
            levels.append(error_x.mean() + error_y.mean())
    return torch.stack(levels).mean()


def g2_monodepth(pred: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    """Multi-scale Sobel term of G2-MonoDepth (Wang et al., TPAMI 2024)."""
    valid = mask.to(pred.dtype)
    residual = valid * (pred - target)
    sobel = sobel_pair(pred.dtype, pred.device)
    height, width = pred.shape[-2:]
    total = pred.new_zeros(())
    for level in range(LEVELS):
        if level > 0:
            size = (height // 2**level, width // 2**level)
            resized = F.interpolate(residual, size=size, mode='nearest')
        else:
            resized = residual
        total = total + F.conv2d(resized, sobel).abs().sum()
    return total / (valid.sum() + 1e-6)


def midas(pred: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    """Gradient matching of MiDaS (Ranftl et al., TPAMI 2020), with the
    batch-based reduction, on depth."""
    pred, target = pred.squeeze(1), target.squeeze(1)
    valid = mask.squeeze(1).to(pred.dtype)
    total = pred.new_zeros(())
    for level in range(LEVELS):
        step = 2**level
        total = total + _midas_level(pred[:, ::step, ::step],
                                     target[:, ::step, ::step],
                                     valid[:, ::step, ::step])
    return total


def _midas_level(pred: Tensor, target: Tensor, mask: Tensor) -> Tensor | int:
    num_valid = torch.sum(mask, (1, 2))
    residual = torch.mul(mask, pred - target)
    dx = torch.abs(residual[:, :, 1:] - residual[:, :, :-1])
    dx = torch.mul(torch.mul(mask[:, :, 1:], mask[:, :, :-1]), dx)
    dy = torch.abs(residual[:, 1:, :] - residual[:, :-1, :])
    dy = torch.mul(torch.mul(mask[:, 1:, :], mask[:, :-1, :]), dy)
    image_loss = torch.sum(dx, (1, 2)) + torch.sum(dy, (1, 2))
    divisor = torch.sum(num_valid)
    if divisor == 0:  # asks the device
        return 0
    return torch.sum(image_loss) / divisor


def megadepth(pred: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    """Log-depth gradient of MegaDepth (Li and Snavely, CVPR 2018).

    As DINOv2 trains its depth heads with it: one image after the other, the
    mean over the batch.
    """
    images = [
        _megadepth_image(*maps)
        for maps in zip(pred[:, 0], target[:, 0], mask[:, 0])
    ]
    return torch.stack(images).mean()


def _megadepth_image(pred: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    total = pred.new_zeros(())
    for step in (1, 2, 4, 6):
        valid = mask[::step, ::step]
        residual = (
            torch.log(pred[::step, ::step] + 1e-3) -
            torch.log(target[::step, ::step] + 1e-3))
        residual = torch.mul(residual, valid)
        dy = torch.abs(residual[:-2, :] - residual[2:, :])
        dy = torch.mul(dy, torch.mul(valid[:-2, :], valid[2:, :]))
        dx = torch.abs(residual[:, :-2] - residual[:, 2:])
        dx = torch.mul(dx, torch.mul(valid[:, :-2], valid[:, 2:]))
        total = total + (torch.sum(dx) + torch.sum(dy)) / torch.sum(valid)
    return total


def kornia_sobel(pred: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    """A loss that users might write with kornia's ``spatial_gradient``.

    Masked L1 between the Sobel gradients of two bilinear pyramids, the mean
    over the levels. An ImportError if kornia is not installed.
    """
    from kornia.filters import spatial_gradient
    valid = mask.to(pred.dtype)
    pred, target = pred * valid, target * valid
    total = pred.new_zeros(())
    for level in range(LEVELS):
        if level > 0:
            pred, target = (
                F.interpolate(x, scale_factor=0.5, mode='bilinear',
                              align_corners=False) for x in (pred, target))
            valid = F.interpolate(valid, scale_factor=0.5, mode='nearest')
        error = torch.abs(
            spatial_gradient(pred, 'sobel') -
            spatial_gradient(target, 'sobel'))
        total = total + (error * valid.unsqueeze(2)).sum() / valid.sum()
    return total / LEVELS


def silog(pred: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    """Scale-invariant log loss of mmsegmentation.

    Not a gradient loss, but a reference that every depth project knows.
    """
    eps = 1e-4
    error = torch.log(target[mask] + eps) - torch.log(pred[mask] + eps)
    return torch.sqrt(error.pow(2).mean() - 0.5 * error.mean().pow(2))


class Peer(NamedTuple):
    """A loss of another project, and whether its maps are inverse depth."""
    loss: Loss
    takes_inverse: bool = False


PEERS: dict[str, Peer] = {
    'PackNet/ResNet-SAN': Peer(packnet_san, takes_inverse=True),
    'G2-MonoDepth': Peer(g2_monodepth),
    'MiDaS': Peer(midas),
    'MegaDepth (DINOv2)': Peer(megadepth),
    'kornia': Peer(kornia_sobel),
    'SiLog (mmseg)': Peer(silog),
}

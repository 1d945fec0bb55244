from __future__ import annotations

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from mmengine.model import BaseModule
from mmengine.registry import MODELS
from torch import Tensor, nn

from ...functional import valid_depth_mask
from ...functional.checks import check_depth_range

_KERNEL = 3


@MODELS.register_module()
class SparseDepthEncoder(BaseModule):
    """Pyramid of normalised convolutions over the measured pixels.

    Each window is a mean of its measured pixels with learned weights, so that
    features depend on the depth around a pixel, but not on the number of
    measured pixels (sparsity invariance: Uhrig et al., 3DV 2017; weights in
    the denominator as in Eldesokey et al., TPAMI 2020). A coarser pixel counts
    as measured if any pixel of its window is. Features are 0 where nothing is
    measured.

    The input is the logarithm of depth, with the depth range mapped to [-1,
    1], so that near and far are resolved equally. Features are normalised over
    the channels of each pixel, independently of other pixels and images.

    Args:
        channels: Channels of each level, finest first; level i has stride
            2^(i+1).
        min_depth, max_depth: The range in metres, > 0. Depth outside it is
            used as well.

    Raises:
        ValueError: If the range is empty or reaches 0.
    """

    def __init__(self, channels: Sequence[int],
                 min_depth: float = 0.1, max_depth: float = 100.0,
                 init_cfg: dict | list[dict] | None = None) -> None:
        super().__init__(init_cfg)
        check_depth_range(min_depth, max_depth)
        low, high = math.log(min_depth), math.log(max_depth)
        self.log_center = (low + high) / 2
        self.log_radius = (high - low) / 2
        self.levels = nn.ModuleList(
            nn.ModuleList([
                NormalizedConv(below, width, stride=2),
                NormalizedConv(width, width, stride=1)
            ]) for below, width in zip([1, *channels], channels))

    def forward(self, depth: Tensor) -> tuple[Tensor, ...]:
        """Features of sparse depth in metres, (N, 1, H, W).

        Not finite or <= 0 means no measurement. Level i is (N, channels[i], H
        / 2^(i+1), W / 2^(i+1)), sizes rounded up.
        """
        valid = valid_depth_mask(depth)
        log_depth = torch.where(valid, depth, 1).log()
        x = (log_depth - self.log_center) / self.log_radius
        mask = valid.to(x.dtype)
        features = []
        for level in self.levels:
            for conv in level:  # type: ignore[attr-defined]
                x, mask = conv(x, mask)
            features.append(x)
        return tuple(features)


class NormalizedConv(nn.Module):
    r"""Weighted mean over the measured pixels of a 3x3 window, then channels.

    .. math::

        \bar{x}_c = \frac{\sum_k w_{ck} m_k x_{ck}}{\sum_k w_{ck} m_k},
        \quad y = m' \, \mathrm{ReLU}(\mathrm{LayerNorm}(A \bar{x} + b))

    with positive weights :math:`w` for each channel and a new mask :math:`m'`,
    which is 1 if any pixel of the window is measured.
    """

    def __init__(self, in_channels: int, out_channels: int,
                 stride: int) -> None:
        super().__init__()
        self.stride = stride
        self.logits = nn.Parameter(
            0.5 * torch.randn(in_channels, 1, _KERNEL, _KERNEL))
        self.mix = nn.Linear(in_channels, out_channels)
        self.norm = nn.LayerNorm(out_channels)

    def forward(self, x: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """New features and mask, (N, 1, H, W) with 1 where measured."""
        # Positive with sum 1, so that only the sum of an empty window is below
        # the bound of the division.
        weights = self.logits.flatten(1).softmax(-1).view_as(self.logits)

        def window_sums(values: Tensor) -> Tensor:
            return F.conv2d(
                values, weights, stride=self.stride, padding=_KERNEL // 2,
                groups=len(weights))

        masks = mask.expand_as(x)
        mean = window_sums(x * masks) / window_sums(masks).clamp(min=1e-6)
        mixed = self.norm(self.mix(mean.permute(0, 2, 3, 1)))
        mask = F.max_pool2d(mask, _KERNEL, self.stride, _KERNEL // 2)
        return mixed.relu().permute(0, 3, 1, 2) * mask, mask

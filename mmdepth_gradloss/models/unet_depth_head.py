from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from mmcv.cnn import ConvModule
from mmengine.model import bias_init_with_prob
from mmengine.registry import MODELS
from torch import Tensor, nn

from .bounded_depth_head import BoundedDepthHead
from .depth_losses import apply_losses, build_losses


@MODELS.register_module()
class UNetDepthHead(BoundedDepthHead):
    """Decode a feature pyramid into a depth map at full resolution.

    A sigmoid spans inverse depth or depth between the two bounds; the output
    is depth in metres. An untrained head predicts about sqrt(min_depth *
    max_depth).

    Args:
        in_channels: Channels of the pyramid, finest first.
        loss: Called with predicted and ground-truth depth in metres, both (N,
            1, H, W).
        channels: Of the decoder's levels, finest first, one fewer than
            ``in_channels``. Defaults to ``in_channels[:-1]``.
        min_depth, max_depth: Bounds in metres, > 0.
        parametrization: 'inverse' or 'depth': what the sigmoid spans.

    Raises:
        ValueError: If bounds, a length or the parametrization are wrong, or a
            loss takes inverse depth.
    """

    def __init__(self, in_channels: Sequence[int], loss: dict | list[dict],
                 channels: Sequence[int] | None = None,
                 min_depth: float = 0.1, max_depth: float = 15.0,
                 parametrization: str = 'inverse',
                 init_cfg: dict | list[dict] | None = None) -> None:
        super().__init__(min_depth, max_depth, parametrization, init_cfg)
        channels = list(in_channels[:-1] if channels is None else channels)
        if len(channels) != len(in_channels) - 1:
            raise ValueError(
                'channels must be one shorter than in_channels, got '
                f'{len(channels)} and {len(in_channels)}')
        below = [*channels[1:], in_channels[-1]]
        self.fuse = nn.ModuleList(
            ConvModule(
                skip + coarse, out, 3, padding=1, norm_cfg=dict(type='BN'))
            for skip, coarse, out in zip(in_channels, below, channels))
        self.predictor = nn.Conv2d(channels[0], 1, kernel_size=3, padding=1)
        bias = bias_init_with_prob(self.start())
        nn.init.constant_(self.predictor.bias, bias)  # type: ignore[arg-type]
        self.losses = build_losses(loss, self)

    def forward(self, features: Sequence[Tensor]) -> Tensor:
        """Depth in metres, (N, 1, H, W) with the size of the finest level."""
        x = features[-1]
        for skip, fuse in zip(reversed(features[:-1]), reversed(self.fuse)):
            x = F.interpolate(x, size=skip.shape[-2:], mode='nearest')
            x = fuse(torch.cat([skip, x], dim=1))
        return self.to_depth(torch.sigmoid(self.predictor(x).float()))

    def loss(self, features: Sequence[Tensor], target: Tensor,
             gradient_weight: Tensor | None = None) -> dict[str, Tensor]:
        """Losses against depth in metres, (N, 1, H, W), 0 where unknown; see
        :func:`~mmdepth_gradloss.models.depth_losses.apply_losses`."""
        return apply_losses(self.losses, self(features), target,
                            gradient_weight)

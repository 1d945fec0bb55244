"""U-Net decoder that ends in a bounded depth map."""
from __future__ import annotations

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from mmcv.cnn import ConvModule
from mmengine.model import BaseModule
from mmengine.registry import MODELS
from torch import Tensor, nn

from ..functional.checks import check_depth_range
from ..functional.lookup import lookup
from .depth_losses import apply_losses, build_losses
from .depth_range import PARAMETRIZATIONS


@MODELS.register_module()
class UNetDepthHead(BaseModule):
    """Decode a feature pyramid into a depth map at full resolution.

    The last convolution's sigmoid runs over inverse depth or depth between
    the two bounds; the map that leaves the head is depth in metres.

    Args:
        in_channels (Sequence[int]): Channels of the pyramid, finest first.
        loss (dict or list[dict]): Losses, called with predicted and true
            depth in metres, both (N, 1, H, W).
        channels (Sequence[int], optional): Channels of the decoder's levels,
            finest first, one fewer than ``in_channels``. Defaults to
            ``in_channels[:-1]``.
        min_depth (float): Smallest depth in metres, > 0.
        max_depth (float): Largest depth in metres.
        parametrization (str): 'inverse' or 'depth': what the sigmoid spans.
        init_cfg (dict or list[dict], optional): As in MMEngine.

    Raises:
        ValueError: If the bounds are out of order, a length does not fit,
            the parametrization is unknown, or a loss takes inverse depth.
    """

    prediction = 'depth'

    def __init__(
        self,
        in_channels: Sequence[int],
        loss: dict | list[dict],
        channels: Sequence[int] | None = None,
        min_depth: float = 0.1,
        max_depth: float = 15.0,
        parametrization: str = 'inverse',
        init_cfg: dict | list[dict] | None = None,
    ) -> None:
        super().__init__(init_cfg)
        check_depth_range(min_depth, max_depth)
        channels = list(in_channels[:-1] if channels is None else channels)
        if len(channels) != len(in_channels) - 1:
            raise ValueError(
                'channels must be one shorter than in_channels, got '
                f'{len(channels)} and {len(in_channels)}')
        self.min_depth = min_depth
        self.max_depth = max_depth
        self.to_depth, self.to_activation = lookup(
            'parametrization', parametrization, PARAMETRIZATIONS)
        below = [*channels[1:], in_channels[-1]]
        self.fuse = nn.ModuleList(
            ConvModule(
                skip + coarse, out, 3, padding=1, norm_cfg=dict(type='BN'))
            for skip, coarse, out in zip(in_channels, below, channels))
        self.predictor = nn.Conv2d(channels[0], 1, kernel_size=3, padding=1)
        self._start_in_the_middle()
        self.losses = build_losses(loss, self)

    def _start_in_the_middle(self) -> None:
        """Let an untrained head predict about sqrt(min_depth * max_depth).

        A sigmoid at 0 over inverse depth would put the world within reach of
        the camera, and the first iterations would go into moving it away.
        """
        middle = (self.min_depth * self.max_depth)**0.5
        share = self.to_activation(middle, self.min_depth, self.max_depth)
        bias = math.log(share / (1 - share))
        nn.init.constant_(self.predictor.bias, bias)  # type: ignore[arg-type]

    def forward(self, features: Sequence[Tensor]) -> Tensor:
        """Decode.

        Args:
            features (Sequence[Tensor]): The pyramid, finest first.

        Returns:
            Tensor: Depth in metres, (N, 1, H, W) with the size of the finest
            level.
        """
        x = features[-1]
        for skip, fuse in zip(reversed(features[:-1]), reversed(self.fuse)):
            x = F.interpolate(x, size=skip.shape[-2:], mode='nearest')
            x = fuse(torch.cat([skip, x], dim=1))
        activation = torch.sigmoid(self.predictor(x).float())
        return self.to_depth(activation, self.min_depth, self.max_depth)

    def loss(self,
             features: Sequence[Tensor],
             target: Tensor,
             gradient_weight: Tensor | None = None) -> dict[str, Tensor]:
        """Losses against a batch of depth maps.

        Args:
            features (Sequence[Tensor]): The pyramid, finest first.
            target (Tensor): Depth in metres, (N, 1, H, W), 0 where unknown.
            gradient_weight (Tensor, optional): (N,), multiplies what each
                image adds to gradient terms.

        Returns:
            dict[str, Tensor]: Scalars by ``loss_name``; losses of one name
            are added.
        """
        return apply_losses(self.losses, self(features), target,
                            gradient_weight)

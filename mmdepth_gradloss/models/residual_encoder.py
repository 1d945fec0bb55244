from __future__ import annotations

from collections.abc import Sequence

from mmcv.cnn import ConvModule
from mmcv.cnn.resnet import BasicBlock
from mmengine.model import BaseModule
from mmengine.registry import MODELS
from torch import Tensor, nn


@MODELS.register_module()
class ResidualEncoder(BaseModule):
    """ResNet stages after a stem that keeps the full resolution.

    A stem of stride 1 is cheap in a small network, and gives the decoder the
    pixels it needs for sharp depth edges.

    Args:
        in_channels: Channels of the input.
        channels: Channels of the stem and of each stage.
        blocks: Basic blocks in each stage, which halves the resolution; one
            shorter than ``channels``, or it is a ValueError.
    """

    def __init__(self, in_channels: int = 3,
                 channels: Sequence[int] = (8, 16, 32, 64, 96, 128),
                 blocks: Sequence[int] = (1, 1, 1, 1, 1),
                 init_cfg: dict | list[dict] | None = None) -> None:
        super().__init__(init_cfg)
        if len(blocks) != len(channels) - 1:
            raise ValueError(
                'blocks must be one shorter than channels, got '
                f'{len(blocks)} blocks and {len(channels)} channels')
        self.stem = ConvModule(
            in_channels, channels[0], 3, padding=1, norm_cfg=dict(type='BN'))
        self.stages = nn.ModuleList(
            _residual_stage(inplanes, planes, depth)
            for inplanes, planes, depth in zip(channels, channels[1:], blocks))

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """Features: level i is (N, channels[i], H / 2^i, W / 2^i), sizes
        rounded up."""
        features = [self.stem(x)]
        for stage in self.stages:
            features.append(stage(features[-1]))
        return tuple(features)


def _residual_stage(inplanes: int, planes: int, blocks: int) -> nn.Sequential:
    # The shortcut averages before its 1x1 convolution, as in ResNet-D (He et
    # al., CVPR 2019), instead of dropping three of four pixels. It also avoids
    # a strided 1x1 convolution, in which PyTorch's CPU build was seen to
    # corrupt memory for fewer than 16 channels.
    shortcut = nn.Sequential(
        nn.AvgPool2d(2, ceil_mode=True, count_include_pad=False),
        ConvModule(
            inplanes, planes, 1, norm_cfg=dict(type='BN'), act_cfg=None))
    return nn.Sequential(
        BasicBlock(inplanes, planes, stride=2, downsample=shortcut),
        *(BasicBlock(planes, planes) for _ in range(blocks - 1)))

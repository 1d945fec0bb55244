from __future__ import annotations

from mmcv.cnn import ResNet
from mmcv.cnn.resnet import make_res_layer
from mmengine.model import BaseModule
from mmengine.registry import MODELS
from torch import Tensor, nn

from ...functional.lookup import lookup

VERSIONS: dict[str, tuple[int, str]] = {
    f'{depth}{letter}': (depth, skip)
    for depth in (18, 34, 50)
    for letter, skip in (('', 'concat'), ('A', 'concat'), ('B', 'add'))
}
"""Version -> depth of the ResNet and type of the decoder's skip
connections."""

RANDOM_WEIGHTS = [
    dict(type='Kaiming', layer='Conv2d'),
    dict(type='Constant', val=1.0, layer='BatchNorm2d')
]


@MODELS.register_module()
class ResNetEncoder(BaseModule):
    """ResNet (He et al., CVPR 2016) with five levels, strides 2 to 32.

    Its weights have torchvision's names, so that ImageNet weights load with
    ``init_cfg=dict(type='Pretrained', checkpoint=...)``, where the checkpoint
    is a file of torchvision or, with torchvision installed,
    'torchvision://resnet18'.

    Args:
        version: Depth of the ResNet, 18, 34 or 50, and a letter for the
            decoder's skip connections: A or none concatenates them, B adds
            them. Others are a ValueError.
        base_channels: Channels of the stem; 64 in the published ResNet.
            PyTorch's CPU build was seen to corrupt memory in strided 1x1
            convolutions of fewer than 16 channels.
        init_cfg: Defaults to random weights (He et al., ICCV 2015).

    Attributes:
        channels: Channels of each level, finest first.
        skip: 'concat' or 'add'.
    """

    def __init__(self, version: str = '18A', base_channels: int = 64,
                 init_cfg: dict | list[dict] | None = None) -> None:
        super().__init__(RANDOM_WEIGHTS if init_cfg is None else init_cfg)
        depth, self.skip = lookup('version', version, VERSIONS)
        block, blocks = ResNet.arch_settings[depth]
        planes = [base_channels * 2**i for i in range(len(blocks))]
        widths = [base_channels, *(block.expansion * p for p in planes)]
        self.channels = tuple(widths)
        self.conv1 = nn.Conv2d(
            3, base_channels, 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(base_channels)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1)
        self.layer_names = [f'layer{i + 1}' for i in range(len(blocks))]
        for i, name in enumerate(self.layer_names):
            stride = 1 if i == 0 else 2
            self.add_module(
                name,
                make_res_layer(block, widths[i], planes[i], blocks[i], stride))

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """Features: level i is (N, channels[i], H / 2^(i+1), W / 2^(i+1)),
        sizes rounded up."""
        features = [self.relu(self.bn1(self.conv1(x)))]
        x = self.maxpool(features[0])
        for name in self.layer_names:
            x = getattr(self, name)(x)
            features.append(x)
        return tuple(features)

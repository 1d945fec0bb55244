import pytest
import torch
from mmengine.registry import MODELS

import mmdepth_gradloss  # noqa: F401


def build(**arguments):
    return MODELS.build(dict(type='ResNetEncoder', **arguments))


@pytest.mark.parametrize('version,channels,skip', [
    ('18', (64, 64, 128, 256, 512), 'concat'),
    ('18A', (64, 64, 128, 256, 512), 'concat'),
    ('34B', (64, 64, 128, 256, 512), 'add'),
    ('50A', (64, 256, 512, 1024, 2048), 'concat'),
])
def test_gives_the_stem_and_four_stages(version, channels, skip):
    encoder = build(version=version)
    assert (encoder.channels, encoder.skip) == (channels, skip)
    features = encoder(torch.randn(1, 3, 70, 90))
    assert [tuple(x.shape[1:]) for x in features] == list(
        zip(channels, (35, 18, 9, 5, 3), (45, 23, 12, 6, 3)))


@pytest.mark.parametrize('version,parameters', [
    # torchvision's counts without the classifier (d * 1000 + 1000)
    ('18', 11_689_512 - 513_000),
    ('34', 21_797_672 - 513_000),
    ('50', 25_557_032 - 2_049_000),
])
def test_has_as_many_parameters_as_torchvision(version, parameters):
    encoder = build(version=version)
    assert sum(p.numel() for p in encoder.parameters()) == parameters


def test_loads_weights_named_as_torchvision_names_them(tmp_path):
    torch.manual_seed(1)
    weights = {
        'conv1.weight': torch.randn(16, 3, 7, 7),
        'layer2.0.downsample.0.weight': torch.randn(32, 16, 1, 1),
        'layer4.1.bn2.running_var': torch.rand(128),
        'fc.weight': torch.randn(1000, 128)
    }
    torch.save(weights, tmp_path / 'resnet.pth')
    encoder = build(
        version='18',
        base_channels=16,
        init_cfg=dict(
            type='Pretrained', checkpoint=str(tmp_path / 'resnet.pth')))
    encoder.init_weights()
    state = encoder.state_dict()
    for name in ('conv1.weight', 'layer2.0.downsample.0.weight',
                 'layer4.1.bn2.running_var'):
        assert torch.equal(state[name], weights[name])


@pytest.mark.parametrize('version', ['18C', '20A', 18])
def test_unknown_version_names_the_known(version):
    with pytest.raises(ValueError, match=f'{version}.*known: 18, 18A, 18B'):
        build(version=version)

import pytest
import torch
from mmengine.registry import MODELS

import mmdepth_gradloss  # noqa: F401


def build(version, **arguments):
    return MODELS.build(
        dict(type='ResNetEncoder', version=version, **arguments))


@pytest.mark.parametrize('version,channels,skip,parameters', [
    # torchvision's parameter counts without the classifier (d * 1000 + 1000)
    ('18', (64, 64, 128, 256, 512), 'concat', 11_689_512 - 513_000),
    ('34B', (64, 64, 128, 256, 512), 'add', 21_797_672 - 513_000),
    ('50A', (64, 256, 512, 1024, 2048), 'concat', 25_557_032 - 2_049_000),
])
def test_gives_the_stem_and_four_stages(version, channels, skip, parameters):
    encoder = build(version)
    assert (encoder.channels, encoder.skip) == (channels, skip)
    features = encoder(torch.randn(1, 3, 70, 90))
    assert [tuple(x.shape[1:]) for x in features] == list(
        zip(channels, (35, 18, 9, 5, 3), (45, 23, 12, 6, 3)))
    assert sum(p.numel() for p in encoder.parameters()) == parameters


def test_loads_weights_named_as_torchvision_names_them(tmp_path):
    weights = {
        'conv1.weight': torch.randn(16, 3, 7, 7),
        'layer2.0.downsample.0.weight': torch.randn(32, 16, 1, 1),
        'layer4.1.bn2.running_var': torch.rand(128),
        'fc.weight': torch.randn(1000, 128)
    }
    file = tmp_path / 'resnet.pth'
    torch.save(weights, file)
    encoder = build('18', base_channels=16, init_cfg=dict(
        type='Pretrained', checkpoint=str(file)))
    encoder.init_weights()
    state = encoder.state_dict()
    assert weights.pop('fc.weight') is not None
    for name, value in weights.items():
        assert torch.equal(state[name], value)


@pytest.mark.parametrize('version', ['18C', '20A', 18])
def test_unknown_version_names_the_known(version):
    with pytest.raises(ValueError, match=f'{version}.*known: 18, 18A, 18B'):
        build(version)

import pytest
import torch
import torch.nn.functional as F
from mmengine.registry import MODELS
from samples import GRADIENT_LOSS, METRIC_LOSS

CHANNELS = (16, 8, 8, 12, 16)
SIZE = (64, 96)
every_head = pytest.mark.parametrize('kind',
                                     ['SANDepthHead', 'SANDualDepthHead'])


def build(kind, **arguments):
    defaults = dict(
        in_channels=CHANNELS, channels=(8, 8, 16, 16, 16), loss=GRADIENT_LOSS)
    return MODELS.build({'type': kind, **defaults, **arguments})


def pyramid(height=64, width=96):
    return [
        torch.randn(2, c, -(-height // 2**i), -(-width // 2**i))
        for i, c in enumerate(CHANNELS, 1)
    ]


def ground_truth(low=1.0, high=6.0):
    return (high - low) * torch.rand(2, 1, *SIZE) + low


@every_head
@pytest.mark.parametrize('skip', ['concat', 'add'])
@pytest.mark.parametrize('size', [SIZE, (49, 66)])
def test_four_scales_within_the_range(kind, skip, size):
    head = build(kind, skip=skip, min_depth=0.5, max_depth=4.0)
    for level in head.decoder.levels[:4]:
        level.predictor.weight.data.mul_(1e6)
    maps = head(pyramid(*size), size)
    assert [tuple(x.shape) for x in maps
            ] == [(2, 1, *(-(-x // 2**i) for x in size)) for i in range(4)]
    for depth in maps:
        assert 0.5 - 1e-6 <= depth.min() < 0.6
        assert 3.9 < depth.max() <= 4.0 + 1e-5


@pytest.mark.parametrize('kind,options', [
    ('SANDepthHead', {}),
    ('SANDepthHead', dict(parametrization='depth')),
    ('SANDualDepthHead', {}),
])
def test_untrained_head_starts_in_the_middle_of_the_range(kind, options):
    head = build(kind, min_depth=0.5, max_depth=8.0, **options)
    for depth in head(pyramid(), SIZE):
        assert depth.mean().item() == pytest.approx(2.0, rel=0.1)


def test_dual_head_recombines_its_parts():
    head = build('SANDualDepthHead', min_depth=1.0, max_depth=8.0)
    activation = torch.tensor([[0.5, 0.25], [0.0, 0.5], [1.0, 0.5]])
    activation = activation[:, :, None, None]
    integer, fraction = head.to_parts(activation)
    assert integer.flatten().tolist() == [4.0, 0.0, 8.0]
    assert fraction.flatten().tolist() == [0.25, 0.5, 0.5]
    assert head.to_depth(activation).flatten().tolist() == [4.25, 1.0, 8.0]


def test_scales_are_resized_and_averaged():
    head = build('SANDepthHead', loss=METRIC_LOSS, supervised_scales=3)
    features, target = pyramid(), ground_truth()
    value = head.loss(features, target)['loss_ssi_silog']
    loss = MODELS.build(METRIC_LOSS)
    expected = 0
    for activation in head.decoder(features, SIZE)[:3]:
        inverse = 1 / 15 + (10 - 1 / 15) * F.interpolate(
            activation, SIZE, mode='bilinear')
        expected += loss(1 / inverse, target) / 3
    torch.testing.assert_close(value, expected)


@every_head
def test_each_scale_has_losses_of_its_own(kind):
    head = build(kind, supervised_scales=2)
    head.loss(pyramid(), ground_truth())
    fine, coarse = (losses[-1] for losses in head.supervision)
    assert fine.loss_weight == coarse.loss_weight == 0.1
    assert (fine.components['gradient_component'] !=
            coarse.components['gradient_component'])


@pytest.mark.parametrize('options,message', [
    (dict(supervised_scales=5), 'must be 1 to 4, got 5'),
    (dict(skip='multiply'), "'multiply'; known: add, concat"),
    (dict(channels=(8, 8)), r'got \[16, 8, 8, 12, 16\] and \[8, 8\]'),
])
def test_bad_arguments_are_named(options, message):
    with pytest.raises(ValueError, match=message):
        build('SANDepthHead', **options)


@every_head
def test_ground_truth_outside_the_range_is_no_measurement(kind):
    head = build(kind, min_depth=1.0, max_depth=8.0)
    features, target = pyramid(), ground_truth(0, 12)
    inside = (target >= 1.0) & (target <= 8.0)
    first, *others = (
        head.loss(features, torch.where(inside, target, filler))
        for filler in (target, torch.zeros(()), torch.tensor(1e4)))
    assert first and all(
        torch.equal(first[k], x[k]) for x in others for k in first)

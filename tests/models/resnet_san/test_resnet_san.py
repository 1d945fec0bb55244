import pytest
import torch
from mmengine.registry import MODELS
from samples import GRADIENT_LOSS, METRIC_LOSS, sample

from mmdepth_gradloss.losses.protocol import find_gradient_losses

HEADS = {
    'single': dict(type='SANDepthHead', loss=METRIC_LOSS),
    'dual': dict(type='SANDualDepthHead', loss=[GRADIENT_LOSS]),
}
RGBD = dict(depth_encoder=dict(type='SparseDepthEncoder'))


def build(head='single', version='18A', **arguments):
    torch.manual_seed(0)
    return MODELS.build(
        dict(
            type='ResNetSAN',
            backbone=dict(
                type='ResNetEncoder', version=version, base_channels=16),
            decode_head=HEADS[head],
            **arguments))


def batch(sparse=0.1, **arguments):
    return (torch.randn(2, 3, 64, 96),
            [sample(64, 96, sparse=sparse, **arguments) for _ in range(2)])


@pytest.mark.parametrize('head', HEADS)
@pytest.mark.parametrize('version', ['18A', '18B'])
@pytest.mark.parametrize('options', [{}, RGBD, dict(RGBD, film_scales=(0, 4))])
def test_every_parameter_is_trained(head, version, options):
    model = build(head, version, **options)
    losses = model(*batch(), mode='loss')
    model.parse_losses(losses)[0].backward()
    assert all(p.grad.isfinite().all() and p.grad.any()
               for p in model.parameters())


def test_without_sparse_depth_the_losses_keep_their_names():
    losses = build('dual')(*batch(sparse=0), mode='loss')
    assert set(losses) == {
        'loss_dual_head', 'loss_gradient', 'integer_component',
        'fraction_component', 'consistency_component'
    }


def test_both_branches_are_weighted_and_logged_apart():
    model = build('dual', rgbd_weight=0.5, consistency_weight=3.0, **RGBD)
    losses = model(*batch(), mode='loss')
    _, terms = find_gradient_losses(model)
    rgb, rgbd = (term.module for term in terms.values())
    assert (rgb.loss_weight, rgbd.loss_weight) == (0.2, 0.1)
    for name, loss in (('rgb', rgb), ('rgbd', rgbd)):
        torch.testing.assert_close(
            losses[f'{name}.loss_gradient'].detach(),
            loss.loss_weight * loss.components['gradient_component'])
    summed = sum(losses[key] for key in (
        'rgb.loss_dual_head', 'rgb.loss_gradient', 'rgbd.loss_dual_head',
        'rgbd.loss_gradient', 'loss_feature_consistency'))
    torch.testing.assert_close(model.parse_losses(losses)[0], summed)


def test_consistency_pulls_rgb_features_to_fused_ones():
    model = build(consistency_weight=3.0, **RGBD).eval()
    inputs, samples = batch()
    loss = model(inputs, samples, mode='loss')['loss_feature_consistency']
    rgb = model.backbone(inputs)
    depth = torch.stack([x.sparse_depth_map.data for x in samples])
    fused = [x.detach() for x in model.fusion(rgb, model.depth_encoder(depth))]
    expected = 3 * sum(
        ((y - x)**2).sum() / x.numel() for x, y in zip(rgb, fused)) / 5
    torch.testing.assert_close(loss, expected)
    # the fused features get no gradient
    parameters = [*model.backbone.parameters(), *model.fusion.parameters()]
    found, wanted = (
        torch.autograd.grad(x, parameters, allow_unused=True)
        for x in (loss, expected))
    assert wanted[-1] is None
    for one, other in zip(found, wanted):
        torch.testing.assert_close(one, other)


def test_the_rgb_branch_is_the_network_without_sparse_depth():
    data = batch()
    alone = build()(*data, mode='loss')['loss_ssi_silog']
    both = build(**RGBD)(*data, mode='loss')['rgb.loss_ssi_silog']
    assert torch.equal(alone, both)


def test_sparse_depth_is_used_where_the_samples_have_it():
    model = build(**RGBD).eval()
    model.decode_head.decoder.levels[0].predictor.weight.data.mul_(1e3)
    inputs, samples = batch()
    with torch.no_grad():
        with_depth, without, bare = (
            model(inputs, data)
            for data in (samples, None, batch(sparse=0)[1]))
        predicted = model(inputs, samples, mode='predict')
        model.use_sparse_input = False
        switched_off = model(inputs, samples)
    assert with_depth.shape == (2, 1, 64, 96)
    assert torch.equal(predicted[1].pred_depth_map.data, with_depth[1])
    assert not torch.equal(with_depth, without)
    assert torch.equal(switched_off, without) and torch.equal(bare, without)


def test_missing_sparse_depth_names_the_image():
    with pytest.raises(
            ValueError, match='no sparse_depth_map.*of corridor.png'):
        build(**RGBD)(*batch(sparse=0, img_path='corridor.png'), mode='loss')


@pytest.mark.parametrize('options,message', [
    (dict(film_scales=(0, )), 'need a depth_encoder'),
    (dict(rgbd_weight=-1), 'rgbd_weight must be >= 0, got -1'),
    (dict(consistency_weight=-1), 'consistency_weight must be >= 0, got -1'),
])
def test_bad_arguments_are_named(options, message):
    with pytest.raises(ValueError, match=message):
        build(**options)

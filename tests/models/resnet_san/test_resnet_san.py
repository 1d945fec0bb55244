import pytest
import torch
from mmengine.registry import MODELS
from mmengine.structures import BaseDataElement, PixelData

from mmdepth_gradloss.losses.protocol import find_gradient_losses
from mmdepth_gradloss.models.resnet_san.resnet_san import feature_consistency

GRADIENT = dict(type='MultiScaleGradientLoss', loss_weight=0.2)
SSI_SILOG = dict(
    type='SSISilogLoss', gradient_weight=0.2, input_domain='depth')
HEADS = {
    'single': dict(type='SANDepthHead', loss=SSI_SILOG),
    'dual': dict(type='SANDualDepthHead', loss=[GRADIENT]),
}
every_head = pytest.mark.parametrize('head', HEADS)
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


def sample(sparse=True, height=64, width=96, name='room.png', **metainfo):
    element = BaseDataElement(
        metainfo=dict(img_path=name, img_shape=(height, width), **metainfo))
    depth = torch.rand(1, height, width) * 9 + 1
    element.gt_depth_map = PixelData(data=depth)
    if sparse:
        kept = torch.rand(1, height, width) < 0.05
        element.sparse_depth_map = PixelData(data=depth * kept)
    return element


def batch(count=2, **arguments):
    return (torch.randn(count, 3, 64, 96),
            [sample(**arguments) for _ in range(count)])


def total(model, losses):
    return model.parse_losses(losses)[0]


@every_head
@pytest.mark.parametrize('version', ['18A', '18B'])
@pytest.mark.parametrize('options', [{}, RGBD, dict(RGBD, film_scales=(0, 4))])
def test_every_parameter_is_trained(head, version, options):
    model = build(head, version, **options)
    total(model, model(*batch(), mode='loss')).backward()
    assert all(p.grad.isfinite().all() and p.grad.any()
               for p in model.parameters())


def test_without_sparse_depth_the_losses_keep_their_names():
    losses = build('dual')(*batch(sparse=False), mode='loss')
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
    torch.testing.assert_close(total(model, losses), summed)


def test_consistency_pulls_rgb_features_to_fused_ones():
    rgb = [torch.randn(2, c, 3, 4, requires_grad=True) for c in (5, 7)]
    rgbd = [(2 * x + 1).detach().requires_grad_() for x in rgb]
    loss = feature_consistency(rgb, rgbd)
    torch.testing.assert_close(
        loss, sum(((y - x)**2).sum() / x.numel()
                  for x, y in zip(rgb, rgbd)) / 2)
    loss.backward()
    assert all(y.grad is None for y in rgbd)
    torch.testing.assert_close(rgb[0].grad, -(rgb[0] + 1) / rgb[0].numel())


def test_the_rgb_branch_is_the_network_without_sparse_depth():
    data = batch()
    alone = build('single')(*data, mode='loss')['loss_ssi_silog']
    both = build('single', **RGBD)(*data, mode='loss')['rgb.loss_ssi_silog']
    assert torch.equal(alone, both)


def test_sparse_depth_is_used_where_the_samples_have_it():
    model = build(**RGBD).eval()
    model.decode_head.decoder.levels[0].predictor.weight.data.mul_(1e3)
    inputs, samples = batch()
    for element in samples:
        element.sparse_depth_map.data.clamp_(max=3)
    with torch.no_grad():
        with_depth, without = (
            model(inputs, data, mode='tensor') for data in (samples, None))
        model.use_sparse_input = False
        switched_off = model(inputs, samples, mode='tensor')
    assert not torch.equal(with_depth, without)
    assert torch.equal(switched_off, without)


def test_padded_images_predict_at_their_own_size():
    model = build(
        'dual',
        **RGBD,
        data_preprocessor=dict(
            type='ImgDataPreprocessor', pad_size_divisor=32)).eval()
    sizes = ((50, 70), (64, 61))
    data = model.data_preprocessor(
        dict(
            inputs=[torch.randint(0, 255, (3, *size)) for size in sizes],
            data_samples=[sample(True, *size) for size in sizes]), False)
    predictions = model(**data, mode='predict')
    assert [tuple(x.pred_depth_map.shape) for x in predictions] == list(sizes)
    assert model(torch.randn(1, 3, 64, 96), mode='predict')[0].pred_depth_map


def test_prediction_has_the_size_of_the_ground_truth():
    element = sample(sparse=False)
    element.gt_depth_map = PixelData(data=torch.rand(1, 128, 192) + 1)
    prediction, = build()(torch.randn(1, 3, 64, 96), [element], 'predict')
    assert tuple(prediction.pred_depth_map.shape) == (128, 192)


def test_missing_sparse_depth_names_the_image():
    model = build(**RGBD)
    with pytest.raises(
            ValueError, match='no sparse_depth_map.*of corridor.png'):
        model(*batch(sparse=False, name='corridor.png'), mode='loss')


def test_depth_and_distance_in_one_batch_are_refused():
    samples = [
        sample(name='a.png', depth_type='depth'),
        sample(name='b.png', depth_type='distance')
    ]
    with pytest.raises(ValueError,
                       match='a.png.*b.png.*ConvertDepthType'):
        build()(torch.randn(2, 3, 64, 96), samples, mode='loss')
    for element in samples:
        element.set_metainfo(dict(depth_type='distance'))
    assert build()(torch.randn(2, 3, 64, 96), samples, mode='loss')


@pytest.mark.parametrize('options,message', [
    (dict(film_scales=(0, )), 'need a depth_encoder'),
    (dict(rgbd_weight=-1), 'rgbd_weight must be >= 0, got -1'),
    (dict(consistency_weight=-1), 'consistency_weight must be >= 0, got -1'),
])
def test_bad_arguments_are_named(options, message):
    with pytest.raises(ValueError, match=message):
        build(**options)


def test_unknown_mode_is_named():
    with pytest.raises(ValueError, match="'infer'; known"):
        build()(torch.randn(1, 3, 64, 96), mode='infer')

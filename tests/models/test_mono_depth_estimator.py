import pytest
import torch
from mmengine.registry import MODELS
from mmengine.structures import BaseDataElement, PixelData

from mmdepth_gradloss.models.mono_depth_estimator import add_predictions

CHANNELS = [4, 6, 8]
LOSS = dict(
    type='SSISilogLoss', gradient_weight=0.2, input_domain='depth')


def build(**head):
    return MODELS.build(
        dict(
            type='MonoDepthEstimator',
            backbone=dict(
                type='ResidualEncoder', channels=CHANNELS, blocks=[1, 1]),
            decode_head=dict(
                **{
                    **dict(
                        type='UNetDepthHead', in_channels=CHANNELS, loss=LOSS),
                    **head
                }),
            data_preprocessor=dict(
                type='ImgDataPreprocessor', pad_size_divisor=8)))


def sample(height, width):
    element = BaseDataElement(
        metainfo=dict(img_path='room.png', img_shape=(height, width)))
    element.gt_depth_map = PixelData(data=torch.rand(1, height, width) + 1)
    return element


@pytest.mark.parametrize('parametrization', ['inverse', 'depth'])
def test_depth_is_bounded_at_full_resolution(parametrization):
    model = build(
        parametrization=parametrization, min_depth=0.5, max_depth=4.0)
    model.decode_head.predictor.weight.data.mul_(1e4)
    depth = model(torch.randn(2, 3, 17, 30))
    assert depth.shape == (2, 1, 17, 30)
    assert depth.min() >= 0.5 - 1e-6 and depth.max() <= 4.0 + 1e-5
    assert depth.max() > 3.9 and depth.min() < 0.6


@pytest.mark.parametrize('parametrization', ['inverse', 'depth'])
def test_untrained_head_starts_in_the_middle_of_the_range(parametrization):
    model = build(
        parametrization=parametrization, min_depth=0.5, max_depth=8.0)
    model.decode_head.predictor.weight.data.zero_()
    assert model(torch.randn(1, 3, 8, 8))[0, 0, 0, 0].item() == pytest.approx(
        2.0)


def test_images_of_different_size_train_and_predict_at_their_own():
    model = build()
    batch = dict(
        inputs=[
            torch.randint(0, 255, (3, *size)) for size in ((13, 20), (16, 9))
        ],
        data_samples=[sample(13, 20), sample(16, 9)])
    data = model.data_preprocessor(batch, True)
    losses = model(**data, mode='loss')
    assert set(losses) == {'loss_ssi_silog'}
    losses['loss_ssi_silog'].backward()
    assert all(p.grad is not None for p in model.parameters())
    predictions = model(**data, mode='predict')
    assert [tuple(p.pred_depth_map.shape)
            for p in predictions] == [(13, 20), (16, 9)]


def test_losses_of_one_name_are_added():
    model = build(
        loss=[
            dict(type='MultiScaleGradientLoss', loss_weight=weight)
            for weight in (1.0, 2.0)
        ])
    losses = model(
        torch.randn(1, 3, 16, 16), [sample(16, 16)], mode='loss')
    first, second = model.decode_head.losses
    component = first.components['gradient_component']
    assert losses['loss_gradient'].item() == pytest.approx(
        3 * component.item(), rel=1e-5)


def test_missing_ground_truth_names_the_image():
    element = BaseDataElement(metainfo=dict(img_path='room.png'))
    with pytest.raises(ValueError, match='gt_depth_map.*room.png'):
        build()(torch.randn(1, 3, 16, 16), [element], mode='loss')


def test_mismatched_ground_truth_names_shapes_and_image():
    element = sample(16, 16)
    element.set_metainfo(dict(img_shape=(16, 8)))
    with pytest.raises(
            ValueError, match=r'\(16, 16\).*\(16, 8\).*room.png'):
        build()(torch.randn(1, 3, 16, 16), [element], mode='loss')


@pytest.mark.parametrize('head,message', [
    (dict(min_depth=0), 'got 0 and 15'),
    (dict(parametrization='log'), "'log'; known: depth, inverse"),
    (dict(channels=[4]), 'got 1 and 3'),
])
def test_bad_head_arguments_are_named(head, message):
    with pytest.raises(ValueError, match=message):
        build(**head)


@pytest.mark.parametrize('size, image, metainfo, fits', [
    ((32, 40), (16, 20), {}, True),
    ((33, 40), (16, 20), {}, True),
    ((16, 40), (16, 20), {}, False),
    # the whole file, out of proportion
    ((64, 90), (16, 20), dict(ori_shape=(64, 90),
                              scale_factor=(20 / 90, 16 / 64)), True),
    ((32, 45), (16, 20), dict(ori_shape=(64, 90),
                              scale_factor=(20 / 90, 16 / 64)), True),
    # a crop of it, or padded: the factor does not give the size
    ((64, 90), (16, 20), dict(ori_shape=(64, 90)), False),
    ((64, 90), (16, 20), dict(ori_shape=(64, 90), scale_factor=(20 / 90, 0.2)),
     False),
    ((64, 90), (16, 20), dict(ori_shape=(64, 90), scale_factor=(0.3, 16 / 64)),
     False),
])
def test_prediction_is_not_stretched_over_another_field_of_view(
        size, image, metainfo, fits):
    element = sample(*size)
    element.set_metainfo(dict(img_shape=image, **metainfo))
    if fits:
        out = add_predictions(torch.ones(1, 1, 16, 24), [element])
        assert out[0].pred_depth_map.shape == size
        return
    with pytest.raises(
            ValueError,
            match=rf'{size[0]} x {size[1]} .*16 x 20 shows.*room.png'):
        add_predictions(torch.ones(1, 1, 16, 24), [element])


def test_unknown_mode_is_named():
    with pytest.raises(ValueError, match="'infer'; known"):
        build()(torch.randn(1, 3, 8, 8), mode='infer')

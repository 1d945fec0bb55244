"""The small network: encoder, head, and both together."""
import pytest
import torch
from mmengine.registry import MODELS
from samples import METRIC_LOSS, batch

CHANNELS = [4, 6, 8]


def build(**head):
    head = {'loss': METRIC_LOSS, **head}
    return MODELS.build(
        dict(
            type='MonoDepthEstimator',
            backbone=dict(
                type='ResidualEncoder', channels=CHANNELS, blocks=[1, 1]),
            decode_head=dict(
                type='UNetDepthHead', in_channels=CHANNELS, **head),
            data_preprocessor=dict(
                type='ImgDataPreprocessor', pad_size_divisor=8)))


@pytest.mark.parametrize('parametrization', ['inverse', 'depth'])
def test_depth_starts_in_the_middle_of_its_range_and_ends_there(
        parametrization):
    model = build(
        parametrization=parametrization, min_depth=0.5, max_depth=8.0)
    images = torch.randn(2, 3, 17, 30)
    weight = model.decode_head.predictor.weight.data
    weight.mul_(1e4)
    depth = model(images)
    assert depth.shape == (2, 1, 17, 30)
    assert 0.5 - 1e-6 <= depth.min() < 0.6 and 7.9 < depth.max() <= 8 + 1e-5
    weight.zero_()
    assert model(images)[0, 0, 0, 0].item() == pytest.approx(2.0)


def test_images_of_different_size_train_and_predict_at_their_own():
    model = build()
    data = model.data_preprocessor(batch((13, 20), (16, 9)), True)
    losses = model(**data, mode='loss')
    assert set(losses) == {'loss_ssi_silog'}
    losses['loss_ssi_silog'].backward()
    assert all(p.grad is not None for p in model.parameters())
    samples = model(**data, mode='predict')
    assert [x.pred_depth_map.shape for x in samples] == [(13, 20), (16, 9)]
    assert [x.prediction for x in samples] == ['depth', 'depth']


@pytest.mark.parametrize('head,message', [
    (dict(min_depth=0), 'got 0 and 15'),
    (dict(parametrization='log'), "'log'; known: depth, inverse"),
    (dict(channels=[4]), 'got 1 and 3'),
])
def test_bad_head_arguments_are_named(head, message):
    with pytest.raises(ValueError, match=message):
        build(**head)


def test_blocks_of_another_number_are_named():
    with pytest.raises(ValueError, match='got 2 blocks and 2 channels'):
        MODELS.build(
            dict(type='ResidualEncoder', channels=[8, 8], blocks=[1, 1]))

"""Training that mixes ground truth of good and of bad edges."""
from __future__ import annotations

import math

import pytest
import torch
from mmengine.registry import MODELS
from mmengine.runner import Runner
from mmengine.structures import BaseDataElement, PixelData
from torch._dynamo.testing import CompileCounter

import mmdepth_gradloss  # noqa: F401
from mmdepth_gradloss.losses import SSISilogLoss
from mmdepth_gradloss.models.mono_depth_estimator import stack_gradient_weights

import fake_sets  # isort: skip

PREPROCESSOR = dict(type='ImgDataPreprocessor', pad_size_divisor=16)
NETWORKS = dict(
    unet=dict(
        type='MonoDepthEstimator',
        backbone=dict(
            type='ResidualEncoder', channels=(8, 8, 8), blocks=(1, 1)),
        decode_head=dict(type='UNetDepthHead', in_channels=(8, 8, 8)),
        data_preprocessor=PREPROCESSOR),
    san=dict(
        type='ResNetSAN',
        backbone=dict(type='ResNetEncoder', base_channels=16),
        decode_head=dict(type='SANDepthHead', supervised_scales=2),
        data_preprocessor=PREPROCESSOR),
    san_rgbd=dict(
        type='ResNetSAN',
        backbone=dict(type='ResNetEncoder', base_channels=16),
        decode_head=dict(type='SANDualDepthHead'),
        depth_encoder=dict(type='SparseDepthEncoder'),
        data_preprocessor=PREPROCESSOR),
    huggingface=dict(
        type='HFDepthEstimator',
        config=dict(
            model_type='glpn',
            depths=[1, 1, 1, 1],
            hidden_sizes=[16, 32, 32, 64],
            num_attention_heads=[1, 2, 2, 4],
            decoder_hidden_size=32,
            drop_path_rate=0.0,
            hidden_dropout_prob=0.0),
        data_preprocessor=dict(
            type='HFDepthPreprocessor',
            image_processor=dict(image_processor_type='GLPNImageProcessor'))))
EVERY_NETWORK = pytest.mark.parametrize('network', NETWORKS)


def build(network, gradient_weight, **gradient):
    """The same network for each loss."""
    if network == 'huggingface':
        pytest.importorskip('transformers')
        pytest.importorskip('PIL')
    cfg = dict(NETWORKS[network])
    loss = dict(
        type='SSISilogLoss',
        gradient_weight=gradient_weight,
        gradient=gradient,
        input_domain='depth')
    if 'decode_head' in cfg:
        cfg['decode_head'] = dict(cfg['decode_head'], loss=loss)
    else:
        cfg['loss'] = loss
    torch.manual_seed(0)
    return MODELS.build(cfg)


def mixed_batch(root, folder_weight):
    """Two rendered images, then two files whose edges count so much."""
    sparse = dict(type='SparsifyDepth', output_key='sparse_depth_map')
    rendered = dict(
        type='SyntheticDepthDataset',
        length=2,
        size=fake_sets.SIZE,
        pipeline=[sparse, dict(type='PackDepthInputs')])
    weight = [] if folder_weight is None else [
        dict(type='SetGradientWeight', weight=folder_weight)]
    files = dict(
        type='FolderDepthDataset',
        data_root=str(root),
        data_prefix=dict(
            img_path='images/test', depth_map_path='annotations/test'),
        serialize_data=False,
        pipeline=[
            dict(type='LoadImage'),
            dict(type='LoadDepthMap'), sparse, *weight,
            dict(type='PackDepthInputs')
        ])
    loader = Runner.build_dataloader(
        dict(
            batch_size=4,
            num_workers=0,
            sampler=dict(type='DefaultSampler', shuffle=False),
            dataset=dict(
                type='ConcatDataset',
                ignore_keys=['dataset_type', 'task_name'],
                datasets=[rendered, files])),
        seed=0)
    torch.manual_seed(0)
    return next(iter(loader))


def pred_gradients(model, batch):
    """What each prediction that meets a loss is told, and the loss dict."""
    preds = []

    def remember(module, args):
        args[0].retain_grad()
        preds.append(args[0])

    for module in model.modules():
        if isinstance(module, SSISilogLoss):
            module.register_forward_pre_hook(remember)
    losses = model(**model.data_preprocessor(batch, True), mode='loss')
    model.parse_losses(losses)[0].backward()
    return [pred.grad for pred in preds], losses


@EVERY_NETWORK
@pytest.mark.parametrize('gradient', [{}, dict(preset='valid_mean')])
def test_weight_0_drops_the_term_and_leaves_the_others_alone(
        nyu_root, network, gradient):
    batch = mixed_batch(nyu_root, 0.0)
    plain = mixed_batch(nyu_root, None)
    for sample, other in zip(batch['data_samples'], plain['data_samples']):
        # the sparse patterns are random
        sample.sparse_depth_map = other.sparse_depth_map
    mixed, _ = pred_gradients(build(network, 0.2, **gradient), batch)
    full, _ = pred_gradients(build(network, 0.2, **gradient), plain)
    without, _ = pred_gradients(build(network, 0.0), batch)
    assert len(mixed) == len(full) == len(without) == (
        2 if 'san' in network else 1)
    for a, b, c in zip(mixed, full, without):
        assert torch.equal(a[:2], b[:2]) and torch.equal(a[2:], c[2:])
        assert all((a[:2] != c[:2]).flatten(1).any(1))
        assert all((a[2:] != b[2:]).flatten(1).any(1))


@EVERY_NETWORK
def test_weight_1_is_the_default(nyu_root, network):
    batch, plain = (mixed_batch(nyu_root, weight) for weight in (1.0, None))
    for sample, other in zip(batch['data_samples'], plain['data_samples']):
        sample.sparse_depth_map = other.sparse_depth_map
    grads, losses = pred_gradients(build(network, 0.2), batch)
    expected_grads, expected = pred_gradients(build(network, 0.2), plain)
    assert all(map(torch.equal, grads, expected_grads))
    assert all(torch.equal(losses[name], expected[name]) for name in expected)


def test_a_compiler_is_not_bothered_by_weights_that_change():
    model = build('unet', 0.2, scales=1)
    counter = CompileCounter()
    compiled = torch.compile(model.forward, backend=counter)
    compilations = []
    for i in range(8):
        data_samples = samples(*(None if i >> bit & 1 else i / 8
                                 for bit in range(3)), 1.0)
        for sample in data_samples:
            sample.gt_depth_map = PixelData(data=torch.rand(1, 16, 16) + 1)
        images = torch.rand(4, 3, 16, 16)
        loss, expected = (
            call(images, data_samples, mode='loss')['loss_ssi_silog']
            for call in (compiled, model))
        torch.testing.assert_close(loss, expected)
        compilations.append(counter.frame_count)
    assert compilations[0] == compilations[-1]


def samples(*weights):
    """Data samples with these weights, None for none."""
    return [
        BaseDataElement(
            metainfo=dict(
                img_path=f'{i}.png',
                **({} if weight is None else dict(gradient_weight=weight))))
        for i, weight in enumerate(weights)
    ]


def test_samples_without_a_weight_count_1():
    weights = stack_gradient_weights(samples(0.5, None, 0, 2))
    assert weights.dtype == torch.float32
    assert weights.tolist() == [0.5, 1.0, 0.0, 2.0]


@pytest.mark.parametrize('data_samples', [[], samples(None, None)])
def test_no_weight_at_all_is_none(data_samples):
    assert stack_gradient_weights(data_samples) is None


@pytest.mark.parametrize('weight', [-1.0, math.inf, math.nan])
def test_bad_weight_names_the_image(weight):
    with pytest.raises(ValueError, match=f'got {weight} for 1.png'):
        stack_gradient_weights(samples(1.0, weight))

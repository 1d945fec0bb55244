"""Training that mixes ground truth of good and of bad edges."""
import hf_networks
import pytest
import torch
from mmengine.registry import MODELS
from samples import batch, sample
from torch._dynamo.testing import CompileCounter

from mmdepth_gradloss.losses import SSISilogLoss

PREPROCESSOR = dict(type='ImgDataPreprocessor', pad_size_divisor=16)
SAN = dict(
    type='ResNetSAN',
    backbone=dict(type='ResNetEncoder', base_channels=16),
    data_preprocessor=PREPROCESSOR)
NETWORKS = dict(
    unet=dict(
        type='MonoDepthEstimator',
        backbone=dict(
            type='ResidualEncoder', channels=(8, 8, 8), blocks=(1, 1)),
        decode_head=dict(type='UNetDepthHead', in_channels=(8, 8, 8)),
        data_preprocessor=PREPROCESSOR),
    san=dict(
        SAN, decode_head=dict(type='SANDepthHead', supervised_scales=2)),
    san_rgbd=dict(
        SAN, decode_head=dict(type='SANDualDepthHead'),
        depth_encoder=dict(type='SparseDepthEncoder')),
    huggingface=dict(
        hf_networks.model_config('glpn'),
        config=dict(hf_networks.CONFIGS['glpn'], hidden_dropout_prob=0.0)))


def build(network, gradient_weight, **gradient):
    """Build the same network with different losses."""
    if network == 'huggingface':
        pytest.importorskip('transformers')
        pytest.importorskip('PIL')
    cfg = dict(NETWORKS[network])
    loss = dict(
        type='SSISilogLoss', gradient_weight=gradient_weight,
        gradient=gradient, input_domain='depth')
    if 'decode_head' in cfg:
        cfg['decode_head'] = dict(cfg['decode_head'], loss=loss)
    else:
        cfg['loss'] = loss
    torch.manual_seed(0)
    return MODELS.build(cfg)


def mixed_batch(weight):
    """Four images, the last two with this weight, if any."""
    torch.manual_seed(0)
    data = batch(*[(64, 96)] * 4, sparse=0.3)
    if weight is not None:
        for element in data['data_samples'][2:]:
            element.set_metainfo(dict(gradient_weight=weight))
    return data


def pred_gradients(model, data):
    """Gradients of all predictions passed to a loss, and the loss dict."""
    preds = []

    def remember(module, args):
        args[0].retain_grad()
        preds.append(args[0])

    for module in model.modules():
        if isinstance(module, SSISilogLoss):
            module.register_forward_pre_hook(remember)
    losses = model(**model.data_preprocessor(data, True), mode='loss')
    model.parse_losses(losses)[0].backward()
    return [pred.grad for pred in preds], losses


@pytest.mark.parametrize('network', NETWORKS)
@pytest.mark.parametrize('gradient', [{}, dict(preset='valid_mean')])
def test_weight_0_drops_the_term_and_leaves_the_others_alone(
        network, gradient):
    plain, weight_0, weight_1 = map(mixed_batch, (None, 0.0, 1.0))
    mixed, _ = pred_gradients(build(network, 0.2, **gradient), weight_0)
    full, losses = pred_gradients(build(network, 0.2, **gradient), plain)
    without, _ = pred_gradients(build(network, 0.0), weight_0)
    assert len(mixed) == len(full) == len(without) == (
        2 if 'san' in network else 1)
    for a, b, c in zip(mixed, full, without):
        assert torch.equal(a[:2], b[:2]) and torch.equal(a[2:], c[2:])
        assert all((a[:2] != c[:2]).flatten(1).any(1))
        assert all((a[2:] != b[2:]).flatten(1).any(1))
    grads, same = pred_gradients(build(network, 0.2, **gradient), weight_1)
    assert all(map(torch.equal, grads, full))
    assert all(torch.equal(losses[name], same[name]) for name in losses)


def test_a_compiler_is_not_bothered_by_weights_that_change():
    model = build('unet', 0.2, scales=1)
    counter = CompileCounter()
    compiled = torch.compile(model.forward, backend=counter)
    compilations = []
    for i in range(8):
        weights = [i / 8 for bit in range(3) if not i >> bit & 1] + [1.0]
        samples = [sample(16, 16, gradient_weight=x) for x in weights]
        samples += [sample(16, 16) for _ in range(4 - len(samples))]
        images = torch.rand(4, 3, 16, 16)
        loss, expected = (
            call(images, samples, mode='loss')['loss_ssi_silog']
            for call in (compiled, model))
        torch.testing.assert_close(loss, expected)
        compilations.append(counter.frame_count)
    assert compilations[0] == compilations[-1]

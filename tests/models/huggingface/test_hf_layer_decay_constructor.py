"""Learning rate and weight decay of each parameter."""
import re
from collections import defaultdict

import pytest
from hf_networks import CONFIGS, NECK, STAGES, build
from mmengine.optim import build_optim_wrapper
from torch import nn

pytest.importorskip('transformers')
pytest.importorskip('PIL')

SWIN = dict(
    NECK, model_type='dpt', is_hybrid=False,
    backbone_config=dict(
        model_type='swinv2', image_size=64, embed_dim=16, depths=[1, 1, 2, 1],
        num_heads=[1, 2, 2, 4], window_size=2,
        out_features=STAGES['out_features']),
    neck_hidden_sizes=[16, 32, 64, 128])
HYBRID = dict(
    CONFIGS['dpt'], is_hybrid=True, neck_ignore_stages=[0, 1],
    neck_hidden_sizes=[64, 128, 32, 32], backbone_featmap_shape=[1, 256, 4, 4],
    backbone_config=dict(
        model_type='bit', embedding_size=16, hidden_sizes=[64, 128, 256],
        depths=[1, 1, 1], num_groups=4, layer_type='bottleneck',
        global_padding='same', out_features=['stage1', 'stage2', 'stage3'],
        embedding_dynamic_padding=True))


def optimizer_of(model, layer_decay=0.5, **paramwise):
    return build_optim_wrapper(
        model,
        dict(
            type='OptimWrapper',
            optimizer=dict(type='AdamW', lr=1.0, weight_decay=0.1),
            constructor='HFLayerDecayConstructor',
            paramwise_cfg=dict(layer_decay=layer_decay, **paramwise)))


def settings(model):
    """Learning rate and weight decay of each parameter, by name."""
    groups = optimizer_of(model).param_groups
    by_param = {
        p: (group['lr'], group['weight_decay'])
        for group in groups for p in group['params']
    }
    assert len(by_param) == sum(len(group['params']) for group in groups)
    return {
        name: by_param[p]
        for name, p in model.named_parameters() if p in by_param
    }


@pytest.mark.parametrize('name', ['depth_anything_metric', 'dpt', 'zoedepth'])
def test_rate_falls_from_layer_to_layer_of_a_vit(name):
    model = build(name)
    encoder = {id(p) for p in model.encoder.parameters()}
    rates = settings(model)
    found = defaultdict(set)
    for n, p in model.named_parameters():
        if id(p) in encoder:
            # such as '....layer.2.norm.weight'; varies by version and model
            number = re.search(r'layers?\.(\d)\.', n)
            found[number and int(number[1])].add(rates[n][0])
    # embeddings, and parameters after the last layer
    assert found.pop(None) <= {0.5**5, 0.5}
    assert found == {i: {0.5**(4 - i)} for i in range(4)}
    assert {lr for n, (lr, _) in rates.items() if '.embeddings.' in n
            } == {0.5**5}


@pytest.mark.parametrize('name,config,exponents', [
    ('glpn', CONFIGS['glpn'], {
        'block.0.0.': 5, 'block.1.0.': 4, 'block.1.1.': 3, 'block.2.0.': 2,
        'block.3.0.': 1,
        # patch embeddings belong to the previous stage
        'patch_embeddings.0.': 6, 'patch_embeddings.1.': 5,
        'patch_embeddings.2.': 3, 'patch_embeddings.3.': 2, 'layer_norm.0.': 5,
        'layer_norm.1.': 3, 'layer_norm.2.': 2, 'layer_norm.3.': 1}),
    ('dpt', SWIN, {
        'layers.0.blocks.0.': 5, 'layers.1.blocks.0.': 4,
        'layers.2.blocks.0.': 3, 'layers.2.blocks.1.': 2,
        'layers.3.blocks.0.': 1, 'backbone.embeddings.': 6}),
    # the convolutions are its embeddings
    ('dpt', HYBRID, {'embeddings.backbone.': 5, 'encoder.layer.3.': 1}),
])
def test_stages_are_one_row_of_layers(name, config, exponents):
    rates = settings(build(name, config=config))
    for part, exponent in exponents.items():
        found = {lr for n, (lr, _) in rates.items() if part in n}
        assert found == {0.5**exponent}, part


@pytest.mark.parametrize('name', CONFIGS)
def test_all_of_the_head_at_full_rate_and_plain_tensors_without_decay(name):
    model = build(name)
    rates = settings(model)
    assert set(rates) == {n for n, _ in model.named_parameters()}
    encoder = {id(p) for p in model.encoder.parameters()}
    norms = {
        f'{n}.weight'
        for n, m in model.named_modules() if isinstance(m, nn.LayerNorm)
    }
    assert norms
    for n, p in model.named_parameters():
        plain = n in norms or p.ndim == 1 or re.search(
            'bias$|cls_token|mask_token|position_embeddings|'
            'relative_position_bias_table', n)
        assert (rates[n][0] < 1) == (id(p) in encoder), n
        assert rates[n][1] == (0 if plain else 0.1), n


def test_frozen_encoder_is_left_out_and_the_head_s_rate_logged():
    model = build('glpn', freeze_backbone=True)
    assert set(settings(model)) == {
        n for n, p in model.named_parameters() if p.requires_grad
    }
    optim_wrapper = optimizer_of(build('dpt'))
    assert optim_wrapper.param_groups[0]['lr'] == 1.0


class NoLayers(nn.Module):

    def __init__(self):
        super().__init__()
        self.encoder = nn.Linear(2, 2)


@pytest.mark.parametrize('model,message', [
    (nn.Linear(2, 2), 'an encoder, such as HFDepthEstimator, got Linear'),
    (NoLayers(), 'no layers in the encoder Linear'),
])
def test_model_without_layers_is_refused(model, message):
    with pytest.raises(ValueError, match=message):
        optimizer_of(model)


@pytest.mark.parametrize('paramwise', [
    dict(layer_decay=0), dict(layer_decay=1.5), dict(norm_decay_mult=0.0)])
def test_wrong_options_are_named(paramwise):
    with pytest.raises(ValueError, match=r'number in \(0, 1\], got'):
        optimizer_of(build('glpn'), **paramwise)

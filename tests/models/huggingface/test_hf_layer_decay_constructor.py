"""Which learning rate and weight decay each parameter gets."""
import re
from collections import defaultdict

import pytest
import torch
from hf_networks import CONFIGS, METRIC_LOSS, NECK, STAGES, batch, build
from mmengine.optim import build_optim_wrapper
from mmengine.registry import MODELS
from torch import nn

pytest.importorskip('transformers')
pytest.importorskip('PIL')

SWIN = dict(
    model_type='dpt',
    is_hybrid=False,
    backbone_config=dict(
        model_type='swinv2',
        image_size=64,
        embed_dim=16,
        depths=[1, 1, 2, 1],
        num_heads=[1, 2, 2, 4],
        window_size=2,
        out_features=STAGES['out_features']),
    **{
        **NECK, 'neck_hidden_sizes': [16, 32, 64, 128]
    })
HYBRID = dict(
    CONFIGS['dpt'],
    is_hybrid=True,
    neck_ignore_stages=[0, 1],
    neck_hidden_sizes=[64, 128, 32, 32],
    backbone_featmap_shape=[1, 256, 4, 4],
    backbone_config=dict(
        model_type='bit',
        embedding_size=16,
        hidden_sizes=[64, 128, 256],
        depths=[1, 1, 1],
        num_groups=4,
        layer_type='bottleneck',
        global_padding='same',
        out_features=['stage1', 'stage2', 'stage3'],
        embedding_dynamic_padding=True))


def optimizer_of(model, layer_decay=0.5, **paramwise):
    return build_optim_wrapper(
        model,
        dict(
            type='OptimWrapper',
            optimizer=dict(type='AdamW', lr=1.0, weight_decay=0.1),
            constructor='HFLayerDecayConstructor',
            paramwise_cfg=dict(layer_decay=layer_decay, **paramwise)))


def settings(model, **arguments):
    """Learning rate and weight decay of each parameter, by name."""
    groups = optimizer_of(model, **arguments).param_groups
    by_param = {
        p: (group['lr'], group['weight_decay'])
        for group in groups for p in group['params']
    }
    assert len(by_param) == sum(len(group['params']) for group in groups)
    return {
        name: by_param[p]
        for name, p in model.named_parameters() if p in by_param
    }


def rates_of(model, part):
    """Learning rates of the parameters with ``part`` in their name."""
    found = {
        lr
        for name, (lr, _) in settings(model).items() if part in name
    }
    assert found, part
    return found


@pytest.mark.parametrize('name', ['depth_anything_metric', 'dpt', 'zoedepth'])
def test_rate_falls_from_layer_to_layer_of_a_vit(name):
    model = build(name)
    encoder = {id(p) for p in model.encoder.parameters()}
    rates = settings(model)
    found = defaultdict(set)
    for n, p in model.named_parameters():
        if id(p) in encoder:
            # '....layer.2.norm.weight' and its like, by version and model
            number = re.search(r'layers?\.(\d)\.', n)
            found[number and int(number[1])].add(rates[n][0])
    last = {0.5**5, 0.5}  # embeddings and what follows the last layer
    assert found.pop(None) <= last
    assert found == {i: {0.5**(4 - i)} for i in range(4)}
    assert rates_of(model, '.embeddings.') == {0.5**5}
    assert rates_of(model, 'network.neck.') == {1.0}


def test_every_parameter_is_there_and_all_of_the_head_at_full_rate():
    for name in CONFIGS:
        model = build(name)
        encoder = {id(p) for p in model.encoder.parameters()}
        rates = settings(model)
        assert set(rates) == {n for n, _ in model.named_parameters()}
        for n, p in model.named_parameters():
            assert (rates[n][0] < 1) == (id(p) in encoder), n


def test_stages_of_glpn_are_one_row_of_layers():
    model = build('glpn')  # depths 1, 2, 1, 1
    at = 'glpn.encoder.'
    for stage, block, exponent in ((0, 0, 5), (1, 0, 4), (1, 1, 3), (2, 0, 2),
                                   (3, 0, 1)):
        assert rates_of(model, f'{at}block.{stage}.{block}.') == {
            0.5**exponent
        }
    # what leads into a stage goes with the stage before
    for stage, exponent in ((0, 6), (1, 5), (2, 3), (3, 2)):
        assert rates_of(model, f'{at}patch_embeddings.{stage}.') == {
            0.5**exponent
        }
    for stage, exponent in ((0, 5), (1, 3), (2, 2), (3, 1)):
        assert rates_of(model, f'{at}layer_norm.{stage}.') == {0.5**exponent}


def test_stages_of_swin_are_one_row_of_layers():
    model = MODELS.build(
        dict(
            type='HFDepthEstimator',
            config=SWIN,
            prediction='depth',
            loss=METRIC_LOSS))
    names = [n for n, _ in model.encoder.named_parameters()]
    at = 'encoder.layers.' if any(
        n.startswith('encoder.layers.') for n in names) else 'layers.'
    for stage, block, exponent in ((0, 0, 5), (1, 0, 4), (2, 0, 3), (2, 1, 2),
                                   (3, 0, 1)):
        assert rates_of(model, f'{at}{stage}.blocks.{block}.') == {
            0.5**exponent
        }
    assert rates_of(model, 'backbone.embeddings.') == {0.5**6}


def test_convolutions_of_a_hybrid_are_its_embeddings():
    model = build('dpt', config=HYBRID)
    assert rates_of(model, 'embeddings.backbone.') == {0.5**5}
    assert rates_of(model, 'encoder.layer.3.') == {0.5}


@pytest.mark.parametrize('name', CONFIGS)
def test_norms_biases_tokens_and_positions_have_no_weight_decay(name):
    model = build(name)
    decay = {n: wd for n, (_, wd) in settings(model).items()}
    norms = {
        f'{n}.weight'
        for n, m in model.named_modules() if isinstance(m, nn.LayerNorm)
    }
    assert norms
    for n, p in model.named_parameters():
        plain = (n in norms or n.endswith('bias') or p.ndim == 1 or any(
            part in n for part in ('cls_token', 'mask_token',
                                   'position_embeddings',
                                   'relative_position_bias_table')))
        assert decay[n] == (0 if plain else 0.1), n


def test_first_group_is_the_head_s_whose_rate_is_logged():
    optim_wrapper = optimizer_of(build('dpt'))
    assert optim_wrapper.param_groups[0]['lr'] == 1.0


def test_frozen_encoder_is_left_out():
    model = build('glpn', freeze_backbone=True)
    assert set(settings(model)) == {
        n
        for n, p in model.named_parameters() if p.requires_grad
    }


def test_trains():
    model = build('glpn')
    optim_wrapper = optimizer_of(model, layer_decay=0.9)
    before = {n: p.clone() for n, p in model.named_parameters()}
    model.train_step(batch((64, 64)), optim_wrapper)
    changed = [
        n for n, p in model.named_parameters() if not torch.equal(
            p, before[n])
    ]
    assert len(changed) > 0.8 * len(before)


# Mistakes


class NoLayers(nn.Module):

    def __init__(self):
        super().__init__()
        self.encoder = nn.Linear(2, 2)


@pytest.mark.parametrize('model,message', [
    (nn.Linear(2, 2), 'an encoder, as HFDepthEstimator has, got Linear'),
    (NoLayers(), 'no layers in the encoder Linear'),
])
def test_model_without_layers_is_refused(model, message):
    with pytest.raises(ValueError, match=message):
        optimizer_of(model)


@pytest.mark.parametrize('paramwise', [
    dict(layer_decay=0),
    dict(layer_decay=1.5),
    dict(norm_decay_mult=0.0),
])
def test_wrong_options_are_named(paramwise):
    with pytest.raises(ValueError, match=r'number in \(0, 1\], got'):
        optimizer_of(build('glpn'), **paramwise)

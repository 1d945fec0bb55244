"""Adding the gradient loss to a config that knows nothing of it."""
from __future__ import annotations

from importlib import import_module

import pytest
from mmengine.config import Config

from mmdepth_gradloss import add_gradient_loss
from mmdepth_gradloss.config.config_scope import CONFIG_DIR

HEAD = 'model.decode_head.loss_decode'


def depth_config(**head):
    return Config(
        dict(
            model=dict(
                type='DepthEstimator',
                decode_head=dict(type='VPDDepthHead', **head))))


@pytest.mark.parametrize('losses', [
    dict(type='SiLogLoss', loss_weight=2.0),
    [dict(type='SiLogLoss', loss_weight=2.0)],
])
def test_term_stands_beside_other_losses(losses):
    cfg = depth_config(loss_decode=losses)
    changes = add_gradient_loss(cfg, 'conservative')
    silog, term = cfg.model.decode_head.loss_decode
    assert silog == dict(type='SiLogLoss', loss_weight=2.0)
    assert term == dict(type='MultiScaleGradientLoss', loss_weight=0.1)
    assert cfg.custom_hooks[0].type == 'GradientLossHook'
    assert cfg.custom_imports.imports == ['mmdepth_gradloss']
    assert [line.split(':')[0] for line in changes
            ] == [HEAD, 'custom_hooks', 'custom_imports']
    assert changes[0].endswith('loss_weight=0.1 beside SiLogLoss')


def test_default_loss_of_the_head_is_kept():
    cfg = depth_config()
    add_gradient_loss(cfg)
    assert [x.type for x in cfg.model.decode_head.loss_decode
            ] == ['SiLogLoss', 'MultiScaleGradientLoss']


@pytest.mark.parametrize('preset,weights', [
    ('conservative', (0.45, 0.45, 0.1)),
    ('balanced', (0.4, 0.4, 0.2)),
    ('edge_focused', (0.35, 0.35, 0.3)),
])
def test_ssi_silog_loss_takes_the_weights(preset, weights):
    cfg = depth_config(
        loss_decode=dict(type='SSISilogLoss', input_domain='depth'))
    add_gradient_loss(cfg, preset)
    loss, = cfg.model.decode_head.loss_decode
    assert (loss.ssi_weight, loss.silog_weight,
            loss.gradient_weight) == weights
    assert loss.input_domain == 'depth'
    assert 'gradient' not in loss


def test_recommended_brings_its_formula_along():
    cfg = depth_config(
        loss_decode=dict(type='SSISilogLoss', input_domain='depth'))
    add_gradient_loss(cfg, 'recommended')
    loss, = cfg.model.decode_head.loss_decode
    assert loss.gradient_weight == 2.0
    assert loss.gradient == dict(preset='valid_mean')

    cfg = depth_config()
    add_gradient_loss(cfg, 'recommended')
    assert cfg.model.decode_head.loss_decode[1] == dict(
        type='MultiScaleGradientLoss', preset='valid_mean', loss_weight=2.0)


@pytest.mark.parametrize('alignment', ['least_squares', None])
def test_term_aligns_as_the_loss_beside_it_does(alignment):
    loss = dict(type='ScaleShiftInvariantLoss')
    if alignment:
        loss['alignment'] = alignment
    cfg = Config(dict(model=dict(type='HFDepthEstimator', loss=loss)))
    add_gradient_loss(cfg)
    assert cfg.model.loss[1] == dict(
        type='MultiScaleGradientLoss',
        loss_weight=0.2,
        domain='inverse',
        alignment=alignment or 'median_mad')


def test_dual_head_keeps_its_own_loss():
    cfg = Config(
        dict(model=dict(decode_head=dict(type='SANDualDepthHead'))))
    change = add_gradient_loss(cfg)[0]
    assert change == ('model.decode_head.loss: added '
                      'type=MultiScaleGradientLoss, loss_weight=0.2')


@pytest.mark.parametrize('losses', [
    [dict(type='SiLogLoss'),
     dict(type='MultiScaleGradientLoss')],
    dict(type='SSISilogLoss', gradient_weight=0.05),
    [
        dict(type='SSISilogLoss'),
        dict(type='mmdepth_gradloss.MultiScaleGradientLoss')
    ],
])
def test_term_that_is_there_already_is_not_touched(losses):
    cfg = depth_config(loss_decode=losses)
    before = cfg.to_dict()
    with pytest.raises(ValueError, match='has a gradient term already'):
        add_gradient_loss(cfg)
    assert cfg.to_dict() == before


def test_mmsegmentation_gets_the_stand_in_for_operators():
    cfg = depth_config()
    cfg.default_scope = 'mmseg'
    add_gradient_loss(cfg)
    assert cfg.custom_imports.imports == [
        'mmdepth_gradloss.config.mmcv_ops_stand_in', 'mmdepth_gradloss'
    ]
    import mmcv.ops  # noqa: F401


def test_keeps_the_hooks_and_imports_of_the_config():
    cfg = depth_config()
    cfg.custom_hooks = [dict(type='EMAHook')]
    cfg.custom_imports = dict(imports='mine', allow_failed_imports=True)
    add_gradient_loss(cfg)
    assert [hook.type for hook in cfg.custom_hooks
            ] == ['EMAHook', 'GradientLossHook']
    assert cfg.custom_imports == dict(
        imports=['mmdepth_gradloss', 'mine'], allow_failed_imports=True)


def test_finds_scoped_heads_inside_wrappers():
    cfg = Config(
        dict(
            model=dict(
                type='Distiller',
                students=[
                    dict(decode_head=dict(type='mmseg.VPDDepthHead')),
                    dict(decode_head=dict(type='UNetDepthHead', loss=[]))
                ])))
    first, second = add_gradient_loss(cfg)[:2]
    assert first.startswith('model.students.0.decode_head.loss_decode: added')
    assert second.startswith('model.students.1.decode_head.loss: added')


def test_model_without_depth_head_is_refused_untouched():
    cfg = Config(
        dict(
            model=dict(
                type='EncoderDecoder', decode_head=dict(type='FCNHead'))))
    before = cfg.to_dict()
    with pytest.raises(ValueError, match='EncoderDecoder.*VPDDepthHead'):
        add_gradient_loss(cfg)
    assert cfg.to_dict() == before
    with pytest.raises(ValueError, match='no depth head'):
        add_gradient_loss(Config())


def test_unknown_preset_lists_the_known():
    with pytest.raises(ValueError, match="'sharp'.*balanced.*conservative"):
        add_gradient_loss(depth_config(), 'sharp')


def test_pure_python_config():
    cfg = Config.fromfile(CONFIG_DIR / 'default' / 'balanced_pure_python.py')
    cfg.model.decode_head.loss.gradient_weight = 0.0
    changes = add_gradient_loss(cfg, 'edge_focused')
    assert len(changes) == 1 and 'gradient_weight=0.3' in changes[0]
    assert cfg.model.decode_head.loss[0].gradient_weight == 0.3


def test_package_without_configs_says_so(monkeypatch, tmp_path):
    # The package has a function of the module's name.
    module = import_module('mmdepth_gradloss.config.add_gradient_loss')
    monkeypatch.setattr(module, 'CONFIG_DIR', tmp_path)
    with pytest.raises(FileNotFoundError, match='core.symlinks'):
        add_gradient_loss(depth_config())

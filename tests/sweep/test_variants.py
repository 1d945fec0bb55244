"""Variants of a config."""
import pytest
from mmengine.config import Config

from mmdepth_gradloss.sweep.variants import (Variant, config_variants, grid_variants,
                                         phase_variants, short_names)
from mmdepth_gradloss.config.config_scope import CONFIG_DIR

DENSE = CONFIG_DIR / 'experiments' / 'dense.py'


def test_overrides_reach_the_copy_and_not_the_original():
    cfg = Config(dict(model=dict(head=dict(a=1, b=2))))
    changed = Variant('x', {'model.head': dict(b=3), 'model.c': 4}).apply(cfg)
    assert changed.model.to_dict() == dict(head=dict(a=1, b=3), c=4)
    assert cfg.model.to_dict() == dict(head=dict(a=1, b=2))


def _loss(variant, cfg):
    loss = variant.apply(cfg).model.decode_head.loss
    return loss[0] if isinstance(loss, list) else loss


def test_phases_are_the_weights_of_the_strategy():
    cfg = Config.fromfile(DENSE)
    losses = [_loss(variant, cfg) for variant in phase_variants()]
    assert [
        (loss.ssi_weight, loss.silog_weight, loss.gradient_weight)
        for loss in losses
    ] == [(0.5, 0.5, 0.0), (0.45, 0.45, 0.1), (0.4, 0.4, 0.2),
          (0.35, 0.35, 0.3)]


def test_config_lists_the_same_phases():
    cfg = Config.fromfile(DENSE)
    listed = config_variants(cfg.sweep.variants.to_dict())
    for variant, phase in zip(listed, phase_variants()):
        assert variant.name == phase.name
        assert _loss(variant, cfg).to_dict() == _loss(phase, cfg).to_dict()


def test_chosen_arms_keep_the_baseline():
    variants = config_variants(dict(plain={}, a={'x': 1}, b={'x': 2}), ['b'])
    assert [variant.name for variant in variants] == ['plain', 'b']


def test_unknown_arm_is_named_beside_the_known():
    with pytest.raises(ValueError, match=r"\['c'\]; known: plain, a"):
        config_variants(dict(plain={}, a={}), ['a', 'c'])


def test_grid_is_every_combination_behind_the_baseline():
    variants = grid_variants({'model.loss.weight': [1, 2], 'optim.lr': [0.1]})
    assert [(variant.name, variant.overrides) for variant in variants] == [
        ('baseline', {}),
        ('weight=1,lr=0.1', {
            'model.loss.weight': 1,
            'optim.lr': 0.1
        }),
        ('weight=2,lr=0.1', {
            'model.loss.weight': 2,
            'optim.lr': 0.1
        }),
    ]


def test_short_names_tell_keys_apart():
    assert short_names(['a.w', 'b.w', 'b.lr', 'w']) == {
        'a.w': 'a.w',
        'b.w': 'b.w',
        'b.lr': 'lr',
        'w': 'w'
    }


def test_folder_is_one_component():
    assert Variant('../a b/c:1').folder == '.._a_b_c_1'

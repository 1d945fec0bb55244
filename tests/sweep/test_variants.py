"""Variants of a config."""
import pytest
from mmengine.config import Config

from mmdepth_gradloss.config import recipe_names
from mmdepth_gradloss.sweep.variants import (Variant, config_variants,
                                             grid_variants, recipe_variants,
                                             select_variants, short_names)


def test_overrides_reach_the_copy_and_not_the_original():
    cfg = Config(dict(model=dict(head=dict(a=1, b=2))))
    changed = Variant('x', {'model.head': dict(b=3), 'model.c': 4}).apply(cfg)
    assert changed.model.to_dict() == dict(head=dict(a=1, b=3), c=4)
    assert cfg.model.to_dict() == dict(head=dict(a=1, b=2))


def test_recipes_are_compared_with_the_config_as_it_is():
    variants = recipe_variants()
    assert [x.name for x in variants[:2]] == ['baseline', 'recommended']
    assert sorted(variant.recipe for variant in variants[1:]) == sorted(
        recipe_names())
    assert variants[0].changes == {}
    assert variants[1].changes == dict(add_gradient_loss='recommended')


def test_selected_variants_keep_the_baseline():
    variants = config_variants(dict(plain={}, a={'x': 1}, b={'x': 2}))
    kept = select_variants(variants, ['b'])
    assert [variant.name for variant in kept] == ['plain', 'b']
    assert kept[1].overrides == {'x': 2}
    with pytest.raises(ValueError, match=r"\['c'\]; known: plain, a, b"):
        select_variants(variants, ['a', 'c'])


def test_grid_is_every_combination_behind_the_baseline():
    variants = grid_variants({'model.loss.weight': [1, 2], 'optim.lr': [0.1]})
    assert [(variant.name, variant.overrides) for variant in variants] == [
        ('baseline', {}),
        ('weight=1,lr=0.1', {'model.loss.weight': 1, 'optim.lr': 0.1}),
        ('weight=2,lr=0.1', {'model.loss.weight': 2, 'optim.lr': 0.1}),
    ]


def test_short_names_tell_keys_apart():
    assert short_names(['x.a.w', 'b.w', 'b.lr', 'w']) == {
        'x.a.w': 'a.w', 'b.w': 'b.w', 'b.lr': 'lr', 'w': 'w'}


def test_folder_is_one_component():
    assert Variant('../a b/c:1').folder == '.._a_b_c_1'

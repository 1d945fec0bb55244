"""A recipe gives the same loss as a fragment, a file and a flag."""
from collections import Counter

import pytest
import torch
from mmengine.registry import HOOKS
from recipe_files import (VARIABLES, baseline_of, build, loss_configs, read,
                          recipe_files, recipe_of, value_and_gradient,
                          without_loss_and_hook)

from mmdepth_gradloss import add_gradient_loss
from mmdepth_gradloss.config.recipes import load_recipe, recipe_names

every_recipe = pytest.mark.parametrize('name', recipe_names())
every_file = pytest.mark.parametrize(
    'path', recipe_files(), ids=lambda path: path.stem)


def assert_same_loss(losses, expected, scope='mmengine'):
    """Compare values and gradients."""
    torch.testing.assert_close(
        value_and_gradient(build(losses, scope)),
        value_and_gradient(build(expected, scope)))


def scope_of(cfg):
    return cfg.get('default_scope', 'mmengine')


# Fragments


@pytest.mark.parametrize('name, weights, formula', [
    ('recommended', (0.4, 0.4, 20.0), 'valid_mean'),
    ('conservative', (0.45, 0.45, 0.1), 'packnet_san'),
    ('balanced', (0.4, 0.4, 0.2), 'packnet_san'),
    ('edge_focused', (0.35, 0.35, 0.3), 'packnet_san'),
])
def test_weights_and_formula(name, weights, formula):
    loss, = build([load_recipe(name).gradient_loss], 'mmengine')
    assert weights == (
        loss.ssi_weight, loss.silog_weight, loss.gradient_weight)
    assert loss.gradient_loss.preset == formula
    assert loss.input_domain == 'depth'


@every_recipe
def test_fragment_defines_only_its_own_names(name):
    fragment = load_recipe(name)
    assert set(fragment) == set(VARIABLES)
    # so that MMEngine imports the package automatically
    assert all(part.type.startswith('mmdepth_gradloss.')
               for part in fragment.values())


@every_recipe
def test_whole_loss_is_ssi_and_silog_and_the_very_term(name):
    fragment = load_recipe(name)
    rest = dict(fragment.gradient_loss, gradient_weight=0)
    assert_same_loss(
        [fragment.gradient_loss], [rest, fragment.gradient_term])


@every_recipe
def test_warm_up_follows_the_run(name):
    hook = HOOKS.build(load_recipe(name).gradient_hook)
    assert hook.warmup == 'linear'
    assert hook.warmup_iters is None


# Files


def test_every_family_has_the_recommended_recipe():
    number = Counter(path.parent.name for path in recipe_files()
                     if recipe_of(path) == 'recommended')
    assert number == dict(unet=5, mmseg=4, huggingface=7, resnet_san=3)


@every_file
def test_file_is_the_fragment_and_the_flag_on_its_baseline(path):
    cfg, flagged = read(path), baseline_of(path)
    fragment, own = load_recipe(recipe_of(path)), loss_configs(flagged)
    add_gradient_loss(flagged, recipe_of(path))
    types = [loss['type'] for loss in own]
    if 'SSISilogLoss' in types:
        expected = [fragment.gradient_loss]
    elif 'ScaleShiftInvariantLoss' in types:
        expected = [*own, fragment.relative_gradient_term]
    else:
        expected = [*own, fragment.gradient_term]
    for losses in (expected, loss_configs(flagged)):
        assert_same_loss(loss_configs(cfg), losses, scope_of(cfg))
    assert cfg.default_hooks.gradient_loss == fragment.gradient_hook
    hook = flagged.default_hooks.gradient_loss
    assert hook.type.split('.')[-1] == 'GradientLossHook'
    assert dict(hook, type='') == dict(fragment.gradient_hook, type='')


@every_file
def test_file_differs_from_its_baseline_in_loss_and_hook_only(path):
    cfg, baseline = map(without_loss_and_hook, (read(path), baseline_of(path)))
    if 'vpd_sd' in path.stem:
        # mmsegmentation's own config does not use our metrics
        for key in ('custom_imports', 'val_evaluator', 'test_evaluator'):
            cfg.pop(key), baseline.pop(key, None)
    assert cfg == baseline


@every_file
def test_file_is_short(path):
    lines = path.read_text().splitlines()
    if 'vpd_sd' not in path.stem:
        assert len([line for line in lines if line[:1] != '#']) <= 10


# Inheritance

MODEL = """
model = dict(
    type='DepthEstimator',
    decode_head=dict(
        type='VPDDepthHead', loss_decode=dict(type='SiLogLoss', eps=1e-3)))
default_hooks = dict(logger=dict(type='LoggerHook', interval=7))
custom_hooks = [dict(type='EMAHook')]
custom_imports = dict(imports=['json'])
"""
HEAD = """
_base_ = ['./my_model.py',
          'mmdepth_gradloss::_base_/gradient_loss/{}.py']
default_hooks = dict(gradient_loss=_base_.gradient_hook)
"""


@pytest.fixture
def inherit(tmp_path):
    """Function that reads a user's config that inherits from a recipe."""

    def read_over(model, recipe, text):
        (tmp_path / 'my_model.py').write_text(model)
        path = tmp_path / 'my_config.py'
        path.write_text(HEAD.format(recipe) + text)
        return read(path)

    return read_over


@pytest.mark.parametrize('own, imports', [
    ('', ['json']),
    ("custom_imports = dict(imports=[*_base_.custom_imports.imports, 'csv'])",
     ['json', 'csv']),
])
def test_inheriting_keeps_hooks_and_imports(inherit, own, imports):
    cfg = inherit(
        MODEL, 'recommended', 'model = dict(decode_head=dict(loss_decode=['
        f"dict(type='SiLogLoss'), _base_.gradient_term]))\n{own}")
    assert cfg.custom_hooks == [dict(type='EMAHook')]
    assert cfg.custom_imports.imports == imports
    assert cfg.default_hooks.logger.interval == 7
    HOOKS.build(cfg.default_hooks.gradient_loss)
    silog, term = cfg.model.decode_head.loss_decode
    assert silog == dict(type='SiLogLoss')
    assert_same_loss(
        [term], [load_recipe('recommended').gradient_term], 'mmseg')


@pytest.mark.parametrize('model', [
    MODEL,
    MODEL.replace("dict(type='SiLogLoss', eps=1e-3)", '[]'),
    'model = dict(decode_head=dict(type="VPDDepthHead"))',
])
def test_whole_loss_replaces_another(inherit, model):
    cfg = inherit(
        model, 'recommended', 'model = dict(decode_head=dict('
        'loss_decode=[_base_.gradient_loss]))')
    assert_same_loss(
        loss_configs(cfg), [load_recipe('recommended').gradient_loss])


@every_recipe
def test_recipe_over_another_leaves_nothing_of_it(inherit, name):
    other = 'balanced' if name == 'recommended' else 'recommended'
    cfg = inherit(
        'model = dict(decode_head=dict(type="UNetDepthHead", '
        f'loss={load_recipe(other).gradient_loss.to_dict()}))', name,
        'model = dict(decode_head=dict(loss=_base_.gradient_loss))')
    assert_same_loss(loss_configs(cfg), [load_recipe(name).gradient_loss])

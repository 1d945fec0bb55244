"""Adding the gradient loss to a config that does not use it."""
import inspect
from importlib import import_module

import pytest
import torch
from mmengine.config import Config
from mmengine.hooks import EMAHook
from mmengine.registry import HOOKS, MODELS
from torch import nn

from mmdepth_gradloss import GradientLossHook, add_gradient_loss
from mmdepth_gradloss.config import (RECOMMENDED, has_gradient_term,
                                     recipe_names)
from mmdepth_gradloss.config.config_scope import CONFIG_DIR
from mmdepth_gradloss.config.recipes import load_recipe
from mmdepth_gradloss.functional import PRESETS
from mmdepth_gradloss.losses import SSISilogLoss
from mmdepth_gradloss.losses.protocol import GradientTerm

HEAD = 'model.decode_head.loss_decode'
RECIPES = recipe_names()
STAND_IN = 'mmdepth_gradloss.config.mmcv_ops_stand_in'
SILOG = dict(type='SiLogLoss', loss_weight=2.0)


def config(model=None, **entries):
    return Config(dict(model=model or dict(
        type='DepthEstimator', decode_head=dict(type='VPDDepthHead')),
        **entries))


def depth_config(losses, **entries):
    """Config of a model with these losses in its head."""
    cfg = config(**entries)
    cfg.model.decode_head.loss_decode = losses
    return cfg


def names_of(cfgs):
    return [cfg.type.split('.')[-1] for cfg in cfgs]


def built_losses(cfg):
    return [MODELS.build(x) for x in cfg.model.decode_head.loss_decode]


@pytest.fixture
def refused():
    """Function that checks for an error and an unchanged config."""

    def add(cfg, error=ValueError, *recipe):
        before = cfg.to_dict()
        with pytest.raises(error) as raised:
            add_gradient_loss(cfg, *recipe)
        assert cfg.to_dict() == before
        return str(raised.value)

    return add


def test_recommended_is_the_default():
    assert RECOMMENDED == 'recommended'
    assert RECOMMENDED in RECIPES == sorted(RECIPES)
    default = inspect.signature(add_gradient_loss).parameters['recipe']
    assert default.default == 'recommended'


@pytest.mark.parametrize('losses', [SILOG, [SILOG]])
def test_term_stands_beside_other_losses(losses):
    cfg = depth_config(losses)
    changes = add_gradient_loss(cfg, 'conservative')
    silog, term = cfg.model.decode_head.loss_decode
    assert silog == SILOG
    built = MODELS.build(term)
    assert (built.preset, built.loss_weight) == ('packnet_san', 0.1)
    assert isinstance(
        HOOKS.build(cfg.default_hooks.gradient_loss), GradientLossHook)
    assert cfg.custom_imports.imports == ['mmdepth_gradloss']
    assert [line.split(':')[0] for line in changes] == [
        HEAD, 'default_hooks.gradient_loss', 'custom_imports']
    assert 'loss_weight=0.1' in changes[0]
    assert changes[0].endswith('in addition to SiLogLoss')


@pytest.mark.parametrize('recipe', RECIPES)
def test_flag_and_fragment_mean_the_same_loss(recipe):
    """As a separate term or in SSISilogLoss: same formula and weight."""
    cfg = depth_config(dict(
        type='SSISilogLoss', input_domain='depth',
        # left over from another recipe
        gradient=dict(preset='midas', scales=2)))
    beside = config()
    for each in (cfg, beside):
        add_gradient_loss(each, recipe)
    # the default loss of the head is kept
    losses = beside.model.decode_head.loss_decode
    assert names_of(losses) == ['SiLogLoss', 'MultiScaleGradientLoss']
    fragment = load_recipe(recipe.replace('_', '-'))
    maps = torch.rand(2, 2, 1, 32, 32) + 0.5

    whole, = built_losses(cfg)
    assert whole(*maps) == MODELS.build(fragment.gradient_loss)(*maps)
    term = MODELS.build(losses[1])
    assert term.formula == whole.gradient_loss.formula
    assert term(*maps) == MODELS.build(fragment.gradient_term)(*maps) == (
        whole.gradient_weight * whole.components['gradient_component'])


@pytest.mark.parametrize('alignment', ['least_squares', None])
def test_term_aligns_as_the_loss_beside_it_does(alignment):
    loss = dict(type='ScaleShiftInvariantLoss')
    if alignment:
        loss['alignment'] = alignment
    cfg = config(dict(type='HFDepthEstimator', loss=loss))
    add_gradient_loss(cfg)
    term = MODELS.build(cfg.model.loss[1])
    assert term.formula.domain == 'inverse'
    assert term.formula.alignment == (alignment or 'median_mad')
    assert term.input_domain == 'relative_inverse'


def test_dual_head_keeps_its_own_loss():
    cfg = config(dict(decode_head=dict(type='SANDualDepthHead')))
    change = add_gradient_loss(cfg)[0]
    assert change.startswith('model.decode_head.loss: added type=')
    assert 'beside' not in change
    assert names_of(cfg.model.decode_head.loss) == ['MultiScaleGradientLoss']


@pytest.mark.parametrize('losses,advice', [
    ([SILOG, dict(type='MultiScaleGradientLoss')], f'remove {HEAD}.1 from'),
    (dict(type='SSISilogLoss', gradient_weight=0.05),
     f'set {HEAD}.gradient_weight=0 first, by --cfg-options'),
    ([SILOG, dict(type='mmdepth_gradloss.SSISilogLoss', gradient_weight=0.05)],
     f'set {HEAD}.1.gradient_weight=0'),
])
def test_term_that_is_there_already_is_not_touched(refused, losses, advice):
    cfg = depth_config(losses)
    assert has_gradient_term(cfg)
    message = refused(cfg, ValueError, 'balanced')
    assert 'already has a gradient term' in message
    assert advice in message and "recipe 'balanced'" in message


@pytest.mark.parametrize('losses', [[], [SILOG], dict(type='SSISilogLoss')])
def test_losses_without_a_gradient_term(losses):
    assert not has_gradient_term(depth_config(losses))
    assert not has_gradient_term(Config())


def test_mmsegmentation_gets_the_stand_in_for_operators():
    cfg = config(default_scope='mmseg')
    add_gradient_loss(cfg)
    assert cfg.custom_imports.imports == [STAND_IN, 'mmdepth_gradloss']
    pytest.importorskip('mmcv')
    import mmcv.ops  # noqa: F401


def test_keeps_the_hooks_and_imports_of_the_config():
    cfg = config(
        custom_hooks=[dict(type='EMAHook')],
        default_hooks=dict(logger=dict(type='LoggerHook', interval=7)),
        custom_imports=dict(imports='mine', allow_failed_imports=True))
    add_gradient_loss(cfg)
    assert cfg.custom_hooks == [dict(type='EMAHook')]
    assert cfg.default_hooks.logger.interval == 7
    HOOKS.build(cfg.default_hooks.gradient_loss)
    assert cfg.custom_imports == dict(
        imports=['mmdepth_gradloss', 'mine'], allow_failed_imports=True)


@pytest.mark.parametrize('place', ['default_hooks', 'custom_hooks'])
@pytest.mark.parametrize('options,warmup', [
    ({}, 'linear'),
    (dict(warmup='constant', warmup_iters=20), 'constant'),
    (dict(target_share=0.2), None),
    (dict(schedule=[]), None),
])
def test_hook_that_is_there_keeps_its_schedule(place, options, warmup):
    hook = dict(type='GradientLossHook', **options)
    named = place == 'default_hooks'
    cfg = config(**{place: dict(mine=hook) if named else [hook]})
    changes = add_gradient_loss(cfg)
    kept, = cfg[place].values() if named else cfg[place]
    assert kept.get('warmup') == warmup
    assert all(kept[key] == value for key, value in options.items())
    assert 'gradient_loss' not in (cfg.get('default_hooks') or {})
    where = f'{place}.mine' if named else f'{place}.0'
    assert (f'{where}: set warmup=linear' in changes) == (not options)
    HOOKS.build(kept)


def test_options_of_the_hook_to_be_added_are_kept():
    cfg = config()
    cfg.merge_from_dict({'default_hooks.gradient_loss.warmup_iters': 7})
    add_gradient_loss(cfg)
    hook = HOOKS.build(cfg.default_hooks.gradient_loss)
    assert hook.warmup_iters == 7 and hook.warmup is not None


@pytest.mark.parametrize('hooks, added', [
    ([EMAHook()], True),
    ([GradientLossHook(target_share=0.2)], False),
])
def test_hooks_that_are_built_already(hooks, added):
    cfg = config(custom_hooks=hooks)
    add_gradient_loss(cfg)
    assert cfg.custom_hooks == hooks
    assert ('default_hooks' in cfg) == added


def test_key_that_another_hook_has_is_not_touched():
    cfg = config(default_hooks=dict(gradient_loss=dict(type='EMAHook')))
    add_gradient_loss(cfg)
    assert cfg.default_hooks.gradient_loss == dict(type='EMAHook')
    HOOKS.build(cfg.default_hooks.mmdepth_gradloss)


def test_finds_scoped_heads_inside_wrappers():
    cfg = config(dict(type='Distiller', students=[
        dict(decode_head=dict(type='mmseg.VPDDepthHead')),
        dict(decode_head=dict(type='UNetDepthHead', loss=[]))]))
    first, second = add_gradient_loss(cfg)[:2]
    assert first.startswith('model.students.0.decode_head.loss_decode: added')
    assert second.startswith('model.students.1.decode_head.loss: added')


def test_pure_python_config():
    path, = CONFIG_DIR.rglob('*pure-python.py')
    cfg = Config.fromfile(path)
    cfg.model.decode_head.loss.gradient_weight = 0.0
    change, = add_gradient_loss(cfg, 'edge_focused')
    assert 'gradient_weight=0.3' in change
    assert cfg.model.decode_head.loss[0].gradient_weight == 0.3


# Mistakes


def test_model_without_depth_head_is_refused(refused):
    message = refused(config(dict(
        type='EncoderDecoder', decode_head=dict(type='FCNHead'))))
    assert 'EncoderDecoder' in message and 'VPDDepthHead' in message
    assert 'no depth head' in refused(Config())


def test_unknown_recipe_lists_the_known(refused):
    message = refused(config(), ValueError, 'sharp')
    assert message == f"unknown recipe 'sharp'; known: {', '.join(RECIPES)}"


@pytest.mark.parametrize('losses', [None, 'SiLogLoss', ['SiLogLoss'], 3])
def test_losses_that_are_no_dicts(refused, losses):
    assert f'{HEAD} must be a dict or a list' in refused(
        depth_config(losses), TypeError)


def test_package_without_configs_says_so(refused, monkeypatch, tmp_path):
    monkeypatch.setattr(
        import_module('mmdepth_gradloss.config.recipes'), 'CONFIG_DIR',
        tmp_path)
    assert 'core.symlinks' in refused(config(), FileNotFoundError)


def test_failing_import_leaves_the_config_as_it_was(refused, monkeypatch):

    def fail(names):
        raise ImportError('no such package')

    module = import_module('mmdepth_gradloss.config.add_gradient_loss')
    monkeypatch.setattr(module, 'import_modules_from_strings', fail)
    refused(config(), ImportError)
    with pytest.raises(TypeError, match='Config, got dict'):
        add_gradient_loss(config().to_dict())


# Classes outside the package


@pytest.fixture
def registered():
    """Function that registers classes for the duration of a test."""
    names = []

    def register(registry, *kinds):
        for kind in kinds:
            registry.register_module(module=kind)
            names.append((registry, kind.__name__))

    yield register
    for registry, name in names:
        registry.module_dict.pop(name, None)


def test_another_loss_joins(registered, refused):

    class EdgeLoss(nn.Module):
        loss_name = 'loss_edge'

        def __init__(self, loss_weight=1.0, input_domain='depth'):
            super().__init__()
            self.loss_weight = loss_weight
            self.input_domain = input_domain

        def gradient_terms(self):
            return [GradientTerm(self)] if self.loss_weight else []

    registered(MODELS, EdgeLoss)
    assert 'already has a gradient term, type=EdgeLoss' in refused(
        depth_config(dict(type='EdgeLoss')))
    cfg = depth_config(dict(
        type='EdgeLoss', loss_weight=0, input_domain='relative_inverse'))
    add_gradient_loss(cfg)
    _, term = built_losses(cfg)
    assert term.input_domain == 'relative_inverse'
    # given as a class, as in pure Python configs, registered or not
    MODELS.module_dict.pop('EdgeLoss')
    assert 'already' in refused(depth_config(dict(type=EdgeLoss)))


def test_subclasses_and_heads_of_ones_own(registered):

    class MyHead(nn.Module):
        prediction = 'depth'

    class TunedHead(MODELS.get('UNetDepthHead')):
        pass

    class TunedSSISilogLoss(SSISilogLoss):
        pass

    class TunedGradientLossHook(GradientLossHook):
        pass

    registered(MODELS, MyHead, TunedHead, TunedSSISilogLoss)
    registered(HOOKS, TunedGradientLossHook)
    whole = dict(type='TunedSSISilogLoss', input_domain='depth')
    for head in (dict(type='MyHead', loss_decode=whole),
                 dict(type='TunedHead', loss=whole)):
        cfg = config(dict(decode_head=head),
                     custom_hooks=[dict(type='TunedGradientLossHook')])
        changes = add_gradient_loss(cfg)
        assert 'gradient_weight=20.0' in changes[0]
        assert changes[1] == 'custom_hooks.0: set warmup=linear'
        assert 'default_hooks' not in cfg


def test_default_losses_of_a_head_are_kept(registered):
    class DefaultHead(nn.Module):
        prediction = 'depth'

        def __init__(self, channels, loss=dict(type='SiLogLoss')):
            super().__init__()

    class BareHead(nn.Module):
        prediction = 'depth'

        def __init__(self, loss, channels=1):
            super().__init__()

    registered(MODELS, DefaultHead, BareHead)
    for head, losses in ('DefaultHead', ['SiLogLoss']), ('BareHead', []):
        cfg = config(dict(decode_head=dict(type=head)))
        add_gradient_loss(cfg)
        assert [x.type for x in cfg.model.decode_head.loss] == [
            *losses, 'mmdepth_gradloss.MultiScaleGradientLoss']


def test_foreign_class_of_the_same_name_is_left_alone():
    foreign = dict(type='elsewhere.losses.SSISilogLoss', alpha=1)
    cfg = depth_config(foreign)
    add_gradient_loss(cfg)
    assert cfg.model.decode_head.loss_decode[0] == foreign
    assert len(cfg.model.decode_head.loss_decode) == 2


def test_levels_of_another_formula_do_not_stay():
    cfg = depth_config(dict(
        type='SSISilogLoss', gradient_scales=2, input_domain='depth'))
    add_gradient_loss(cfg)
    loss, = built_losses(cfg)
    assert loss.gradient_loss.formula == PRESETS['valid_mean']

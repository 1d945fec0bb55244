"""Errors in any variant are found before the first run."""
import os
import re
from logging.handlers import BufferingHandler

import pytest
from mmengine.config import Config
from mmengine.hooks import Hook
from mmengine.logging import MMLogger
from mmengine.model import BaseModel
from mmengine.registry import HOOKS, MODELS, Registry
from mmengine.visualization import Visualizer

from mmdepth_gradloss.config.config_scope import CONFIG_DIR
from mmdepth_gradloss.sweep.check_variants import check_variants
from mmdepth_gradloss.sweep.search import Search
from mmdepth_gradloss.sweep.variants import (BASELINE, Variant, grid_variants,
                                             recipe_variants)

UNET = CONFIG_DIR / 'unet'
LOSS = 'model.decode_head.loss'


@pytest.fixture(autouse=True)
def nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    yield
    assert os.listdir(tmp_path) == []


@pytest.fixture
def cfg():
    return Config.fromfile(UNET / 'unet-small_rooms-192x128_baseline.py')


def test_variants_that_can_be_built_leave_no_trace(cfg):
    before = cfg.to_dict()
    check_variants(cfg, recipe_variants())
    check_variants(cfg, Search({f'{LOSS}.alpha': (0.1, 0.9)}, 1, 'x').ends())
    assert cfg.to_dict() == before


def test_hundreds_of_lines_on_parameters_are_left_out(cfg):
    logger = MMLogger.get_current_instance()
    handler, level = BufferingHandler(1000), logger.level
    logger.addHandler(handler)
    cfg.optim_wrapper.optimizer.weight_decay = 0.01
    cfg.optim_wrapper.paramwise_cfg = dict(norm_decay_mult=0.5)
    check_variants(cfg, [Variant(BASELINE)])
    logger.removeHandler(handler)
    assert handler.buffer == [] and logger.level == level


@pytest.mark.parametrize('overrides, message', [
    ({LOSS: dict(gradient_wieght=1.0)}, 'gradient_wieght'),
    ({'model.decode_hed.channels': 8}, 'decode_hed'),
    ({'modle.decode_head.channels': 8}, "'modle' is not an entry"),
    ({'optim_wrapper.optimizer.lrr': 0.1}, 'lrr'),
    ({'default_hooks.logger.intervall': 5}, 'intervall'),
    ({'custom_hooks': [dict(type='NoSuchHook')]}, 'NoSuchHook is not in'),
    ({'val_evaluator.0.max_dpth': 3.0}, 'max_dpth'),
    ({LOSS: dict(gradient_weight=1.0, gradient=dict(preset='midass'))},
     "unknown preset 'midass'; known: .*midas"),
    ({LOSS: dict(input_domain='inverse')},
     'predicts depth in metres, but SSISilogLoss takes inverse depth'),
])
def test_variant_that_would_fail_is_named(cfg, overrides, message):
    variants = [Variant(BASELINE), Variant('bad one', overrides)]
    with pytest.raises(ValueError, match=f"variant 'bad one': .*{message}"):
        check_variants(cfg, variants)


def test_both_ends_of_a_search_are_checked(cfg):
    ends = Search({f'{LOSS}.silog_weight': (-1, 1)}, 1, 'x').ends()
    for variants in (ends, ends[::-1]):
        with pytest.raises(ValueError, match="'silog_weight=-1': .*>= 0"):
            check_variants(cfg, variants)


def test_recipes_need_a_config_without_a_gradient_term():
    cfg = Config.fromfile(UNET / 'unet-small_rooms-192x128_recommended.py')
    check_variants(cfg, grid_variants({f'{LOSS}.gradient_weight': [0.5]}))
    with pytest.raises(
            ValueError,
            match=re.escape("variant 'recommended': model.decode_head "
                            'already has a gradient term') +
            f'.*{LOSS}.gradient_weight=0.*one without a gradient term'):
        check_variants(cfg, recipe_variants())
    cfg.merge_from_dict({f'{LOSS}.gradient_weight': 0})
    check_variants(cfg, recipe_variants())


def test_unknown_recipe_is_named(cfg):
    with pytest.raises(ValueError, match="'x': unknown recipe 'best'; known"):
        check_variants(cfg, [Variant('x', recipe='best')])


class VisualizingHook(Hook):
    """Requests the visualizer, as hooks of OpenMMLab's packages do."""

    def __init__(self):
        Visualizer.get_current_instance()


def test_hook_that_needs_a_visualizer(cfg, monkeypatch):
    monkeypatch.setattr(Visualizer, '_instance_dict', {})
    monkeypatch.setitem(HOOKS.module_dict, 'VisualizingHook', VisualizingHook)
    cfg.visualizer.name = 'of the run'
    cfg.custom_hooks = [dict(type='VisualizingHook', priority='LOW')]
    check_variants(cfg, [Variant(BASELINE)])
    # The run creates its own visualizer later, with its backends.
    assert not Visualizer.check_instance_created('of the run')


def test_models_are_built_in_the_scope_of_the_config(cfg, monkeypatch):
    monkeypatch.setattr(MODELS, '_children', dict(MODELS.children))
    other = Registry('model', parent=MODELS, scope='somewhere')
    built = []

    @other.register_module()
    class OnlyThere(BaseModel):

        def __init__(self):
            super().__init__()
            built.append(self)

        def forward(self, inputs):
            return inputs

    cfg.model = dict(type='OnlyThere')
    cfg.default_scope = 'somewhere'
    cfg.optim_wrapper = dict(
        optimizer=dict(type='SGD', lr=0.1), constructor='NoParameters')
    with pytest.raises(ValueError, match='NoParameters'):
        check_variants(cfg, [Variant(BASELINE)])
    assert len(built) == 1

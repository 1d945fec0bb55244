"""Every variant of the experiments builds a model, a hook and data sets."""
import pytest
from mmengine.config import Config
from mmengine.registry import DATASETS, HOOKS, MODELS

from mmdepth_gradloss.config.config_scope import CONFIG_DIR
from mmdepth_gradloss.config.recipes import load_recipe, recipe_names
from mmdepth_gradloss.datasets import cached_dataset
from mmdepth_gradloss.sweep.variants import config_variants

PATHS = sorted((CONFIG_DIR / 'experiments').glob('*.py'))


def config(ending):
    path, = (path for path in PATHS if path.stem.endswith(f'_{ending}'))
    return Config.fromfile(path)


def variants(cfg):
    listed = config_variants(cfg.sweep.variants.to_dict())
    return {variant.name: variant for variant in listed}


def loss_and_hook(cfg):
    loss, *_ = MODELS.build(cfg.model).decode_head.losses
    return loss, HOOKS.build(cfg.default_hooks.gradient_loss)


@pytest.mark.parametrize('path', PATHS, ids=lambda path: path.stem)
def test_every_variant_can_be_built(path):
    cfg = Config.fromfile(path)
    assert len(cfg.sweep.seeds) == 5
    weights = {loss_and_hook(variant.apply(cfg))[0].gradient_weight
               for variant in variants(cfg).values()}
    assert len(variants(cfg)) >= 4 and 0 in weights and len(weights) > 1


@pytest.mark.parametrize('name', recipe_names())
def test_variants_of_the_recipes(name):
    cfg = config('dense')
    loss, hook = loss_and_hook(variants(cfg)[name].apply(cfg))
    recipe = MODELS.build(load_recipe(name).gradient_loss)
    assert str(loss) == str(recipe)
    # as in the results in the README
    assert hook.warmup_iters == 100


@pytest.mark.parametrize('name, warmup, share', [
    ('baseline', 100, None), ('log 2', 100, None), ('no warm-up', None, None),
    ('share 0.2', None, 0.2), ('share 0.4', None, 0.4),
    ('metres 0.5', 100, None),
])
def test_weight_schedules(name, warmup, share):
    cfg = config('schedules')
    variant = variants(cfg)[name]
    for _ in cfg.sweep.seeds:  # each build gives the same result
        _, hook = loss_and_hook(variant.apply(cfg))
        assert hook.warmup_iters == warmup
        assert (hook.warmup is None) == (warmup is None)
        assert hook.target_share == share


@pytest.fixture
def mixed(nyu_root, monkeypatch):
    monkeypatch.setattr(cached_dataset, '_ITEMS', {})
    cfg = config('mixed')
    real, rendered = cfg.train_dataloader.dataset.datasets
    real.dataset.dataset.data_root = str(nyu_root)
    rendered.dataset.dataset.length = 2
    return cfg


@pytest.mark.parametrize('name, rendered, weight', [
    ('real', False, 1.0), ('mixed', True, 1.0),
    ('mixed, gradient on rendered', True, 0.0),
])
def test_what_a_mixed_variant_trains_on(mixed, name, rendered, weight):
    dataset = DATASETS.build(
        variants(mixed)[name].apply(mixed).train_dataloader.dataset)
    samples = [dataset[i]['data_samples'] for i in (0, len(dataset) - 1)]
    assert samples[0].gradient_weight == weight
    assert samples[1].img_path.startswith('synthetic') == rendered

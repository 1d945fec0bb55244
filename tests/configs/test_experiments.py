"""Every variant of the experiments gives a model, a hook and a data set."""
from pathlib import Path

import pytest
from mmengine.registry import DATASETS, HOOKS, MODELS

from mmdepth_gradloss.datasets import cached_dataset
from mmdepth_gradloss.sweep.variants import config_variants
from mmdepth_gradloss.runner.cli import read_config
from mmdepth_gradloss.config.config_scope import CONFIG_DIR

PATHS = sorted((CONFIG_DIR / 'experiments').glob('*.py'))


@pytest.mark.parametrize('path', PATHS, ids=lambda path: path.stem)
def test_every_arm_can_be_built(path: Path):
    cfg = read_config(str(path), {})
    variants = config_variants(cfg.sweep.variants.to_dict())
    assert len(variants) >= 4 and len(cfg.sweep.seeds) == 5
    weights = set()
    for variant in variants:
        changed = variant.apply(cfg)
        loss = MODELS.build(changed.model).decode_head.losses[0]
        weights.add(loss.gradient_weight)
        HOOKS.build(changed.custom_hooks[0])
    assert 0 in weights and len(weights) > 1


@pytest.fixture
def mixed(nyu_root, monkeypatch):
    monkeypatch.setattr(cached_dataset, '_ITEMS', {})
    train = 'train_dataloader.dataset.datasets'
    return read_config(
        str(CONFIG_DIR / 'experiments' / 'mixed.py'), {
            f'{train}.0.dataset.dataset.data_root': str(nyu_root),
            f'{train}.1.dataset.dataset.length': 2,
        })


@pytest.mark.parametrize('name, rendered, weight', [
    ('real', False, 1.0),
    ('mixed', True, 1.0),
    ('mixed, gradient on rendered', True, 0.0),
])
def test_what_a_mixed_arm_trains_on(mixed, name, rendered, weight):
    variant = {variant.name: variant for variant in config_variants(mixed.sweep.variants)}[name]
    dataset = DATASETS.build(variant.apply(mixed).train_dataloader.dataset)
    samples = [dataset[i]['data_samples'] for i in (0, len(dataset) - 1)]
    assert samples[0].gradient_weight == weight
    assert samples[1].img_path.startswith('synthetic') == rendered

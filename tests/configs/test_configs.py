"""Every config builds and takes a training step."""
from __future__ import annotations

from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.registry import DATASETS, HOOKS, MODELS
from mmengine.structures import BaseDataElement, PixelData

from mmdepth_gradloss.hooks import GradientLossHook

CONFIGS = Path(__file__).resolve().parents[2] / 'configs'
DEFAULT = sorted((CONFIGS / 'default').glob('*.py'))
FRAGMENTS = sorted((CONFIGS / '_base_' / 'gradient_loss').glob('*.py'))


@pytest.mark.parametrize('path', DEFAULT, ids=lambda path: path.stem)
def test_default_takes_a_step(path):
    cfg = Config.fromfile(path)
    model = MODELS.build(cfg.model)
    sample = BaseDataElement()
    sample.gt_depth_map = PixelData(data=torch.rand(1, 32, 48) * 5 + 1)
    losses = model(torch.randn(1, 3, 32, 48), [sample], mode='loss')
    losses['loss_ssi_silog'].backward()
    assert all(p.grad.isfinite().all() for p in model.parameters())
    assert cfg.optim_wrapper.clip_grad.max_norm == 1.0
    assert isinstance(HOOKS.build(cfg.custom_hooks[0]), GradientLossHook)


@pytest.mark.parametrize('preset,weights', [
    ('baseline', (0.5, 0.5, 0.0)),
    ('conservative', (0.45, 0.45, 0.1)),
    ('balanced', (0.4, 0.4, 0.2)),
    ('edge_focused', (0.35, 0.35, 0.3)),
    ('recommended', (0.4, 0.4, 2.0)),
])
def test_weights_of_the_presets(preset, weights):
    cfg = Config.fromfile(CONFIGS / 'default' / f'{preset}.py')
    loss = MODELS.build(cfg.model).decode_head.losses[0]
    assert (loss.ssi_weight, loss.silog_weight,
            loss.gradient_weight) == weights


def test_presets_differ_in_nothing_but_the_loss():
    cfgs = [
        Config.fromfile(CONFIGS / 'default' / f'{name}.py').to_dict()
        for name in ('baseline', 'conservative', 'balanced', 'edge_focused',
                     'recommended')
    ]
    for cfg in cfgs:
        cfg['model']['decode_head'].pop('loss')
        for fragment in ('gradient_loss', 'gradient_term', 'gradient_hook'):
            cfg.pop(fragment, None)
    assert all(cfg == cfgs[0] for cfg in cfgs)


def test_pure_python_style_says_the_same():
    cfgs = [
        Config.fromfile(CONFIGS / 'default' / f'{name}.py').to_dict()
        for name in ('balanced_pure_python', 'balanced')
    ]
    for cfg in cfgs:
        # classes in the place of their names
        for part in (cfg['optim_wrapper'], cfg['optim_wrapper']['optimizer'],
                     cfg['custom_hooks'][0]):
            part['type'] = part['type'].split('.')[-1]
    assert cfgs[0] == cfgs[1]


@pytest.mark.parametrize('path', FRAGMENTS, ids=lambda path: path.stem)
def test_fragments_define_only_their_own_names(path):
    cfg = Config.fromfile(path)
    assert set(cfg) == {'gradient_loss', 'gradient_term', 'gradient_hook'}
    assert cfg.gradient_term.loss_weight == cfg.gradient_loss.gradient_weight
    assert cfg.gradient_hook.warmup_iters == 500


def test_fragment_replaces_another_loss(tmp_path):
    fragment = CONFIGS / '_base_' / 'gradient_loss' / 'balanced.py'
    (tmp_path / 'model.py').write_text(
        "model = dict(loss=dict(type='SiLogLoss', eps=1e-3))")
    (tmp_path / 'config.py').write_text(
        f"_base_ = ['./model.py', '{fragment.as_posix()}']\n"
        'model = dict(loss=dict(_delete_=True, **_base_.gradient_loss))\n'
        'custom_hooks = [_base_.gradient_hook]')
    cfg = Config.fromfile(tmp_path / 'config.py')
    assert MODELS.build(cfg.model.loss).gradient_weight == 0.2
    assert cfg.custom_hooks[0].warmup_iters == 500


def test_lidar_variant_trains_on_sparse_ground_truth():
    cfg = Config.fromfile(CONFIGS / 'default' / 'balanced_lidar.py')
    cfg.train_dataloader.dataset.update(length=2, size=(64, 96))
    dataset = DATASETS.build(cfg.train_dataloader.dataset)
    depth = dataset[0]['data_samples'].gt_depth_map.data
    assert 0.02 < (depth > 0).float().mean() < 0.2


def test_adding_the_loss_takes_at_most_ten_lines():
    for name in ('conservative', 'balanced', 'edge_focused', 'recommended'):
        text = (CONFIGS / 'default' / f'{name}.py').read_text()
        assert len(text.splitlines()) <= 10

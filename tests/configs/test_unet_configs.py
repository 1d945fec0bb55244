"""Configs of the small U-Net: they build, take a step, say what they say."""
from __future__ import annotations

import pytest
import torch
from mmengine.config import Config
from mmengine.registry import DATASETS, MODELS
from mmengine.structures import BaseDataElement, PixelData

from mmdepth_gradloss.config.config_scope import CONFIG_DIR

FOLDER = CONFIG_DIR / 'unet'
PATHS = sorted(FOLDER.glob('*.py'))
RECOMMENDED = FOLDER / 'unet-small_rooms-192x128_recommended.py'


@pytest.mark.parametrize('path', PATHS, ids=lambda path: path.stem)
def test_takes_a_step(path):
    cfg = Config.fromfile(path)
    model = MODELS.build(cfg.model)
    sample = BaseDataElement()
    sample.gt_depth_map = PixelData(data=torch.rand(1, 32, 48) * 5 + 1)
    losses = model(torch.randn(1, 3, 32, 48), [sample], mode='loss')
    losses['loss_ssi_silog'].backward()
    assert all(p.grad.isfinite().all() for p in model.parameters())
    assert cfg.optim_wrapper.clip_grad.max_norm == 1.0
    # what is trained again is what was tested
    assert cfg.val_evaluator == cfg.test_evaluator
    assert cfg.val_dataloader == cfg.test_dataloader


@pytest.mark.parametrize('network', ['small', 'lite0'])
def test_baseline_is_ssi_and_silog_alone(network):
    path = FOLDER / f'unet-{network}_rooms-192x128_baseline.py'
    loss = MODELS.build(Config.fromfile(path).model).decode_head.losses[0]
    assert (loss.ssi_weight, loss.silog_weight,
            loss.gradient_weight) == (0.5, 0.5, 0.0)


def test_pure_python_style_says_the_same():
    path, = FOLDER.glob('*pure-python.py')
    cfg = Config.fromfile(path).to_dict()
    for part in (cfg['optim_wrapper'], cfg['optim_wrapper']['optimizer']):
        # a class in the place of its name
        part['type'] = part['type'].split('.')[-1]
    plain = Config.fromfile(RECOMMENDED).to_dict()
    loss = plain['model']['decode_head']['loss']
    assert loss['type'] == 'mmdepth_gradloss.SSISilogLoss'
    assert cfg == plain


@pytest.mark.parametrize('which', ['baseline', 'recommended'])
def test_ground_truth_on_scan_lines(which):
    path, = FOLDER.glob(f'*_rooms-lines-*_{which}.py')
    cfg = Config.fromfile(path)
    cfg.train_dataloader.dataset.update(length=2, size=(64, 96))
    dataset = DATASETS.build(cfg.train_dataloader.dataset)
    depth = dataset[0]['data_samples'].gt_depth_map.data
    assert 0.02 < (depth > 0).float().mean() < 0.2


@pytest.mark.parametrize(
    'path', sorted(FOLDER.glob('*_folder-*.py')), ids=lambda path: path.stem)
def test_own_folder(path, nyu_root):
    cfg = Config.fromfile(path)
    dataset = DATASETS.build(
        dict(cfg.train_dataloader.dataset, data_root=str(nyu_root)))
    assert dataset[0]['inputs'].shape == (3, 128, 192)

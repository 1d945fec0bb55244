"""Configs of the small U-Net build and train with the documented settings."""
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import DATASETS, MODELS
from recipe_files import check_same_test, depth_sample

from mmdepth_gradloss.config.config_scope import CONFIG_DIR

FOLDER = CONFIG_DIR / 'unet'


def paths(pattern):
    return pytest.mark.parametrize(
        'path', sorted(FOLDER.glob(pattern)), ids=lambda path: path.stem)


@paths('*.py')
def test_takes_a_step(path):
    cfg = Config.fromfile(path)
    model = MODELS.build(cfg.model)
    losses = model(
        torch.randn(1, 3, 32, 48), [depth_sample(32, 48)], mode='loss')
    losses['loss_ssi_silog'].backward()
    assert all(p.grad.isfinite().all() for p in model.parameters())
    assert cfg.optim_wrapper.clip_grad.max_norm == 1.0
    check_same_test(cfg)


@paths('unet-*_rooms-192x128_baseline.py')
def test_baseline_is_ssi_and_silog_alone(path):
    loss, = MODELS.build(Config.fromfile(path).model).decode_head.losses
    assert (loss.ssi_weight, loss.silog_weight,
            loss.gradient_weight) == (0.5, 0.5, 0.0)


def test_pure_python_style_says_the_same():
    path, = FOLDER.glob('*pure-python.py')
    cfg = Config.fromfile(path).to_dict()
    for part in (cfg['optim_wrapper'], cfg['optim_wrapper']['optimizer']):
        # the pure Python config has a class instead of its name
        part['type'] = part['type'].split('.')[-1]
    plain = Config.fromfile(FOLDER / 'unet-small_rooms-192x128_recommended.py')
    loss = plain.model.decode_head.loss
    assert loss.type == 'mmdepth_gradloss.SSISilogLoss'
    assert cfg == plain.to_dict()


@paths('*_rooms-lines-*_[br]*.py')
def test_ground_truth_on_scan_lines(path):
    cfg = Config.fromfile(path).train_dataloader.dataset
    cfg.update(length=2, size=(64, 96))
    depth = DATASETS.build(cfg)[0]['data_samples'].gt_depth_map.data
    assert 0.02 < (depth > 0).float().mean() < 0.2


@paths('*_folder-*.py')
def test_own_folder(path, nyu_root):
    cfg = Config.fromfile(path).train_dataloader.dataset
    dataset = DATASETS.build(dict(cfg, data_root=str(nyu_root)))
    assert dataset[0]['inputs'].shape == (3, 128, 192)

"""The ResNet-SAN configs train with the published settings."""
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import MODELS
from recipe_files import depth_sample
from short_runs import check_run_and_resume, shorten

from mmdepth_gradloss.config.config_scope import CONFIG_DIR
from mmdepth_gradloss.losses.protocol import find_gradient_losses

FOLDER = CONFIG_DIR / 'resnet_san'
every_config = pytest.mark.parametrize(
    'path', sorted(FOLDER.glob('*.py')), ids=lambda path: path.stem)


@every_config
def test_takes_a_step(path):
    cfg = Config.fromfile(path)
    cfg.model.backbone.base_channels = 16
    model = MODELS.build(cfg.model)
    losses = model(
        torch.randn(2, 3, 64, 96), [depth_sample(64, 96)] * 2, mode='loss')
    model.parse_losses(losses)[0].backward()
    assert all(p.grad.isfinite().all() for p in model.parameters())
    assert any(key.startswith('rgbd.')
               for key in losses) == ('rgbd' in path.stem)
    # the hook raises an error if there is nothing to log
    assert bool(find_gradient_losses(model)[0]) == (
        'gradient_loss' in cfg.default_hooks)


@every_config
def test_schedule_and_depth_range(path):
    cfg = Config.fromfile(path)
    assert cfg.train_cfg == dict(
        type='EpochBasedTrainLoop', max_epochs=50, val_interval=1)
    assert cfg.optim_wrapper.optimizer == dict(type='Adam', lr=2e-4)
    assert cfg.optim_wrapper.clip_grad == dict(max_norm=1.0)
    assert cfg.param_scheduler == dict(
        type='StepLR', step_size=30, gamma=0.5, by_epoch=True)
    assert cfg.train_dataloader.batch_size == 12
    assert cfg.train_dataloader.sampler.type == 'DefaultSampler'
    head = cfg.model.decode_head
    assert (head.min_depth, head.max_depth) == (0.1, 15.0)
    assert cfg.val_evaluator[0] == dict(
        type='DepthErrorMetric', min_depth=0.1, max_depth=15.0)
    assert cfg.default_hooks.checkpoint.by_epoch
    assert cfg.default_hooks.logger.log_metric_by_epoch
    assert cfg.log_processor.by_epoch
    assert cfg.custom_imports.imports == ['mmdepth_gradloss']


def test_dual_heads_own_loss_stays():
    for path in FOLDER.glob('*dual-head*_gradloss-*.py'):
        model = MODELS.build(Config.fromfile(path).model)
        losses = model.decode_head.supervision[0]
        assert [type(loss).__name__ for loss in losses] == [
            'DualHeadDepthLoss', 'MultiScaleGradientLoss']


@pytest.mark.parametrize('kind', [
    'resnet-san18_ncdb-distance_single', 'resnet-san18-rgbd_ncdb-distance_dual'
])
def test_trains_evaluates_and_resumes(kind, ncdb_root, tmp_path, monkeypatch):
    # skip yapf, which takes seconds at the start of a run
    monkeypatch.setattr(Config, 'pretty_text', '')
    cfg = Config.fromfile(
        FOLDER / f'{kind}-head_640x384_gradloss-recommended.py')
    shorten(cfg, ncdb_root)
    # Resumed epoch-based runs do not repeat random colour jitter.
    dataset = cfg.train_dataloader.dataset
    dataset.pipeline = [
        step for step in dataset.pipeline if 'Jitter' not in step.type]
    for loader in (cfg.train_dataloader, cfg.val_dataloader):
        loader.dataset.pipeline[2].scale = (96, 64)
    cfg.model.backbone.base_channels = 16
    cfg.optim_wrapper.optimizer.lr = 2e-3
    cfg.train_cfg.update(max_epochs=8, val_interval=8)
    cfg.default_hooks.checkpoint.interval = 4
    cfg.default_hooks.gradient_loss.warmup_iters = 12
    check_run_and_resume(cfg, tmp_path, 'epoch_4.pth')

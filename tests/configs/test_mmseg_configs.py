"""Configs that add the loss to mmsegmentation's depth models."""
import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import DATASETS, MODELS, DefaultScope
from recipe_files import depth_sample, read

from mmdepth_gradloss.config.config_scope import CONFIG_DIR
from mmdepth_gradloss.config.find_packages import find_packages_by_module

pytest.importorskip('mmseg', reason='needs the extra mmseg')

FOLDER = CONFIG_DIR / 'mmseg'
MIT = sorted(FOLDER.glob('vpd-head_mit-*.py'))
VPD = FOLDER / 'vpd_sd_4xb8-25k_nyu-480x480_gradloss-recommended.py'


@pytest.fixture(autouse=True)
def mmseg_scope():
    with DefaultScope.overwrite_default_scope('mmseg'):
        yield


@pytest.mark.parametrize('path', MIT, ids=lambda path: path.stem)
def test_mit_takes_a_step(path):
    cfg = read(path)
    model = MODELS.build(cfg.model)
    losses = model(
        torch.randn(2, 3, 64, 96), [depth_sample(64, 96)] * 2, mode='loss')
    gradient = 'gradloss' in path.stem
    assert set(losses) == {
        'decode.loss_silog', *['decode.loss_gradient'] * gradient}
    sum(losses.values()).backward()
    assert all(p.grad.isfinite().all() for p in model.parameters())
    assert ('gradient_loss' in cfg.default_hooks) == gradient
    # padding counts as missing depth
    assert cfg.model.data_preprocessor.seg_pad_val == 0


def test_full_vpd_head_takes_a_step_on_features():
    cfg = read(VPD)
    assert cfg.model.backbone.type == 'VPD'
    head = MODELS.build(cfg.model.decode_head)
    # Feature shapes of the diffusion network for images of 512 pixels, with
    # an eighth of the size here.
    features = [
        torch.randn(2, channels, size, size)
        for channels, size in ((320, 16), (640, 8), (1280, 4), (1280, 2))]
    depth = head(features)
    losses = head.loss_by_feat(depth, [depth_sample(96, 96)] * 2)
    assert depth.shape == (2, 1, 96, 96)
    (losses['loss_silog'] + losses['loss_gradient']).backward()
    assert all(p.grad.isfinite().all() for p in head.parameters())


@pytest.mark.parametrize('base', [
    '{folder}/vpd-head_mit-b0_1xb8-25k_nyu-480x480.py',
    'mmdepth_gradloss::mmseg/vpd-head_mit-b0_1xb8-25k_nyu-480x480.py',
])
def test_flips_image_and_depth_together(base, nyu_root, tmp_path):
    config = tmp_path / 'config.py'
    config.write_text(f'_base_ = {base.format(folder=FOLDER)!r}')
    with find_packages_by_module():
        cfg = Config.fromfile(config).train_dataloader.dataset
    cfg.update(data_root=str(nyu_root), pipeline=cfg.pipeline[:3])
    flip = next(x for x in cfg.pipeline if 'RandomFlip' in x.type)
    results = []
    for prob in (0.0, 1.0):
        flip.prob = prob
        results.append(DATASETS.build(cfg)[0])
    plain, flipped = results
    for key in ('img', 'gt_depth_map'):
        assert np.array_equal(flipped[key], plain[key][:, ::-1])

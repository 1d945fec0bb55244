"""What the command-line tools share."""
from __future__ import annotations

import mmengine.config.config
import pytest
from mmengine.config import Config

from mmdepth_gradloss.runner.cli import check_epochs_end, read_config
from mmdepth_gradloss.config.config_scope import CONFIG_DIR


def test_missing_mmsegmentation_names_the_command(monkeypatch):
    monkeypatch.setattr(mmengine.config.config, 'is_installed',
                        lambda package: False)
    config = next((CONFIG_DIR / 'mmseg').glob('vpd_sd_*.py'))
    with pytest.raises(
            ModuleNotFoundError,
            match=r"pip install 'mmdepth-gradloss\[mmseg\]'"):
        read_config(str(config), {})


@pytest.mark.parametrize('loop', [
    dict(type='EpochBasedTrainLoop', max_epochs=1),
    dict(by_epoch=True, max_epochs=1),
])
@pytest.mark.parametrize('sampler', ['InfiniteSampler', 'DefaultSampler'])
def test_epoch_that_never_ends_is_refused(loop, sampler):
    cfg = Config(
        dict(
            train_cfg=loop, train_dataloader=dict(sampler=dict(type=sampler))))
    if sampler == 'DefaultSampler':
        check_epochs_end(cfg)
        return
    with pytest.raises(ValueError, match='InfiniteSampler never ends'):
        check_epochs_end(cfg)


def test_iterations_of_an_infinite_sampler_are_fine():
    cfg = Config.fromfile(CONFIG_DIR / 'default' / 'balanced.py')
    assert cfg.train_dataloader.sampler.type == 'InfiniteSampler'
    check_epochs_end(cfg)
    check_epochs_end(Config())

"""Reading of configs for the command line."""
import argparse
import re

import pytest

from mmdepth_gradloss.config import find_packages
from mmdepth_gradloss.config.config_scope import CONFIG_DIR
from mmdepth_gradloss.installed_mmengine import install_command
from mmdepth_gradloss.runner import load_config, read_config

BASELINE = str(CONFIG_DIR / 'unet' / 'unet-small_rooms-192x128_baseline.py')
FOLDER = """
train_dataloader = dict(dataset=dict(type='X', data_root='data/x'))
train_cfg = dict(type='IterBasedTrainLoop', max_iters=4)
"""


@pytest.fixture
def write(tmp_path):
    """Function that writes a config."""

    def write(text):
        path = tmp_path / 'mine.py'
        path.write_text(text)
        return str(path)

    return write


def load(config, cfg_options={}, work_dir=None):
    return load_config(argparse.Namespace(
        config=config, cfg_options=cfg_options, data_root=None,
        work_dir=work_dir, launcher='none', local_rank=0))


def test_missing_mmsegmentation_names_the_command(monkeypatch):
    monkeypatch.setattr(find_packages, '_is_installed', lambda package: False)
    config = next((CONFIG_DIR / 'mmseg').glob('vpd_sd_*.py'))
    with pytest.raises(
            ModuleNotFoundError, match=re.escape(install_command('mmseg'))):
        read_config(str(config), {})


def test_overrides_and_data_root_are_set(write, tmp_path):
    cfg = read_config(write(FOLDER), {'train_cfg.max_iters': 2})
    assert cfg.train_cfg.max_iters == 2
    assert cfg.train_dataloader.dataset.data_root == 'data/x'
    cfg = read_config(write(FOLDER), {}, str(tmp_path))
    assert cfg.train_dataloader.dataset.data_root == str(tmp_path)


@pytest.mark.parametrize('options,work_dir', [
    ({}, 'work_dirs/mine'),
    (dict(cfg_options=dict(work_dir='of_config')), 'of_config'),
    (dict(cfg_options=dict(work_dir='of_config'), work_dir='mine'), 'mine'),
])
def test_work_dir(write, options, work_dir):
    cfg = load(write(FOLDER), **options)
    assert cfg.work_dir == work_dir and cfg.launcher == 'none'


@pytest.mark.parametrize('text,options,message', [
    ('param_schedular = []', {}, "did you mean 'param_scheduler'"),
    ('', {'modle.a': 1}, 'did you mean one of model'),
    ('', {'train_cfg.type': 'EpochBasedTrainLoop'},
     'InfiniteSampler never ends'),
    ('', {'train_dataloader.num_workers': 0}, 'needs workers'),
])
def test_mistakes_are_refused(write, text, options, message):
    path = write(f'_base_ = {BASELINE!r}\n{text}\n')
    with pytest.raises(ValueError, match=message):
        load(path, cfg_options=options)


def test_default_hook_of_none_is_none(write):
    path = write(f'_base_ = {BASELINE!r}\n'
                 'default_hooks = dict(gradient_loss=None, timer=None)')
    hooks = read_config(path, {}).default_hooks
    assert 'gradient_loss' not in hooks
    assert hooks.timer is None  # MMEngine removes it
    options = {'default_hooks.visualization': None}
    hooks = read_config(BASELINE, options).default_hooks
    assert 'visualization' not in hooks and 'gradient_loss' in hooks


def test_recipe_over_a_recipe_says_what_to_inherit(write):
    recommended = BASELINE.replace('baseline', 'recommended')
    recipe = CONFIG_DIR / '_base_' / 'gradient_loss' / 'balanced.py'
    with pytest.raises(ValueError, match='two of its bases contain a recipe'):
        read_config(write(f'_base_ = {[recommended, str(recipe)]!r}'), {})

"""Configs as the command line asks for them."""
from __future__ import annotations

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
def folder_config(tmp_path):
    path = tmp_path / 'folder.py'
    path.write_text(FOLDER)
    return str(path)


def arguments(config, **options):
    defaults = dict(
        config=config,
        cfg_options={},
        data_root=None,
        work_dir=None,
        launcher='none',
        local_rank=0)
    return argparse.Namespace(**{**defaults, **options})


def test_missing_mmsegmentation_names_the_command(monkeypatch):
    monkeypatch.setattr(find_packages, '_is_installed', lambda package: False)
    config = next((CONFIG_DIR / 'mmseg').glob('vpd_sd_*.py'))
    with pytest.raises(
            ModuleNotFoundError, match=re.escape(install_command('mmseg'))):
        read_config(str(config), {})


def test_overrides_and_data_root_are_set(folder_config, tmp_path):
    cfg = read_config(folder_config, {'train_cfg.max_iters': 2},
                      str(tmp_path))
    assert cfg.train_cfg.max_iters == 2
    assert cfg.train_dataloader.dataset.data_root == str(tmp_path)


def test_data_root_of_the_config_stays(folder_config):
    cfg = read_config(folder_config, {})
    assert cfg.train_dataloader.dataset.data_root == 'data/x'


@pytest.mark.parametrize('read', [
    lambda path: read_config(path, {}),
    lambda path: load_config(arguments(path))
])
def test_misspelt_entry_is_refused(tmp_path, read):
    path = tmp_path / 'mine.py'
    path.write_text(f'_base_ = {BASELINE!r}\nparam_schedular = []\n')
    with pytest.raises(ValueError, match="did you mean 'param_scheduler'"):
        read(str(path))


def test_misspelt_override_is_refused(folder_config):
    with pytest.raises(ValueError, match='did you mean one of model'):
        read_config(folder_config, {'modle.a': 1})


@pytest.mark.parametrize('options,work_dir', [
    ({}, 'work_dirs/folder'),
    (dict(cfg_options=dict(work_dir='of_config')), 'of_config'),
    (dict(cfg_options=dict(work_dir='of_config'), work_dir='mine'), 'mine'),
])
def test_work_dir(folder_config, options, work_dir):
    cfg = load_config(arguments(folder_config, **options))
    assert cfg.work_dir == work_dir and cfg.launcher == 'none'


def test_run_without_an_end_is_refused():
    with pytest.raises(ValueError, match='InfiniteSampler never ends'):
        load_config(
            arguments(
                BASELINE,
                cfg_options={'train_cfg.type': 'EpochBasedTrainLoop'}))


def test_default_hook_of_none_is_none(tmp_path):
    config = tmp_path / 'mine.py'
    config.write_text(f"_base_ = {BASELINE!r}\n"
                      'default_hooks = dict(gradient_loss=None, timer=None)')
    hooks = read_config(str(config), {}).default_hooks
    assert 'gradient_loss' not in hooks
    assert hooks.timer is None  # that one MMEngine removes itself
    hooks = read_config(BASELINE, {
        'default_hooks.visualization': None
    }).default_hooks
    assert 'visualization' not in hooks and 'gradient_loss' in hooks


def test_recipe_over_a_recipe_says_what_to_inherit(tmp_path):
    config = tmp_path / 'mine.py'
    recommended = BASELINE.replace('baseline', 'recommended')
    recipe = CONFIG_DIR / '_base_' / 'gradient_loss' / 'balanced.py'
    config.write_text(f'_base_ = {[recommended, str(recipe)]!r}')
    with pytest.raises(ValueError, match='two of its bases bring a recipe'):
        read_config(str(config), {})

"""Inheritance from the configs of the installed package."""
from __future__ import annotations

import warnings

import pytest
import yaml
from mmengine.config import Config
from mmengine.registry import HOOKS, MODELS

from mmdepth_gradloss.config.config_scope import CONFIG_DIR
from mmdepth_gradloss.losses import SSISilogLoss


@pytest.fixture
def inherit(tmp_path):
    """Function that reads a config with given bases."""

    def read(*bases, rest=''):
        path = tmp_path / 'config.py'
        path.write_text(f'_base_ = {list(bases)}\n{rest}')
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')  # MMEngine imports pkg_resources
            return Config.fromfile(path)

    return read


def test_fragment_by_the_name_of_the_package(inherit, caplog):
    cfg = inherit('mmdepth_gradloss::_base_/gradient_loss/balanced.py')
    loss = MODELS.build(cfg.gradient_loss)
    assert isinstance(loss, SSISilogLoss) and loss.gradient_weight == 0.2
    HOOKS.build(cfg.gradient_hook)
    assert 'registry' not in caplog.text


def test_whole_config_by_the_name_of_the_package(inherit):
    cfg = inherit('mmdepth_gradloss::default/balanced.py')
    local = Config.fromfile(CONFIG_DIR / 'default' / 'balanced.py')
    assert cfg.model.decode_head.loss.gradient_weight == 0.2
    assert set(cfg) == set(local)
    MODELS.build(cfg.model)


def test_another_projects_model_and_our_fragment(inherit):
    pytest.importorskip('mmseg', reason='needs mmsegmentation')
    cfg = inherit(
        'mmseg::vpd/vpd_sd_4xb8-25k_nyu-480x480.py',
        'mmdepth_gradloss::_base_/gradient_loss/balanced.py',
        rest='model = dict(decode_head=dict(loss_decode=['
        "dict(type='SiLogLoss'), _base_.gradient_term]))")
    silog, term = cfg.model.decode_head.loss_decode
    assert silog.type == 'SiLogLoss' and term.loss_weight == 0.2


def test_unknown_config_names_the_file(inherit):
    with pytest.raises(FileNotFoundError, match='nonsense.py'):
        inherit('mmdepth_gradloss::default/nonsense.py')


def metafiles():
    index = yaml.safe_load((CONFIG_DIR.parent / 'model-index.yml').read_text())
    return [CONFIG_DIR.parent / path for path in index['Import']]


def test_index_lists_all_config_folders():
    folders = {x.name for x in CONFIG_DIR.iterdir() if x.is_dir()}
    assert {x.parent.name for x in metafiles()} == folders - {'_base_'}


@pytest.mark.parametrize('path', metafiles(), ids=lambda x: x.parent.name)
def test_metafile_names_what_is_there(path):
    meta = yaml.safe_load(path.read_text())
    collections = {x['Name'] for x in meta['Collections']}
    for collection in meta['Collections']:
        assert (CONFIG_DIR.parent / collection['README']).is_file()
    for model in meta['Models']:
        assert model['In Collection'] in collections
        assert (CONFIG_DIR.parent / model['Config']).is_file()

"""Inheriting from the configs of the installed package."""
import pytest
from mmengine.config import Config
from mmengine.registry import HOOKS, MODELS

from mmdepth_gradloss.config.config_scope import CONFIG_DIR, find_config
from mmdepth_gradloss.config.find_packages import find_packages_by_module
from mmdepth_gradloss.losses import SSISilogLoss


@pytest.fixture
def inherit(tmp_path):
    """Function that reads a config with the given bases."""

    def read(*bases, rest=''):
        path = tmp_path / 'config.py'
        path.write_text(f'_base_ = {list(bases)}\n{rest}')
        with find_packages_by_module():
            return Config.fromfile(path)

    return read


def test_fragment_by_the_name_of_the_package(inherit, caplog):
    cfg = inherit('mmdepth_gradloss::_base_/gradient_loss/recommended.py')
    loss = MODELS.build(cfg.gradient_loss)
    assert isinstance(loss, SSISilogLoss) and loss.gradient_weight == 20.0
    assert MODELS.build(cfg.gradient_term).loss_weight == 20.0
    HOOKS.build(cfg.gradient_hook)
    assert 'registry' not in caplog.text


def test_whole_config_by_the_name_of_the_package(inherit):
    name = 'unet/unet-small_rooms-192x128_recommended.py'
    cfg = inherit(f'mmdepth_gradloss::{name}')
    local = Config.fromfile(CONFIG_DIR / name)
    assert set(cfg) == set(local)
    model, expected = (MODELS.build(x.model) for x in (cfg, local))
    assert str(model) == str(expected)
    with pytest.raises(FileNotFoundError, match='nonsense.py'):
        inherit('mmdepth_gradloss::unet/nonsense.py')


def test_another_projects_model_and_our_fragment(inherit):
    pytest.importorskip('mmseg', reason='needs mmsegmentation')
    cfg = inherit(
        'mmseg::vpd/vpd_sd_4xb8-25k_nyu-480x480.py',
        'mmdepth_gradloss::_base_/gradient_loss/recommended.py',
        rest='model = dict(decode_head=dict(loss_decode=['
        "dict(type='SiLogLoss'), _base_.gradient_term]))")
    silog, term = cfg.model.decode_head.loss_decode
    assert silog.type == 'SiLogLoss' and term.loss_weight == 20.0


def test_config_is_found_by_its_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    name = 'unet-small_rooms-192x128_recommended.py'
    path = CONFIG_DIR / 'unet' / name
    assert find_config(name) == find_config(path.stem) == str(path)
    (tmp_path / name).touch()  # a file takes precedence over a name
    assert find_config(name) == name


@pytest.mark.parametrize('config,message', [
    ('unet-small_room-192x128_recommended',
     'did you mean unet-small_rooms-192x128_recommended'),
    ('configs/unet/unet-small_rooms-192x128_balancd.py',
     'did you mean unet-small_rooms-192x128_balanced'),
    ('xyz.py', 'pass a file, or the name of a config'),
    # a fragment is not a runnable config
    ('recommended', 'pass a file, or the name of a config'),
])
def test_what_is_no_config_is_refused(config, message):
    with pytest.raises(FileNotFoundError, match=message) as error:
        find_config(config)
    assert f'there is no config {config};' in str(error.value)

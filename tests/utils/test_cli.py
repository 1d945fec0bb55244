"""What the command-line tools share."""
from __future__ import annotations

import argparse

import mmengine.config.config
import pytest

from mmdepth_gradloss.utils.cli import load_config
from mmdepth_gradloss.utils.config_scope import CONFIG_DIR


def test_missing_mmsegmentation_names_the_command(monkeypatch):
    monkeypatch.setattr(mmengine.config.config, 'is_installed',
                        lambda package: False)
    config = next((CONFIG_DIR / 'mmseg').glob('vpd_sd_*.py'))
    arguments = argparse.Namespace(config=str(config), local_rank=0)
    with pytest.raises(
            ModuleNotFoundError,
            match=r"pip install 'mmdepth-gradloss\[mmseg\]'"):
        load_config(arguments)

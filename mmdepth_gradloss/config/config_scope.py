"""Inheritance from this package's configs by ``mmdepth_gradloss::``."""
from __future__ import annotations

from pathlib import Path

from mmengine.config.utils import MODULE2PACKAGE

CONFIG_DIR = Path(__file__).resolve().parents[1] / '.mim' / 'configs'
"""Folder of the configs, in a wheel as well as in a checkout."""


def register_config_scope() -> None:
    """Let ``_base_`` name configs of this package.

    For a distribution, MMEngine looks beside its metadata, where an editable
    installation has no code. For anything else that can be imported it looks
    where the file is, which is right for both: hence the name of a module.
    """
    MODULE2PACKAGE['mmdepth_gradloss'] = 'mmdepth_gradloss.version'

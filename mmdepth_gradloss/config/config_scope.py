"""This package's configs: by name, and by ``mmdepth_gradloss::``."""
from __future__ import annotations

from difflib import get_close_matches
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


def find_config(config: str) -> str:
    """Path of a config file, or of a config of this package by its name.

    Raises:
        FileNotFoundError: If it is neither; names the nearest.
    """
    if Path(config).is_file():
        return config
    names = {path.stem: path for path in CONFIG_DIR.glob('[!_]*/*.py')}
    name = config.removesuffix('.py')
    if name in names:
        return str(names[name])
    near = get_close_matches(Path(name).name, names, n=2)
    raise FileNotFoundError(
        f'there is no config {config}; ' +
        (f'did you mean {" or ".join(near)}?' if near else
         'give a file, or the name of a config of this package'))

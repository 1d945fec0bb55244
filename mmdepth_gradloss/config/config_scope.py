"""Find this package's configs by name and by ``mmdepth_gradloss::``."""
from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path

from mmengine.config.utils import MODULE2PACKAGE

CONFIG_DIR = Path(__file__).resolve().parents[1] / '.mim' / 'configs'
"""Folder of the configs, both in a wheel and in a checkout."""


def register_config_scope() -> None:
    """Let ``_base_`` name configs of this package.

    For a distribution, MMEngine searches next to its metadata, where an
    editable installation has no code. For an importable module it searches
    next to its file, which works for both.
    """
    MODULE2PACKAGE['mmdepth_gradloss'] = 'mmdepth_gradloss.version'


def find_config(config: str) -> str:
    """Path of a config file, or of a config of this package by its name.

    Raises:
        FileNotFoundError: If it is neither; suggests similar names.
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
         'pass a file, or the name of a config of this package'))

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mmengine.config import Config


def hook_configs(cfg: Config) -> Iterator[tuple[str, Any]]:
    """All hooks of a config with their dotted keys: dicts, instances or
    None."""
    for name, hook in (cfg.get('default_hooks') or {}).items():
        yield f'default_hooks.{name}', hook
    for i, hook in enumerate(cfg.get('custom_hooks') or []):
        yield f'custom_hooks.{i}', hook

"""Depth heads in the config of a model."""
from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from mmengine.config import ConfigDict
from mmengine.registry import MODELS

from .registered_class import bare_type, registered_class

LOSS_KEYS = {
    'HFDepthEstimator': 'loss',
    'SANDepthHead': 'loss',
    'SANDualDepthHead': 'loss',
    'UNetDepthHead': 'loss',
    # of mmsegmentation
    'VPDDepthHead': 'loss_decode',
}
"""Key of the losses of depth heads, by class name. Other heads are recognised
by the attribute ``prediction`` of their class, see
:mod:`~mmdepth_gradloss.losses.protocol`."""

DEFAULT_LOSSES = {'VPDDepthHead': 'SiLogLoss'}
"""Loss of a head whose config has none."""


@dataclass
class DepthHead:
    """Config of a depth head, its dotted key, and the key of its losses."""
    config: ConfigDict
    path: str
    key: str

    @property
    def losses(self) -> list[dict]:
        """Configs of the losses, can be set; a TypeError if they are not
        dicts."""
        losses = self.config.get(self.key, self._default_losses())
        listed = [losses] if isinstance(losses, dict) else losses
        if not (isinstance(listed, (list, tuple))
                and all(isinstance(loss, dict) for loss in listed)):
            raise TypeError(f'{self.path}.{self.key} must be a dict or a list '
                            f'of dicts, got {losses!r}')
        return list(listed)

    @losses.setter
    def losses(self, losses: list[dict]) -> None:
        self.config[self.key] = losses

    def _default_losses(self) -> Any:
        """What the head's class takes without an entry in its config."""
        name = DEFAULT_LOSSES.get(bare_type(self.config))
        if name is not None:
            return dict(type=name)
        kind = registered_class(self.config, MODELS)
        parameters = inspect.signature(kind).parameters if kind else {}
        default = parameters[self.key].default if (
            self.key in parameters) else None
        return [] if default in (None, inspect.Parameter.empty) else default

    def path_of_loss(self, index: int) -> str:
        """Dotted key of one of the losses in the config of the run."""
        alone = isinstance(self.config.get(self.key), dict)
        return f'{self.path}.{self.key}' + ('' if alone else f'.{index}')


def find_depth_heads(node: Any, path: str = 'model') -> Iterator[DepthHead]:
    """Find depth heads in the config of a model, or the part of it at
    ``path``."""
    if isinstance(node, dict):
        key = _loss_key(node)
        if key is not None:
            yield DepthHead(node, path, key)  # type: ignore[arg-type]
        for name in node:
            yield from find_depth_heads(node[name], f'{path}.{name}')
    elif isinstance(node, (list, tuple)):
        for i, item in enumerate(node):
            yield from find_depth_heads(item, f'{path}.{i}')


def _loss_key(cfg: dict) -> str | None:
    kind = registered_class(cfg, MODELS)
    bases = [base.__name__ for base in getattr(kind, '__mro__', ())]
    for name in (bare_type(cfg), *bases):
        if name in LOSS_KEYS:
            return LOSS_KEYS[name]
    if isinstance(getattr(kind, 'prediction', None), str):
        return 'loss_decode' if 'loss_decode' in cfg else 'loss'
    return None

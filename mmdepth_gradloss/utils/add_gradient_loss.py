"""Add the gradient loss to a config that knows nothing of it."""
from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mmengine.config import Config, ConfigDict
from mmengine.utils import import_modules_from_strings

from ..functional.choices import choose
from .config_scope import CONFIG_DIR

DEPTH_HEADS: dict[str, str] = {
    'HFDepthEstimator': 'loss',
    'SANDepthHead': 'loss',
    'SANDualDepthHead': 'loss',
    'UNetDepthHead': 'loss',
    'VPDDepthHead': 'loss_decode',
}
"""Modules that call losses on depth in metres -> key of these losses."""


def add_gradient_loss(cfg: Config, preset: str = 'balanced') -> list[str]:
    """Add gradient loss, hook and import to a config, in place.

    A head whose loss is :class:`SSISilogLoss` gets the preset's weights and
    gradient formula; other losses stay as they are, and the gradient term is
    put beside them with the preset's weight (beside ScaleShiftInvariantLoss
    one that aligns in the same way). For mmsegmentation beside mmcv-lite it
    also imports :mod:`~mmdepth_gradloss.utils.mmcv_ops_stand_in`.

    Args:
        cfg (Config): Config of a run with a depth model.
        preset (str): 'recommended', 'conservative', 'balanced' or
            'edge_focused', as in ``configs/_base_/gradient_loss``.

    Returns:
        list[str]: What was changed, one line each.

    Raises:
        FileNotFoundError: If the package lacks its configs.
        ValueError: If the preset is unknown, the model has no head that is
            known to predict depth (names the known ones), or one with a
            gradient term already; the config is then as it was.

    Examples:
        >>> cfg = Config.fromfile('my_depth_model.py')
        >>> for change in add_gradient_loss(cfg, 'balanced'):
        ...     print(change)
    """
    fragment = _load_fragment(preset)
    heads = list(_find_heads(cfg.get('model', {}), 'model'))
    if not heads:
        raise ValueError(
            f'found no depth head in the model of {cfg.filename}, of type '
            f"{cfg.get('model', {}).get('type')!r}; known: "
            f'{sorted(DEPTH_HEADS)}. Add '
            "dict(type='MultiScaleGradientLoss', loss_weight=...) to your "
            "head's losses by hand, if they are given depth in metres")
    for path, head in heads:
        _check_no_term(head, path)
    changes = [_add_to_head(head, path, fragment) for path, head in heads]
    return changes + _add_hook(cfg, fragment) + _add_imports(cfg)


def _load_fragment(preset: str) -> Config:
    folder = CONFIG_DIR / '_base_' / 'gradient_loss'
    presets = {path.stem: path for path in sorted(folder.glob('*.py'))}
    if not presets:
        raise FileNotFoundError(f'no configs in {folder}; in a checkout it is '
                                'a link, which on Windows needs '
                                'git config core.symlinks true')
    return Config.fromfile(choose('gradient loss preset', preset, presets))


def _find_heads(node: Any, path: str) -> Iterator[tuple[str, ConfigDict]]:
    """Configs of depth heads anywhere in a model's config, by their path."""
    if isinstance(node, dict):
        if _bare_type(node) in DEPTH_HEADS:
            yield path, node
        for key in node:
            yield from _find_heads(node[key], f'{path}.{key}')
    elif isinstance(node, (list, tuple)):
        for i, item in enumerate(node):
            yield from _find_heads(item, f'{path}.{i}')


def _bare_type(cfg: dict) -> str:
    """Name of a config's class, without the scope that may precede it."""
    kind = cfg.get('type', '')
    name = kind if isinstance(kind, str) else kind.__name__
    return name.split('.')[-1]


def _check_no_term(head: ConfigDict, path: str) -> None:
    """Refuse a head whose weights somebody has chosen already."""
    for loss in _losses(head):
        if (_bare_type(loss) == 'MultiScaleGradientLoss'
                or loss.get('gradient_weight', 0) > 0):
            raise ValueError(f'{path} has a gradient term already, {loss}; '
                             'change its weight there')


def _add_to_head(head: ConfigDict, path: str, fragment: Config) -> str:
    key = DEPTH_HEADS[_bare_type(head)]
    path = f'{path}.{key}'
    losses = _losses(head)
    for loss in losses:
        if _bare_type(loss) == 'SSISilogLoss':
            change = {
                name: value
                for name, value in fragment.gradient_loss.items()
                if name.endswith('_weight') or name == 'gradient'
            }
            loss.update(change)
            head[key] = losses
            return f'{path}: set {_listed(change)} of SSISilogLoss'
    term = dict(fragment.gradient_term)
    for loss in losses:
        if _bare_type(loss) == 'ScaleShiftInvariantLoss':
            term.update(
                domain='inverse',
                alignment=loss.get('alignment', 'median_mad'))
    head[key] = [*losses, term]
    beside = ' + '.join(map(_bare_type, losses))
    return f'{path}: added {_listed(term)}' + (
        f' beside {beside}' if beside else '')


def _losses(head: ConfigDict) -> list[dict]:
    losses = head.get(DEPTH_HEADS[_bare_type(head)], _default_losses(head))
    return [losses] if isinstance(losses, dict) else list(losses)


def _listed(options: dict) -> str:
    return ', '.join(f'{key}={value}' for key, value in options.items())


def _default_losses(head: ConfigDict) -> list[dict]:
    """Losses of a head whose config leaves them to their default."""
    if _bare_type(head) == 'VPDDepthHead':
        return [dict(type='SiLogLoss')]
    return []


def _add_hook(cfg: Config, fragment: Config) -> list[str]:
    hooks = list(cfg.get('custom_hooks') or [])
    if any(_bare_type(hook) == fragment.gradient_hook.type for hook in hooks):
        return []
    cfg.custom_hooks = [*hooks, fragment.gradient_hook]
    return [f'custom_hooks: added {_listed(fragment.gradient_hook)}']


def _add_imports(cfg: Config) -> list[str]:
    """Import what the config needs, here and for who reads its dump."""
    needed = ['mmdepth_gradloss']
    if cfg.get('default_scope') == 'mmseg':
        needed.insert(0, 'mmdepth_gradloss.utils.mmcv_ops_stand_in')
    imports = cfg.get('custom_imports') or dict(imports=[])
    names = imports['imports']
    names = [names] if isinstance(names, str) else list(names)
    new = [name for name in needed if name not in names]
    if not new:
        return []
    import_modules_from_strings(new)
    cfg.custom_imports = dict(imports, imports=[*new, *names])
    return [f'custom_imports: added {", ".join(new)}']

"""Add the gradient loss to a config that knows nothing of it."""
from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from mmengine.config import Config, ConfigDict
from mmengine.registry import MODELS
from mmengine.utils import import_modules_from_strings

from ..losses.protocol import can_have_gradient_terms
from .recipes import RECOMMENDED, load_recipe

STAND_IN = 'mmdepth_gradloss.config.mmcv_ops_stand_in'


class DepthHead(NamedTuple):
    """A module that calls losses with depth.

    Attributes:
        losses (str): Key of its losses in a config.
        default (str, optional): Type of the loss that it has if a config
            gives none.
    """
    losses: str = 'loss'
    default: str | None = None


DEPTH_HEADS: dict[str, DepthHead] = {
    'HFDepthEstimator': DepthHead(),
    'SANDepthHead': DepthHead(),
    'SANDualDepthHead': DepthHead(),
    'UNetDepthHead': DepthHead(),
    # of mmsegmentation
    'VPDDepthHead': DepthHead('loss_decode', default='SiLogLoss'),
}
"""Known depth heads, by the name of their class."""


def add_gradient_loss(cfg: Config, recipe: str = RECOMMENDED) -> list[str]:
    """Add gradient loss, hook and imports to a config, in place.

    The recipe's gradient term joins the losses of each depth head, which stay
    as they are. Where one is :class:`SSISilogLoss`, of which a recipe says
    all weights, it takes these and the term's formula instead: the recipe's
    ``gradient_loss``. Beside a loss on inverse depth up to scale and shift,
    the term aligns as that loss does. A :class:`GradientLossHook` that is
    there keeps its own schedule, if it has one.

    For mmsegmentation beside mmcv-lite,
    :mod:`~mmdepth_gradloss.config.mmcv_ops_stand_in` is imported too.

    Args:
        cfg (Config): Config of a run with a depth model.
        recipe (str): 'recommended', 'conservative', 'balanced' or
            'edge_focused', as in ``configs/_base_/gradient_loss``.

    Returns:
        list[str]: What was changed, one line each.

    Raises:
        FileNotFoundError: If the package lacks its configs.
        ValueError: If the recipe is unknown, the model has no head that is
            known to predict depth (names the known ones), or one with a
            gradient term already; the config is then as it was.

    Examples:
        >>> cfg = Config.fromfile('my_depth_model.py')
        >>> for change in add_gradient_loss(cfg):
        ...     print(change)
    """
    fragment = load_recipe(recipe)
    heads = list(_find_heads(cfg.get('model', {}), 'model'))
    if not heads:
        raise ValueError(
            f'found no depth head in the model of {cfg.filename}, of type '
            f"{cfg.get('model', {}).get('type')!r}; known: "
            f'{sorted(DEPTH_HEADS)}. Add '
            "dict(type='mmdepth_gradloss.MultiScaleGradientLoss', "
            "preset='valid_mean', loss_weight=2.0) to your head's losses by "
            'hand, if they are given depth in metres')
    for path, head in heads:
        _check_no_term(head, path, recipe)
    changes = [_add_to_head(head, path, fragment) for path, head in heads]
    return changes + _add_hook(cfg, fragment) + _add_imports(cfg)


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


def _losses(head: ConfigDict) -> list[dict]:
    """Configs of a head's losses."""
    known = DEPTH_HEADS[_bare_type(head)]
    default = [] if known.default is None else [dict(type=known.default)]
    losses = head.get(known.losses, default)
    return [losses] if isinstance(losses, dict) else list(losses)


def _build_if_known(loss: dict) -> Any:
    """A loss that can tell of itself, or None.

    Only what is registered already is built: a config of another package is
    no reason to import it here.
    """
    for registry in (MODELS, *MODELS.children.values()):
        kind = registry.module_dict.get(_bare_type(loss))
        if hasattr(kind, 'input_domain') or can_have_gradient_terms(kind):
            return registry.build(dict(loss, type=kind))
    return None


def _check_no_term(head: ConfigDict, path: str, recipe: str) -> None:
    """Refuse a head whose weights somebody has chosen already."""
    key = DEPTH_HEADS[_bare_type(head)].losses
    for i, config in enumerate(_losses(head)):
        loss = _build_if_known(config)
        if can_have_gradient_terms(loss) and loss.gradient_terms():
            entry = f'{path}.{key}'
            if not isinstance(head[key], dict):
                entry += f'.{i}'
            advice = (f'set {entry}.gradient_weight=0 first, by --cfg-options '
                      'or in the config' if hasattr(loss, 'gradient_weight')
                      else f'take {entry} out of the config first')
            raise ValueError(
                f'{path} has a gradient term already, '
                f'{_listed(config)}; to replace it by the recipe '
                f'{recipe!r}, {advice}; to keep it and change its weight, set '
                'that there')


def _add_to_head(head: ConfigDict, path: str, fragment: Config) -> str:
    key = DEPTH_HEADS[_bare_type(head)].losses
    path = f'{path}.{key}'
    losses = _losses(head)
    for loss in losses:
        if _bare_type(loss) == _bare_type(fragment.gradient_loss):
            change = {
                name: value
                for name, value in fragment.gradient_loss.items()
                if name.endswith('_weight') or name == 'gradient'
            }
            for name, value in change.items():
                loss[name] = value  # update() would keep options of another
            head[key] = losses
            return f'{path}: set {_listed(change)} of {_bare_type(loss)}'
    term = dict(fragment.gradient_term)
    for loss in filter(None, map(_build_if_known, losses)):
        if loss.input_domain == 'relative_inverse':
            term.update(
                domain='inverse',
                alignment=getattr(loss, 'alignment', 'median_mad'))
    head[key] = [*losses, term]
    beside = ' + '.join(map(_bare_type, losses))
    return f'{path}: added {_listed(term)}' + (
        f' beside {beside}' if beside else '')


def _listed(options: dict) -> str:
    return ', '.join(f'{key}={value}' for key, value in options.items())


def _add_hook(cfg: Config, fragment: Config) -> list[str]:
    """Among the default hooks, where inheriting configs add to it."""
    new = fragment.gradient_hook
    for where, hook in _hooks(cfg):
        if _bare_type(hook) == _bare_type(new):
            if any(hook.get(way) is not None
                   for way in ('schedule', 'warmup', 'target_share')):
                return []
            added = {k: v for k, v in new.items() if k not in hook}
            hook.update(added)
            return [f'{where}: set {_listed(added)}'] if added else []
    hooks = cfg.get('default_hooks') or {}
    # an override may have set options of the hook that is not there yet
    new = {**new, **(hooks.get('gradient_loss') or {})}
    cfg.default_hooks = dict(hooks, gradient_loss=new)
    return [f'default_hooks.gradient_loss: added {_listed(new)}']


def _hooks(cfg: Config) -> Iterator[tuple[str, ConfigDict]]:
    for name, hook in (cfg.get('default_hooks') or {}).items():
        if hook is not None:
            yield f'default_hooks.{name}', hook
    for i, hook in enumerate(cfg.get('custom_hooks') or []):
        yield f'custom_hooks.{i}', hook


def _add_imports(cfg: Config) -> list[str]:
    """Import what the config needs, here and for who reads its dump."""
    needed = ['mmdepth_gradloss']
    if cfg.get('default_scope') == 'mmseg':
        needed.insert(0, STAND_IN)
    imports = cfg.get('custom_imports') or dict(imports=[])
    names = imports['imports']
    names = [names] if isinstance(names, str) else list(names)
    new = [name for name in needed if name not in names]
    if not new:
        return []
    import_modules_from_strings(new)
    cfg.custom_imports = dict(imports, imports=[*new, *names])
    return [f'custom_imports: added {", ".join(new)}']

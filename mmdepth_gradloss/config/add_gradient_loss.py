from __future__ import annotations

import copy
from typing import Any

from mmengine.config import Config
from mmengine.registry import HOOKS, MODELS
from mmengine.utils import import_modules_from_strings

from ..losses.protocol import can_have_gradient_terms
from .depth_heads import LOSS_KEYS, DepthHead, find_depth_heads
from .hook_configs import hook_configs
from .recipes import RECOMMENDED, load_recipe
from .registered_class import bare_type, registered_class

STAND_IN = 'mmdepth_gradloss.config.mmcv_ops_stand_in'


def add_gradient_loss(cfg: Config, recipe: str = RECOMMENDED) -> list[str]:
    """Add gradient loss, hook and imports to a config, in place.

    The recipe's gradient term is added to the losses of each depth head, which
    do not change. An existing :class:`SSISilogLoss` is not given a second
    term; it takes the weights and the formula of the recipe's
    ``gradient_loss`` instead. Next to a loss on inverse depth up to scale and
    shift, the term uses the same alignment. An existing
    :class:`GradientLossHook` keeps its own schedule, if it has one. For
    mmsegmentation with mmcv-lite,
    :mod:`~mmdepth_gradloss.config.mmcv_ops_stand_in` is imported too.

    Args:
        cfg: Config of a run with a depth model.
        recipe: 'recommended', 'conservative', 'balanced' or 'edge_focused', as
            in ``configs/_base_/gradient_loss``.

    Returns:
        The changes, one line each.

    Raises:
        FileNotFoundError: If the package lacks its configs.
        TypeError: If ``cfg`` is not a Config, or a head's losses are not
            dicts.
        ValueError: If the recipe is unknown, the model has no known depth head
            (names the known ones), or a head already has a gradient term.
            After an error, the config is unchanged.

    Examples:
        >>> cfg = Config(dict(model=dict(decode_head=dict(
        ...     type='VPDDepthHead', loss_decode=dict(type='SiLogLoss')))))
        >>> changes = add_gradient_loss(cfg)
        >>> [loss.type for loss in cfg.model.decode_head.loss_decode]
        ['SiLogLoss', 'mmdepth_gradloss.MultiScaleGradientLoss']
    """
    if not isinstance(cfg, Config):
        raise TypeError('cfg must be a mmengine.config.Config, got '
                        f'{type(cfg).__name__}')
    fragment = load_recipe(recipe)
    model = copy.deepcopy(cfg.get('model'))
    heads = list(find_depth_heads(model))
    if not heads:
        kind = model.get('type') if isinstance(model, dict) else model
        raise ValueError(
            f'found no depth head in the model of {cfg.filename}, of type '
            f'{kind!r}; known: {sorted(LOSS_KEYS)}, and classes with an '
            "attribute prediction='depth' (of the class, not set in __init__) "
            "and an argument loss or loss_decode. Otherwise, add "
            "dict(type='mmdepth_gradloss.MultiScaleGradientLoss', "
            "preset='valid_mean', loss_weight=20.0) to your head's losses by "
            'hand, if they take depth in metres')
    for head in heads:
        _check_no_term(head, recipe)
    changes = [_add_to_head(head, fragment) for head in heads]
    imports, import_changes = _with_imports(cfg)
    # Nothing can fail from here on.
    hook_changes = _add_hook(cfg, fragment.gradient_hook)
    for key, value in dict(imports, model=model).items():
        cfg[key] = value
    return changes + hook_changes + import_changes


def has_gradient_term(cfg: Config) -> bool:
    """Whether a depth head of a config has a gradient term."""
    return any(
        _has_terms(_build(loss)) for head in find_depth_heads(cfg.get('model'))
        for loss in head.losses)


def _has_terms(loss: Any) -> bool:
    return can_have_gradient_terms(loss) and bool(loss.gradient_terms())


def _build(loss: dict) -> Any:
    """An instance of a loss, None if its class is not loaded."""
    kind = registered_class(loss, MODELS)
    return None if kind is None else MODELS.build(dict(loss, type=kind))


def _check_no_term(head: DepthHead, recipe: str) -> None:
    """Raise if a head already has a gradient term."""
    for i, config in enumerate(head.losses):
        loss = _build(config)
        if _has_terms(loss):
            entry = head.path_of_loss(i)
            advice = (f'set {entry}.gradient_weight=0 first, by --cfg-options '
                      'or in the config' if hasattr(loss, 'gradient_weight')
                      else f'remove {entry} from the config first')
            raise ValueError(
                f'{head.path} already has a gradient term, '
                f'{_listed(config)}; to replace it by the recipe '
                f'{recipe!r}, {advice}; to keep it and change its weight, '
                'change that in the config')


def _add_to_head(head: DepthHead, fragment: Config) -> str:
    path = f'{head.path}.{head.key}'
    losses = head.losses
    whole = MODELS.get(fragment.gradient_loss.type)
    for loss in losses:
        if issubclass(registered_class(loss, MODELS) or object, whole):
            change = {
                name: value for name, value in fragment.gradient_loss.items()
                if name.endswith('_weight') or name == 'gradient'
            }
            for name, value in change.items():
                loss[name] = value  # update() would merge the formulas
            loss.pop('gradient_scales', None)
            head.losses = losses
            return f'{path}: set {_listed(change)} of {bare_type(loss)}'
    term = dict(fragment.gradient_term)
    for loss in map(_build, losses):
        if getattr(loss, 'input_domain', None) == 'relative_inverse':
            term = dict(fragment.relative_gradient_term)
            term['alignment'] = getattr(loss, 'alignment', term['alignment'])
    head.losses = [*losses, term]
    beside = ' + '.join(map(bare_type, losses))
    return f'{path}: added {_listed(term)}' + (
        f' in addition to {beside}' if beside else '')


def _listed(options: dict) -> str:
    return ', '.join(f'{key}={value}' for key, value in options.items())


def _add_hook(cfg: Config, new: dict) -> list[str]:
    """Add a hook, or set the schedule of an existing one that has none."""
    kind = HOOKS.get(new['type'])
    for where, hook in hook_configs(cfg):
        if isinstance(hook, kind):  # built already
            return []
        if isinstance(hook, dict) and issubclass(
                registered_class(hook, HOOKS) or object, kind):
            if any(hook.get(way) is not None
                   for way in ('schedule', 'warmup', 'target_share')):
                return []
            added = {k: v for k, v in new.items() if k != 'type'}
            hook.update(added)
            return [f'{where}: set {_listed(added)}']
    # Among the default hooks, where inheriting configs add to it.
    hooks = cfg.get('default_hooks') or {}
    key, there = 'gradient_loss', hooks.get('gradient_loss') or {}
    if not isinstance(there, dict) or 'type' in there:
        key, there = 'mmdepth_gradloss', {}
    # an override may have set options before the hook existed
    new = {**new, **there}
    cfg['default_hooks'] = {**hooks, key: new}
    return [f'default_hooks.{key}: added {_listed(new)}']


def _with_imports(cfg: Config) -> tuple[dict, list[str]]:
    """Import what the config needs, here and for readers of its dump."""
    needed = ['mmdepth_gradloss']
    if cfg.get('default_scope') == 'mmseg':
        needed.insert(0, STAND_IN)
    imports = cfg.get('custom_imports') or {}
    names = imports.get('imports') or []
    names = [names] if isinstance(names, str) else list(names)
    new = [name for name in needed if name not in names]
    if not new:
        return {}, []
    import_modules_from_strings(new)
    return dict(custom_imports=dict(imports, imports=[*new, *names])), [
        f'custom_imports: added {", ".join(new)}'
    ]

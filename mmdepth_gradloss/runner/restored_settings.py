"""Settings that a resumed run restores from its checkpoint."""
from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from mmengine.config import Config

RESTORED = ('param_scheduler', 'auto_scale_lr', 'optim_wrapper')
# From the optimizer's wrapper MMEngine restores the optimizer with its
# parameter groups; clip_grad and the like come from the config.
RESTORED_OF_WRAPPER = {'optimizer', 'paramwise_cfg', 'constructor'}


def check_restored_settings(cfg: Config, saved: str | None, path: str) -> None:
    """Raise ValueError for changed settings that a resumed run would ignore.

    A checkpoint restores its optimizer's parameter groups, with learning rate,
    weight decay and so on, and its schedules. Other changes, such as more
    iterations, are applied. The error lists both values of each setting.

    ``saved`` is the text of the config in the checkpoint ``path``; if it is
    empty, nothing is checked.
    """
    if not saved:
        return
    before, now = (_restored(parse_config(text))
                   for text in (saved, cfg.pretty_text))
    changed = [key for key in {**before, **now}
               if before.get(key) != now.get(key)]
    if changed:
        lines = (f'\n  {key}: {_shown(before, key)} in the checkpoint, '
                 f'{_shown(now, key)} now' for key in changed)
        raise ValueError(
            f'--resume: {path} restores its own optimizer and schedule, so '
            'these settings would be ignored:' + ''.join(lines) +
            '\nKeep them unchanged; or start a new run from its weights: '
            f'without --resume, with --cfg-options load_from={path}')


def parse_config(text: str) -> Config:
    """Parse a config from its text without running it. The text is the one
    MMEngine stores in checkpoints: assignments of plain values, with classes
    as strings."""
    return Config({
        ast.unparse(statement.targets[0]): _value(statement.value)
        for statement in ast.parse(text).body
        if isinstance(statement, ast.Assign)
    })


def _value(node: ast.expr) -> Any:
    """Value of an expression, or its text if it is not a literal."""
    if isinstance(node, ast.Call) and ast.unparse(node.func) == 'dict':
        return {str(item.arg): _value(item.value) for item in node.keywords}
    if isinstance(node, ast.Dict):
        return {_key(key): _value(value)
                for key, value in zip(node.keys, node.values)}
    if isinstance(node, (ast.List, ast.Tuple)):
        return [_value(item) for item in node.elts]
    try:
        return ast.literal_eval(node)
    except ValueError:
        return ast.unparse(node)


def _key(node: ast.expr | None) -> Any:
    if isinstance(node, ast.Constant):
        return node.value
    return '**' if node is None else ast.unparse(node)


def _restored(cfg: Config) -> dict[str, Any]:
    return {
        '.'.join(keys): value
        for name in RESTORED for keys, value in _leaves(cfg.get(name), name)
        if name != 'optim_wrapper' or RESTORED_OF_WRAPPER & set(keys)
    }


def _leaves(node: Any, *keys: str) -> Iterator[tuple[tuple[str, ...], Any]]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield from _leaves(value, *keys, str(key))
    elif isinstance(node, list) and any(isinstance(x, dict) for x in node):
        for i, item in enumerate(node):
            yield from _leaves(item, *keys, str(i))
    elif node is not None:
        if keys[-1] in ('type', 'constructor'):
            node = str(node).split('.')[-1]  # with or without the module
        yield keys, node


def _shown(settings: dict[str, Any], key: str) -> str:
    return repr(settings[key]) if key in settings else 'not set'

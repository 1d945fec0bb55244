"""Checks for mistakes in a config that MMEngine would ignore silently."""
from __future__ import annotations

import difflib
import inspect
import re
from typing import Any

from mmengine.config import Config
from mmengine.runner import Runner

ENTRIES = frozenset(inspect.signature(Runner).parameters) - {'cfg'} | {
    'activation_checkpointing', 'auto_scale_lr', 'compile', 'custom_imports',
    'efficient_conv_bn_eval', 'find_unused_parameters', 'model_wrapper_cfg',
    'sync_bn'
}
"""Top-level entries of a config that a Runner reads: its arguments, and what
it looks up in the config itself."""

NEAR = 0.8
"""Similarity of two names above which one is considered a typo."""

WORKER_OPTIONS = {
    'persistent_workers': False,
    'prefetch_factor': None,
    'multiprocessing_context': None
}
"""Options of a data loader that need workers, with their 'off' value."""


def check_entries(cfg: Config) -> None:
    """Raise ValueError for a misspelt entry at the top level of a config.

    A config may define its own variables, with any name, and use them later. A
    name that is similar to an entry, but not used anywhere else in the
    config's files, is considered a typo.
    """
    for key in sorted(set(cfg) - ENTRIES):
        near = difflib.get_close_matches(key, ENTRIES, n=1, cutoff=NEAR)
        # In pure Python configs, imported names are next to the entries.
        if near and not callable(cfg[key]) and not _is_used(key, cfg.text):
            raise ValueError(
                f'{cfg.filename}: {key!r} is not an entry that a Runner '
                f'reads; did you mean {near[0]!r}? If it is a variable, '
                'rename it')


def _is_used(name: str, text: str) -> bool:
    """Whether the text of a config uses a name beyond its definition."""
    text = re.sub('#.*', '', text)
    mentioned = re.findall(rf'\b{re.escape(name)}\b', text)
    defined = re.findall(rf'^{re.escape(name)}\s*=', text, re.MULTILINE)
    return len(mentioned) > max(1, len(defined))


def check_override_keys(cfg: Config, overrides: dict[str, Any]) -> None:
    """Raise ValueError for an override that would silently have no effect.

    Below the top level, a misspelt key fails when its object is built. At the
    top level nothing would read it, nor a variable of the config, which was
    already used before overrides are merged. The error names similar keys.
    """
    loop = cfg.get('train_cfg') or {}
    counts = (('max_iters', 'iterations'), ('max_epochs', 'epochs'))
    for key in overrides:
        for (count, unit), (other, _) in (counts, counts[::-1]):
            if (key == f'train_cfg.{other}' and count in loop
                    and other not in loop):
                raise ValueError(f'--cfg-options {key}: {cfg.filename} counts '
                                 f'{unit}; use train_cfg.{count}')
        top = key.split('.')[0]
        if top not in ENTRIES:
            near = difflib.get_close_matches(top, ENTRIES) or sorted(ENTRIES)
            raise ValueError(f'--cfg-options {key}: {top!r} is not an entry '
                             'that a Runner reads; did you mean one of '
                             f'{", ".join(near)}?')


def check_epochs_end(cfg: Config) -> None:
    """Raise ValueError if an infinite sampler is used with epochs. MMEngine
    would train forever, without validation or checkpoints."""
    loop = cfg.get('train_cfg') or {}
    sampler = (cfg.get('train_dataloader') or {}).get('sampler', {})
    by_epoch = loop.get('by_epoch') or 'Epoch' in str(loop.get('type'))
    if by_epoch and 'InfiniteSampler' in str(sampler.get('type')):
        raise ValueError(
            f'{cfg.filename} counts epochs, but its InfiniteSampler never '
            "ends one; use train_dataloader.sampler.type='DefaultSampler', "
            'or count iterations')


def check_loaders(cfg: Config) -> None:
    """Raise ValueError for options that need workers without workers. PyTorch
    raises too, but names neither the loader nor the setting."""
    for name in ('train_dataloader', 'val_dataloader', 'test_dataloader'):
        loader = cfg.get(name) or {}
        if loader.get('num_workers', 0) > 0:
            continue
        for option, off in WORKER_OPTIONS.items():
            if loader.get(option, off) != off:
                raise ValueError(
                    f'{name}: {option}={loader[option]!r} needs workers, but '
                    f'num_workers is 0; set {name}.{option}={off}, or '
                    f'{name}.num_workers to 1 or more')

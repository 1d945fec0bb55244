"""Mistakes in a config that MMEngine would pass over in silence."""
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
"""What a Runner reads at the top level of a config: its own arguments, and
what it looks up in the config itself."""

NEAR = 0.8
"""Similarity of two names from which one is a slip of the other."""

WORKER_OPTIONS = {
    'persistent_workers': False,
    'prefetch_factor': None,
    'multiprocessing_context': None
}
"""Options of a data loader that need workers, and what turns each off."""


def check_entries(cfg: Config) -> None:
    """Refuse a misspelt entry at the top level of a config file.

    A config may define variables of its own, whatever their name, and use
    them further down. A name that is nearly an entry, and that the files of
    the config never mention again, is a slip.

    Raises:
        ValueError: If an entry is misspelt; names the nearest.
    """
    for key in sorted(set(cfg) - ENTRIES):
        near = difflib.get_close_matches(key, ENTRIES, n=1, cutoff=NEAR)
        # In pure Python configs, what they import stands beside the entries.
        if near and not callable(cfg[key]) and not _is_used(key, cfg.text):
            raise ValueError(
                f'{cfg.filename}: {key!r} is no entry that a Runner reads; '
                f'did you mean {near[0]!r}? If it is a variable of yours, '
                'name it otherwise')


def _is_used(name: str, text: str) -> bool:
    """Whether the text of a config does more with a name than to define it."""
    text = re.sub('#.*', '', text)
    mentioned = re.findall(rf'\b{re.escape(name)}\b', text)
    defined = re.findall(rf'^{re.escape(name)}\s*=', text, re.MULTILINE)
    return len(mentioned) > max(1, len(defined))


def check_override_keys(cfg: Config, overrides: dict[str, Any]) -> None:
    """Refuse an override, by its dotted key, that would silently do nothing.

    Below the top level a misspelt key fails when its object is built. At the
    top level nobody would ever read it; nor a variable of the config, which
    has already been used by the time that overrides are merged.

    Raises:
        ValueError: If no Runner reads the entry; names the nearest ones.
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
            raise ValueError(f'--cfg-options {key}: {top!r} is no entry that '
                             'a Runner reads; did you mean one of '
                             f'{", ".join(near)}?')


def check_epochs_end(cfg: Config) -> None:
    """Refuse to count epochs of an infinite sampler, with a ValueError.

    MMEngine would train for ever, without validation or checkpoint.
    """
    loop = cfg.get('train_cfg') or {}
    sampler = (cfg.get('train_dataloader') or {}).get('sampler', {})
    by_epoch = loop.get('by_epoch') or 'Epoch' in str(loop.get('type'))
    if by_epoch and 'InfiniteSampler' in str(sampler.get('type')):
        raise ValueError(
            f'{cfg.filename} counts epochs, and its InfiniteSampler never '
            "ends one; use train_dataloader.sampler.type='DefaultSampler', "
            'or count iterations')


def check_loaders(cfg: Config) -> None:
    """Refuse options about workers where there are none, with a ValueError.

    PyTorch refuses them too, but says neither which loader nor which setting.
    """
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

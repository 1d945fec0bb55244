from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from mmengine.config import Config
from mmengine.device import get_device
from mmengine.evaluator import Evaluator
from mmengine.logging import MMLogger
from mmengine.optim import build_optim_wrapper
from mmengine.registry import HOOKS, MODELS, VISUALIZERS, DefaultScope

from ..config.hook_configs import hook_configs
from ..losses.protocol import check_input_domains
from ..runner.config_checks import check_override_keys
from .variants import Variant


def check_variants(cfg: Config, variants: Sequence[Variant]) -> None:
    """Apply each variant to a config, and build model, optimizer, hooks and
    metrics. Nothing is trained or written, and no data set is built. A
    ValueError names the first variant that fails, and why."""
    for variant in variants:
        advice = '' if variant.recipe is None else (
            '. The unchanged config would be the baseline of the recipes: '
            'use one without a gradient term, or compare other variants '
            '(--grid, --search, or sweep.variants in the config)')
        try:
            check_override_keys(cfg, variant.overrides)
            changed = variant.apply(cfg)
            advice = ''
            _build(changed)
        except Exception as error:
            # str() of a KeyError adds quotes
            text = error.args[0] if isinstance(error, KeyError) else error
            raise ValueError(
                f'variant {variant.name!r}: {text}{advice}') from error


def _build(cfg: Config) -> None:
    """Build everything that a Runner builds before it reads data."""
    scope = cfg.get('default_scope', 'mmengine')
    with DefaultScope.overwrite_default_scope(scope), _only_warnings():
        model = MODELS.build(cfg.model).to(get_device())
        build_optim_wrapper(model, cfg.optim_wrapper)
        # Some hooks get the current visualizer when they are built. It has no
        # backends, which would write, and a unique name, because MMEngine
        # would reuse it in a run with the same name.
        visualizer = cfg.get('visualizer') or dict(type='Visualizer')
        VISUALIZERS.build(
            dict(visualizer, name=f'check_{time.time_ns()}',
                 vis_backends=None))
        for _, hook in hook_configs(cfg):
            if isinstance(hook, dict):
                # The Runner reads the priority, not the hook.
                HOOKS.build({k: v for k, v in hook.items()
                             if k != 'priority'})
        metrics = cfg.get('val_evaluator') or []
        if 'metrics' not in metrics:
            Evaluator(metrics)
    check_input_domains(model)


@contextmanager
def _only_warnings() -> Iterator[None]:
    """Suppress the optimizer's log, which each run writes again."""
    logger = MMLogger.get_current_instance()
    level = logger.level
    logger.setLevel('WARNING')
    try:
        yield
    finally:
        logger.setLevel(level)

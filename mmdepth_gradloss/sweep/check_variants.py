"""Find what would end a run at its start before a sweep's first run."""
from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from mmengine.config import Config
from mmengine.device import get_device
from mmengine.logging import MMLogger
from mmengine.optim import build_optim_wrapper
from mmengine.registry import HOOKS, MODELS, VISUALIZERS, DefaultScope

from ..config.hook_configs import hook_configs
from ..losses.protocol import check_input_domains
from ..runner.config_checks import check_override_keys
from .variants import Variant


def check_variants(cfg: Config, variants: Sequence[Variant]) -> None:
    """Apply each variant, and build its model, optimizer and hooks once.

    Nothing is trained or written, and no data set is built.

    Args:
        cfg (Config): What all variants share; stays as it is.
        variants (Sequence[Variant]): What to check.

    Raises:
        ValueError: Names the first variant that fails, and why.
    """
    for variant in variants:
        changed = _apply(cfg, variant)
        try:
            _build(changed)
        except Exception as error:
            raise ValueError(
                f'variant {variant.name!r}: {_text(error)}') from error


def _apply(cfg: Config, variant: Variant) -> Config:
    try:
        check_override_keys(cfg, variant.overrides)
        return variant.apply(cfg)
    except Exception as error:
        advice = '' if variant.recipe is None else (
            '. The config as it is would be the baseline of the recipes: '
            'take one without a gradient term, or compare other variants '
            '(--grid, --search, or sweep.variants in the config)')
        raise ValueError(f'variant {variant.name!r}: {_text(error)}{advice}'
                         ) from None


def _build(cfg: Config) -> None:
    """Build what a Runner builds from a config before it reads data."""
    scope = cfg.get('default_scope', 'mmengine')
    with DefaultScope.overwrite_default_scope(scope), _only_warnings():
        model = MODELS.build(cfg.model).to(get_device())
        build_optim_wrapper(model, cfg.optim_wrapper)
        _build_visualizer(cfg)
        for _, hook in hook_configs(cfg):
            if isinstance(hook, dict):
                # The Runner reads the priority, not the hook.
                HOOKS.build({k: v for k, v in hook.items()
                             if k != 'priority'})
    check_input_domains(model)


@contextmanager
def _only_warnings() -> Iterator[None]:
    """An optimizer may log hundreds of lines, which each run logs again."""
    logger = MMLogger.get_current_instance()
    level = logger.level
    logger.setLevel('WARNING')
    try:
        yield
    finally:
        logger.setLevel(level)


def _build_visualizer(cfg: Config) -> None:
    """Some hooks ask for the current one when they are built.

    It has no backends, which would write; and a name of its own, since
    MMEngine would give a run this one for its own of the same name.
    """
    visualizer = cfg.get('visualizer') or dict(type='Visualizer')
    name = f'check_{time.time_ns()}'
    VISUALIZERS.build(dict(visualizer, name=name, vis_backends=None))


def _text(error: Exception) -> str:
    """What an error says, without the quotes that a KeyError adds."""
    return str(error.args[0] if isinstance(error, KeyError) else error)

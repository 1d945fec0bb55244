from __future__ import annotations

from importlib.util import find_spec

from mmengine.config import Config

from ..config.registered_class import bare_type
from .process import print_once


def drop_missing_tensorboard(cfg: Config) -> None:
    """Remove TensorBoard from a run, with a message, if it is not installed.
    Everything that it shows is also in other files of the run, so training
    need not fail, as MMEngine's would."""
    visualizer = cfg.get('visualizer') or {}
    backends = visualizer.get('vis_backends') or []
    kept = [x for x in backends if bare_type(x) != 'TensorboardVisBackend']
    if len(kept) < len(backends) and find_spec('tensorboard') is None:
        visualizer['vis_backends'] = kept
        print_once(
            cfg, 'TensorBoard is not installed, so this run writes no events '
            'for it: pip install tensorboard')

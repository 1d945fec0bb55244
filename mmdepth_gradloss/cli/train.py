"""Train a depth model from a config.

    mmdepth-gradloss train unet-small_rooms-192x128_recommended
"""
from __future__ import annotations

import argparse
from collections.abc import Sequence

from mmengine.device import get_device
from mmengine.runner import Runner

from ..config import RECOMMENDED, add_gradient_loss
from ..losses.protocol import check_input_domains
from ..runner import (DepthRangeHook, ReplayDataHook, SharedImagesHook,
                      add_runner_arguments, check_checkpoint,
                      check_weights_fit, keep_warnings, last_checkpoint,
                      load_config, not_a_config, partial_load, prepare_resume,
                      print_once, print_run_summary, read_weights,
                      trust_checkpoints)


def parse_args(argv: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    add_runner_arguments(parser)
    parser.add_argument(
        '--resume', nargs='?', const='auto', type=not_a_config,
        metavar='CHECKPOINT', help='resume from the latest checkpoint in the '
        'work dir, or from CHECKPOINT')
    parser.add_argument(
        '--amp', action='store_true', help='automatic mixed precision')
    parser.add_argument(
        '--gradient-loss', nargs='?', const=RECOMMENDED, type=not_a_config,
        metavar='RECIPE', help='add the gradient loss and its hook of a '
        'recipe to a config without them: recommended (default), '
        'conservative, balanced or edge_focused')
    args = parser.parse_args(argv)
    if args.amp and get_device() == 'cpu':
        parser.error('--amp needs an accelerator; MMEngine has no mixed '
                     'precision on the CPU')
    return args


def main(argv: Sequence[str] | None = None) -> None:
    args = parse_args(argv)
    trust_checkpoints(args.trust_checkpoint)
    cfg = load_config(args)
    if args.gradient_loss is not None:
        for change in add_gradient_loss(cfg, args.gradient_loss):
            print_once(cfg, change)
    if args.amp:
        cfg.optim_wrapper.update(type='AmpOptimWrapper', loss_scale='dynamic')
    resume = prepare_resume(cfg, args.resume)
    if resume.finished:
        print_once(cfg, resume.finished)
        return
    if cfg.get('load_from'):
        check_checkpoint(cfg.load_from)
    runner = Runner.from_cfg(cfg)
    partial = None
    if cfg.get('resume'):
        path = str(cfg.load_from or last_checkpoint(cfg.work_dir))
        check_weights_fit(runner.model, path, read_weights(path, 'meta'))
    elif cfg.get('load_from'):
        partial = partial_load(runner.model, cfg.load_from)
    warnings = keep_warnings(runner.logger, resume.warning, partial)
    runner.register_hook(DepthRangeHook())
    runner.register_hook(ReplayDataHook())
    runner.register_hook(SharedImagesHook())
    check_input_domains(runner.model)
    runner.train()
    print_run_summary(runner, 'val', warnings=warnings, verbose=args.verbose)

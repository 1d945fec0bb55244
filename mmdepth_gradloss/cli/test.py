"""Evaluate a checkpoint of a depth model.

    mmdepth-gradloss test unet-small_rooms-192x128_recommended \
        work_dirs/unet-small_rooms-192x128_recommended/iter_400.pth
"""
from __future__ import annotations

import argparse
from collections.abc import Sequence

from mmengine.runner import Runner

from ..runner import (add_runner_arguments, check_checkpoint,
                      check_weights_fit, keep_warnings, load_config,
                      print_run_summary, read_weights, trust_checkpoints)


def parse_args(argv: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    add_runner_arguments(parser)
    parser.add_argument('checkpoint', help='checkpoint file')
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    args = parse_args(argv)
    trust_checkpoints(args.trust_checkpoint)
    cfg = load_config(args)
    check_checkpoint(args.checkpoint)
    cfg.load_from = args.checkpoint
    cfg.resume = False
    runner = Runner.from_cfg(cfg)
    if '://' not in args.checkpoint:
        check_weights_fit(runner.model, args.checkpoint,
                          read_weights(args.checkpoint, 'meta'))
    warnings = keep_warnings(runner.logger)
    runner.test()
    print_run_summary(runner, 'test', args.checkpoint, warnings, args.verbose)

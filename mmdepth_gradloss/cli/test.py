"""Evaluate a checkpoint of a depth model.

    python tools/test.py \
        configs/unet/unet-small_rooms-192x128_recommended.py \
        work_dirs/unet-small_rooms-192x128_recommended/iter_400.pth
"""
from __future__ import annotations

import argparse

from mmengine.runner import Runner

from mmdepth_gradloss.runner import (add_runner_arguments, check_checkpoint,
                                     check_weights_fit, keep_warnings,
                                     load_config, print_run_summary)


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    add_runner_arguments(parser)
    parser.add_argument('checkpoint', help='checkpoint file')
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    cfg = load_config(args)
    check_checkpoint(args.checkpoint)
    cfg.load_from = args.checkpoint
    cfg.resume = False
    runner = Runner.from_cfg(cfg)
    check_weights_fit(runner.model, args.checkpoint)
    warnings = keep_warnings(runner.logger)
    runner.test()
    print_run_summary(runner, 'test', args.checkpoint, warnings, args.verbose)


if __name__ == '__main__':
    main()

"""Evaluate a checkpoint of a depth model.

    python tools/test.py configs/default/balanced.py \
        work_dirs/balanced/iter_400.pth
"""
from __future__ import annotations

import argparse

from mmengine.runner import Runner

from mmdepth_gradloss.runner.cli import add_runner_arguments, load_config
from mmdepth_gradloss.runner.summary import print_run_summary


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    add_runner_arguments(parser)
    parser.add_argument('checkpoint', help='checkpoint file')
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    cfg = load_config(args)
    cfg.load_from = args.checkpoint
    runner = Runner.from_cfg(cfg)
    runner.test()
    print_run_summary(runner, 'test', args.checkpoint)


if __name__ == '__main__':
    main()

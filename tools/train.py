"""Train a depth model from a config.

    python tools/train.py configs/default/balanced.py
"""
from __future__ import annotations

import argparse

from mmengine.device import get_device
from mmengine.runner import Runner

from mmdepth_gradloss import add_gradient_loss
from mmdepth_gradloss.runner.cli import add_runner_arguments, load_config
from mmdepth_gradloss.runner.summary import print_run_summary


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    add_runner_arguments(parser)
    parser.add_argument(
        '--resume',
        nargs='?',
        const='auto',
        metavar='CHECKPOINT',
        help='go on from the newest checkpoint of the work dir, or from the '
        'one named')
    parser.add_argument(
        '--amp', action='store_true', help='automatic mixed precision')
    parser.add_argument(
        '--gradient-loss',
        metavar='PRESET',
        help='add the gradient loss and its hook to a config without them: '
        'recommended, conservative, balanced or edge_focused')
    args = parser.parse_args()
    if args.amp and get_device() == 'cpu':
        parser.error('--amp needs an accelerator; MMEngine has no mixed '
                     'precision on the CPU')
    return args


def main() -> None:
    args = parse_args()
    cfg = load_config(args)
    if args.gradient_loss:
        for change in add_gradient_loss(cfg, args.gradient_loss):
            print(change)
    if args.amp:
        cfg.optim_wrapper.update(type='AmpOptimWrapper', loss_scale='dynamic')
    if args.resume:
        cfg.resume = True
        cfg.load_from = None if args.resume == 'auto' else args.resume
    runner = Runner.from_cfg(cfg)
    runner.train()
    print_run_summary(runner, 'val')


if __name__ == '__main__':
    main()

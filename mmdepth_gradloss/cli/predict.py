r"""Predict depth maps of images.

    mmdepth-gradloss predict unet-small_rooms-192x128_recommended \
        work_dirs/unet-small_rooms-192x128_recommended/iter_400.pth \
        photos --out-dir predictions

Writes depth files to DIR/depth and coloured pictures to DIR/vis. A PNG file
holds millimetres as 16-bit numbers.
"""
from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..inference import DepthInferencer
from ..inference.depth_prediction import Quantity
from ..inference.depth_writer import FORMATS, PICTURES
from ..runner import (add_config_arguments, add_trust_argument,
                      check_checkpoint, read_config, trust_checkpoints)

PRETRAINED = 'pretrained'
"""Selects the weights named in the config."""


def parse_args(argv: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    add_config_arguments(parser)
    add_trust_argument(parser)
    parser.add_argument(
        'checkpoint', help=f"checkpoint file, or '{PRETRAINED}' for the "
        'weights named in the config, such as those of Hugging Face')
    parser.add_argument('inputs', nargs='+', metavar='input', help='image, or '
                        'folder of images (with its sub-folders)')
    parser.add_argument(
        '--out-dir', required=True, metavar='DIR', help='output folder')
    parser.add_argument(
        '--batch-size', type=int, default=1, metavar='N',
        help='batch size (default: 1)')
    parser.add_argument('--device', help='such as cuda:0 or cpu (default: an '
                        'accelerator if available)')
    parser.add_argument(
        '--format', choices=sorted(FORMATS), help='format of the depth files: '
        '16-bit PNG, or npz with float32 (default: png; npz for networks that '
        'predict relative depth)')
    parser.add_argument(
        '--depth-scale', type=float, metavar='SCALE', help='stored value of '
        'one metre in a PNG file, which holds up to 65535 / SCALE metres '
        '(default: 1000, millimetres)')
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int | None:
    """Predict, and print where the files are; returns 1 if an image cannot be
    read."""
    args = parse_args(argv)
    trust_checkpoints(args.trust_checkpoint)
    weights = None if args.checkpoint == PRETRAINED else args.checkpoint
    if weights is not None:
        check_checkpoint(weights)
    cfg = read_config(args.config, args.cfg_options)
    inferencer = DepthInferencer(cfg, weights, args.device)
    start = time.perf_counter()
    results = inferencer(
        args.inputs, batch_size=args.batch_size, out_dir=args.out_dir,
        depth_format=args.format, depth_scale=args.depth_scale)
    seconds = time.perf_counter() - start
    _print_summary(results, inferencer.quantity, Path(args.out_dir), seconds)
    return 1 if results['unreadable'] else None


def _print_summary(results: dict[str, Any], quantity: Quantity, out_dir: Path,
                   seconds: float) -> None:
    predictions, unreadable = results['predictions'], results['unreadable']
    number = len(predictions) + len(unreadable)
    lines = [('images', f'{len(predictions)} of {number} predicted, '
              f'{seconds / number:.2f} s each')]
    if predictions:
        folder = f'{out_dir / quantity.name} ({results["contents"]})'
        lines += [('depth files', folder),
                  ('pictures', f'{out_dir / PICTURES}')]
    ranges = [x['range'] for x in predictions if x['range']]
    if ranges:
        low, high = min(x[0] for x in ranges), max(x[1] for x in ranges)
        lines.append(('range', f'{low:.2f} to {high:.2f}{quantity.unit} '
                      f'({quantity.title})'))
    lines += [('warning', x) for x in results['warnings']]
    lines += [('unreadable', x) for x in unreadable]
    for what, text in lines:
        print(f'{what:<12} {text}')

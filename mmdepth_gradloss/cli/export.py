"""Export a trained depth model in Hugging Face format.

    mmdepth-gradloss export CONFIG work_dirs/NAME/iter_10000.pth FOLDER

Load the folder with transformers' AutoModelForDepthEstimation and
AutoImageProcessor, or with pretrained='FOLDER' of HFDepthEstimator.
"""
from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

from mmengine.registry import MODELS
from mmengine.runner import load_checkpoint

from ..models import HFDepthEstimator
from ..runner import (add_config_arguments, add_trust_argument, read_config,
                      trust_checkpoints)


def parse_args(argv: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    add_config_arguments(parser)
    add_trust_argument(parser)
    parser.add_argument('checkpoint', help='checkpoint file')
    parser.add_argument(
        'folder', type=Path, help='output folder; must not exist or be empty')
    args = parser.parse_args(argv)
    if args.folder.exists() and (not args.folder.is_dir()
                                 or any(args.folder.iterdir())):
        parser.error(f'{args.folder} exists and is not an empty folder')
    return args


def main(argv: Sequence[str] | None = None) -> None:
    args = parse_args(argv)
    trust_checkpoints(args.trust_checkpoint)
    cfg = read_config(args.config, args.cfg_options)
    model = MODELS.build(cfg.model)
    if not isinstance(model, HFDepthEstimator):
        raise SystemExit(f'the model of {args.config} is of type '
                         f'{type(model).__name__}, not HFDepthEstimator')
    load_checkpoint(model, args.checkpoint, map_location='cpu', strict=True)
    export(model, args.folder)
    print(f'model        {args.folder}')


def export(model: HFDepthEstimator, folder: Path) -> None:
    """Write atomically: to a temporary folder first, then rename it."""
    folder = folder.resolve()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(
            prefix=f'.{folder.name}.', dir=folder.parent) as temporary:
        written = Path(temporary) / folder.name
        model.save_pretrained(written)
        if folder.exists():
            folder.rmdir()
        written.rename(folder)

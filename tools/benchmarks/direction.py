"""Whether each gradient loss points a blurred depth map to the sharp one.

    python tools/benchmark.py direction

Rendered rooms, whose depth is known everywhere, are blurred (3 pixels, in log
depth) and made wrong by smooth noise, as a network's output is. Each loss sees
the ground truth through a mask; the columns are the cosine between its descent
direction in log depth and the wanted one, sharp minus blurred, at most
4 pixels from an edge (neighbours of which one is 5 % deeper). 1 would be an
update that sharpens all edges in proportion. Means over images and masks:

random           5 % of the pixels
lines            every eighth row, 60 % of its pixels
dense            all pixels

After the formulas come variants of `valid_mean`, one choice changed in each.
An l2 penalty, as `valid_mean` has it, is favoured here: its gradient grows
with the error, as the wanted direction does. Nothing is said of outliers,
which it follows.
"""
from __future__ import annotations

import argparse
from dataclasses import replace
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from mmdepth_gradloss.datasets import SyntheticDepthDataset
from mmdepth_gradloss.functional import GradientFormula
from mmdepth_gradloss.functional.formula_loss import formula_loss
from mmdepth_gradloss.functional.presets import PRESETS

from .report import Column, Row, positive, report

BLUR = 3.0  # pixels
NOISE = 0.1  # of log depth
EDGE = 0.05  # of log depth, between neighbours
REACH = 4  # pixels around an edge

VARIANTS: list[dict[str, Any]] = [
    *(dict(scales=scales) for scales in (1, 2, 3, 5, 6)),
    *(dict(operator=operator)
      for operator in ('forward', 'sobel', 'scharr', 'laplace')),
    *(dict(pyramid=pyramid) for pyramid in ('gaussian', 'stride', 'nearest')),
    *(dict(domain=domain) for domain in ('linear', 'inverse')),
    *(dict(penalty=penalty) for penalty in ('l1', 'charbonnier')),
]
MASKS = ('random', 'lines', 'dense')
COLUMNS = [Column('loss', 'loss'), *(Column(m, m, '.3f') for m in MASKS)]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        '--images',
        type=positive,
        default=24,
        help='rooms to render (default: %(default)s)')
    parser.add_argument(
        '--masks',
        type=positive,
        default=4,
        help='of each kind for each room (default: %(default)s)')


def run(args: argparse.Namespace) -> None:
    """Evaluate all formulas on all masks and report."""
    target = rendered_depth(args.images).to(args.device)
    pred = blurred(target)
    wanted = (target.log() - blurred(target, noise=0).log()) * near_edges(
        target)
    rows: list[Row] = []
    for name, formula in formulas().items():
        row: Row = dict(loss=name)
        for kind in MASKS:
            # all dense masks are one
            seeds = range(1 if kind == 'dense' else args.masks)
            row[kind] = sum(
                cosine(formula, pred, target, draw_mask(kind, target, seed),
                       wanted) for seed in seeds) / len(seeds)
        rows.append(row)
    report(args, dict(images=args.images, masks=args.masks), COLUMNS, rows)


def formulas() -> dict[str, GradientFormula]:
    """The presets, and the variants of `valid_mean`."""
    variants = {
        'valid_mean, ' + ', '.join(f'{k}={v}' for k, v in options.items()):
        replace(PRESETS['valid_mean'], **options)
        for options in VARIANTS
    }
    return {**PRESETS, **variants}


def rendered_depth(num_images: int) -> Tensor:
    """Depth of rooms, (N, 1, H, W) in metres."""
    dataset = SyntheticDepthDataset(length=num_images)
    return torch.stack([
        torch.from_numpy(dataset[i]['gt_depth_map'])[None]
        for i in range(num_images)
    ])


def blurred(depth: Tensor, noise: float = NOISE) -> Tensor:
    """Blur in log depth, and add smooth noise; always the same."""
    reach = round(3 * BLUR)
    taps = torch.exp(-torch.arange(-reach, reach + 1).square() / (2 * BLUR**2))
    taps = (taps / taps.sum()).to(depth)
    log_depth = F.pad(depth.log(), (reach, ) * 4, mode='replicate')
    log_depth = F.conv2d(log_depth, taps.view(1, 1, 1, -1))
    log_depth = F.conv2d(log_depth, taps.view(1, 1, -1, 1))
    generator = torch.Generator().manual_seed(0)
    grid = torch.randn(len(depth), 1, 4, 6, generator=generator).to(depth)
    return (log_depth + noise * F.interpolate(
        grid, depth.shape[-2:], mode='bicubic', align_corners=False)).exp()


def near_edges(depth: Tensor) -> Tensor:
    """Pixels at most ``REACH`` from an edge, 1 or 0, (N, 1, H, W)."""
    log_depth = depth.log()
    edges = torch.zeros_like(depth)
    for axis in (-1, -2):
        steep = log_depth.diff(dim=axis).abs() > EDGE
        size = steep.shape[axis]
        for start in (0, 1):  # both ends of the pair
            edges.narrow(axis, start, size)[steep] = 1
    return F.max_pool2d(edges, 2 * REACH + 1, stride=1, padding=REACH)


def draw_mask(kind: str, depth: Tensor, seed: int) -> Tensor:
    """Valid pixels, bool, of the shape of ``depth``."""
    if kind == 'dense':
        return torch.ones_like(depth, dtype=torch.bool)
    generator = torch.Generator().manual_seed(seed)
    noise = torch.rand(depth.shape, generator=generator).to(depth.device)
    if kind == 'random':
        return noise < 0.05
    rows = torch.arange(depth.shape[-2], device=depth.device)
    first = torch.randint(8, (len(depth), 1, 1, 1), generator=generator)
    return (rows[:, None] % 8 == first.to(depth.device)) & (noise < 0.6)


def cosine(formula: GradientFormula, pred: Tensor, target: Tensor,
           valid: Tensor, wanted: Tensor) -> float:
    """Between descent and wanted direction, mean over images."""
    log_pred = pred.log().requires_grad_()
    loss = formula_loss(log_pred.exp(), target, valid, formula)
    descent = -torch.autograd.grad(loss, log_pred)[0] * (wanted != 0)
    return torch.cosine_similarity(
        descent.flatten(1), wanted.flatten(1), eps=0).nanmean().item()

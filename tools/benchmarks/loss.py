"""Cost of the gradient losses, side by side with those of other projects.

    python tools/benchmark.py loss
    python tools/benchmark.py loss --size 2 480 640 --density 0.05 --rounds 5

Every candidate gets the same maps and the same mask, and runs once in each
round. The other projects' losses are written out literally in
peer_losses.py. The columns:

ms               forward and backward, median of the rounds
x MiDaS          that time as a multiple of literal MiDaS' ...
x PackNet        ... and of literal PackNet's / ResNet-SAN's
kept B/px        what autograd keeps for the backward pass beside the inputs
peak B/px        most memory that one forward and backward takes, the
                 gradient of 4 B/px included
kernels          CUDA kernel launches; on the CPU operators that compute
syncs            times that Python waits for the GPU; on the CPU those that
                 would make it wait for one
x floor          only on a GPU: time as a multiple of what it takes to read
                 both maps and the mask and to write the gradient at the
                 speed of a copy
"""
from __future__ import annotations

import argparse
import importlib.util
from statistics import median
from typing import NamedTuple

import torch
from torch import Tensor

from mmdepth_gradloss.functional.presets import PRESETS
from mmdepth_gradloss.losses import MultiScaleGradientLoss

from .measure import copy_bandwidth, footprint, interleaved_times, saved_bytes
from .peer_losses import PEERS, Loss
from .random_maps import random_depth_maps
from .report import Column, Row, positive, report

# Two float32 maps and a mask to read, a float32 gradient to write.
FLOOR_BYTES_PER_PIXEL = 4 + 4 + 1 + 4

COLUMNS = [
    Column('loss', 'loss'),
    Column('ms', 'ms', '.2f'),
    Column('times_midas', 'x MiDaS', '.2f'),
    Column('times_packnet', 'x PackNet', '.3f'),
    Column('kept_bytes_per_pixel', 'kept B/px', '.1f'),
    Column('peak_bytes_per_pixel', 'peak B/px', '.1f'),
    Column('kernels', 'kernels', 'd'),
    Column('host_syncs', 'syncs', 'd'),
]
FLOOR_COLUMN = Column('times_floor', 'x floor', '.1f')


class Candidate(NamedTuple):
    """A loss on the inputs that it is measured with."""

    loss: Loss
    pred: Tensor
    target: Tensor
    mask: Tensor

    def forward(self) -> Tensor:
        return self.loss(self.pred, self.target, self.mask)

    def run(self) -> None:
        self.forward().backward()

    def reset(self) -> None:
        """Drop what the last run left: no sum of gradients, no old tensors
        that are freed while memory is counted."""
        self.pred.grad = None
        if isinstance(self.loss, MultiScaleGradientLoss):
            self.loss.components = {}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        '--size',
        type=positive,
        nargs=3,
        default=(8, 480, 640),
        metavar=('N', 'H', 'W'))
    parser.add_argument(
        '--density',
        type=_share,
        default=0.9,
        help='share of valid pixels (default: %(default)s)')
    parser.add_argument(
        '--rounds',
        type=positive,
        default=10,
        help='how often each is timed (default: %(default)s)')
    parser.add_argument(
        '--presets',
        nargs='+',
        choices=list(PRESETS),
        default=list(PRESETS),
        metavar='PRESET',
        help='of our losses; known: ' + ', '.join(PRESETS))


def run(args: argparse.Namespace) -> None:
    """Measure all candidates and report."""
    maps = random_depth_maps(args.size, args.density, args.device)
    candidates = make_candidates(args.presets, *maps)
    times = interleaved_times(
        {name: candidate.run
         for name, candidate in candidates.items()}, args.rounds, args.device,
        lambda: [candidate.reset() for candidate in candidates.values()])
    rows = [
        _row(name, candidate, times, args.device)
        for name, candidate in candidates.items()
    ]
    columns = list(COLUMNS)
    if args.device.type == 'cuda':
        _add_floor(rows, maps[0].numel(), copy_bandwidth(args.device))
        columns.append(FLOOR_COLUMN)
    num_images, height, width = args.size
    settings = {
        'size': f'{num_images}x1x{height}x{width} float32',
        'valid': f'{100 * args.density:g} %',
        'rounds': args.rounds
    }
    report(args, settings, columns, rows)


def make_candidates(presets: list[str], pred: Tensor, target: Tensor,
                    mask: Tensor) -> dict[str, Candidate]:
    """Our losses and those of other projects, by name."""
    depth = (pred.requires_grad_(), target, mask)
    inverse = ((1 / pred.detach()).requires_grad_(), 1 / target, mask)
    ours: dict[str, Loss] = {
        f'ours: {preset}': MultiScaleGradientLoss(preset=preset)
        for preset in presets
    }
    if 'packnet_san' in presets:
        ours['ours: packnet_san, fused=False'] = MultiScaleGradientLoss(
            preset='packnet_san', fused=False)
    candidates = {
        name: Candidate(loss, *depth)
        for name, loss in ours.items()
    }
    for name, peer in PEERS.items():
        if name == 'kornia' and importlib.util.find_spec('kornia') is None:
            print('kornia is left out: it is not installed; '
                  'pip install kornia')
            continue
        candidates[name] = Candidate(
            peer.loss, *(inverse if peer.takes_inverse else depth))
    return candidates


def _row(name: str, candidate: Candidate, times: dict[str, list[float]],
         device: torch.device) -> Row:
    medians = {key: median(seconds) for key, seconds in times.items()}
    candidate.reset()
    kept = saved_bytes(candidate.forward, candidate[1:])
    memory = footprint(candidate.run, device, candidate.reset)
    pixels = candidate.pred.numel()
    return dict(
        loss=name,
        ms=1e3 * medians[name],
        times_midas=medians[name] / medians['MiDaS'],
        times_packnet=medians[name] / medians['PackNet/ResNet-SAN'],
        kept_bytes_per_pixel=kept / pixels,
        peak_bytes_per_pixel=memory.peak_bytes / pixels,
        kernels=memory.kernels,
        host_syncs=memory.host_syncs,
        seconds=times[name])


def _add_floor(rows: list[Row], pixels: int, bandwidth: float) -> None:
    floor = FLOOR_BYTES_PER_PIXEL * pixels / bandwidth
    for row in rows:
        row['times_floor'] = 1e-3 * row['ms'] / floor


def _share(text: str) -> float:
    value = float(text)
    if not 0 < value <= 1:
        raise argparse.ArgumentTypeError(f'must be in (0, 1], got {value}')
    return value

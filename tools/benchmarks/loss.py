"""Cost of the gradient losses, side by side with those of other projects.

    python tools/benchmark.py loss
    python tools/benchmark.py loss --size 2 480 640 --density 0.05 --rounds 5

Every candidate gets the same maps and the same mask, and runs once in each
round. The other projects' losses are reimplemented literally in
peer_losses.py. The columns:

ms               forward and backward, median of the rounds
x MiDaS          that time as a multiple of literal MiDaS' ...
x PackNet        ... and of literal PackNet's / ResNet-SAN's
kept B/px        what autograd keeps for the backward pass besides the inputs
peak B/px        peak memory of one forward and backward pass, including the
                 gradient of 4 B/px
launches         kernels, and
moved B/px       bytes read and written, as counted from the operators that
                 compute on a batch as a whole, on any machine
% of copy        those bytes in that time, by what a copy moves
syncs            synchronisations of Python with the GPU; on the CPU those
                 that a GPU would need
kernels          only on a GPU: number of kernel launches, and
GPU ms           the time spent in kernels. The rest of "ms" is Python, which
                 is hidden in training as long as the GPU is busy

The last row is the lower bound: the time to read both maps and the mask and to
write the gradient at the speed of a copy.
"""
from __future__ import annotations

import argparse
import importlib.util
from statistics import median
from typing import NamedTuple

import torch
from torch import Tensor

from mmdepth_gradloss.functional.alignment import ALIGNMENTS
from mmdepth_gradloss.functional.presets import PRESETS
from mmdepth_gradloss.losses import MultiScaleGradientLoss
from mmdepth_gradloss.runner import positive

from .measure import (copy_bandwidth, count_traffic, footprint,
                      interleaved_times, saved_bytes)
from .peer_losses import PEERS, Loss
from .random_maps import random_depth_maps
from .report import Column, Row, report

# Two float32 maps and a mask to read, a float32 gradient to write.
FLOOR_BYTES_PER_PIXEL = 4 + 4 + 1 + 4

COLUMNS = [
    Column('loss', 'loss'),
    Column('ms', 'ms', '.2f'),
    Column('times_midas', 'x MiDaS', '.2f'),
    Column('times_packnet', 'x PackNet', '.3f'),
    Column('kept_bytes_per_pixel', 'kept B/px', '.1f'),
    Column('peak_bytes_per_pixel', 'peak B/px', '.1f'),
    Column('launches', 'launches', 'd'),
    Column('moved_bytes_per_pixel', 'moved B/px', '.1f'),
    Column('percent_of_copy', '% of copy', '.0f'),
    Column('host_syncs', 'syncs', 'd'),
]
GPU_COLUMNS = [
    Column('kernels', 'kernels', 'd'),
    Column('busy_ms', 'GPU ms', '.3f'),
]

ALIGNED = dict(preset='valid_mean', domain='linear')
"""Cheapest of all to align, so that the alignment shows."""


class Candidate(NamedTuple):
    """A loss with its inputs. Operators and allocations of a compiled one
    belong to the compiler, and cannot be counted; one that does not run here
    can only be counted."""
    loss: Loss
    pred: Tensor
    target: Tensor
    mask: Tensor
    is_compiled: bool = False
    runs: bool = True

    def forward(self) -> Tensor:
        return self.loss(self.pred, self.target, self.mask)

    def run(self) -> None:
        self.forward().backward()

    def reset(self) -> None:
        """Drop the gradients of the last run, so that no old tensors are freed
        while memory is counted."""
        self.pred.grad = None
        if isinstance(self.loss, MultiScaleGradientLoss):
            self.loss.components = {}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument('--size', type=positive, nargs=3,
                        default=(8, 480, 640), metavar=('N', 'H', 'W'))
    parser.add_argument('--density', type=_share, default=0.9,
                        help='share of valid pixels (default: %(default)s)')
    parser.add_argument('--rounds', type=positive, default=10,
                        help='how often each is timed (default: %(default)s)')
    parser.add_argument('--presets', nargs='+', choices=list(PRESETS),
                        default=list(PRESETS), metavar='PRESET',
                        help='of our losses; known: ' + ', '.join(PRESETS))
    parser.add_argument(
        '--compiled', action='store_true',
        help='also compile with torch.compile, which takes a minute')


def run(args: argparse.Namespace) -> None:
    """Measure all candidates and report."""
    maps = random_depth_maps(args.size, args.density, args.device)
    candidates = make_candidates(args.presets, *maps, args.compiled)
    times = interleaved_times(
        {name: x.run for name, x in candidates.items() if x.runs}, args.rounds,
        args.device, lambda: [x.reset() for x in candidates.values()])
    bandwidth = copy_bandwidth(args.device)
    rows = [
        _row(name, candidate, times, args.device, bandwidth)
        for name, candidate in candidates.items()
    ]
    floor = FLOOR_BYTES_PER_PIXEL * maps[0].numel() / bandwidth
    rows.append(
        dict(loss='floor, at the speed of a copy',
             moved_bytes_per_pixel=FLOOR_BYTES_PER_PIXEL,
             percent_of_copy=100.0, **_speed([floor], times)))
    columns = COLUMNS + (GPU_COLUMNS if args.device.type == 'cuda' else [])
    num_images, height, width = args.size
    settings = {
        'size': f'{num_images}x1x{height}x{width} float32',
        'valid': f'{100 * args.density:g} %', 'rounds': args.rounds
    }
    report(args, settings, columns, rows)


def make_candidates(presets: list[str], pred: Tensor, target: Tensor,
                    mask: Tensor,
                    compiled: bool = False) -> dict[str, Candidate]:
    """Our losses and those of other projects, by name, on maps in metres."""
    depth = (pred.requires_grad_(), target, mask)
    inverse = ((1 / pred.detach()).requires_grad_(), 1 / target, mask)
    candidates = {
        name: Candidate(loss, *depth)
        for name, loss in _our_losses(presets).items()
    }
    if importlib.util.find_spec('triton') is not None:
        for preset in presets:
            candidates[f'ours: {preset}, triton'] = Candidate(
                MultiScaleGradientLoss(preset=preset, backend='triton'),
                *depth, runs=pred.is_cuda)
    for name, peer in PEERS.items():
        if name == 'kornia' and importlib.util.find_spec('kornia') is None:
            print('kornia is left out: it is not installed; '
                  'pip install kornia')
            continue
        candidates[name] = Candidate(
            peer.loss, *(inverse if peer.takes_inverse else depth))
    if compiled:
        kind = ', triton' if pred.is_cuda else ''
        ours = [f'ours: {preset}{kind}' for preset in presets]
        for name in filter(candidates.get, ours + ['MiDaS']):
            candidates[f'{name}, compiled'] = candidates[name]._replace(
                loss=torch.compile(candidates[name].loss), is_compiled=True)
    return candidates


def _our_losses(presets: list[str]) -> dict[str, Loss]:
    losses: dict[str, Loss] = {
        f'ours: {preset}': MultiScaleGradientLoss(preset=preset,
                                                  backend='torch')
        for preset in presets
    }
    if 'packnet_san' in presets:
        losses['ours: packnet_san, fused=False'] = MultiScaleGradientLoss(
            preset='packnet_san', fused=False)
    if 'valid_mean' in presets:
        for alignment in (None, *ALIGNMENTS):
            name = f'ours: valid_mean, linear, alignment={alignment}'
            losses[name] = MultiScaleGradientLoss(**ALIGNED,
                                                  alignment=alignment)
    return losses


def _row(name: str, candidate: Candidate, times: dict[str, list[float]],
         device: torch.device, bandwidth: float) -> Row:
    pixels = candidate.pred.numel()
    row: Row = dict(loss=name)
    if candidate.runs:
        candidate.reset()
        kept = saved_bytes(candidate.forward, candidate[1:4])
        memory = footprint(candidate.run, device, candidate.reset)
        row.update(
            _speed(times[name], times), kept_bytes_per_pixel=kept / pixels,
            peak_bytes_per_pixel=memory.peak_bytes / pixels,
            kernels=memory.kernels, host_syncs=memory.host_syncs,
            busy_ms=memory.busy_seconds and 1e3 * memory.busy_seconds)
    if not candidate.is_compiled:
        candidate.reset()
        traffic = count_traffic(candidate.run)
        row.update(launches=traffic.launches,
                   moved_bytes_per_pixel=traffic.bytes / pixels)
        if candidate.runs:
            row['percent_of_copy'] = (100 * traffic.bytes / bandwidth /
                                      median(times[name]))
    return row


def _speed(seconds: list[float], times: dict[str, list[float]]) -> Row:
    """Timings of a candidate, alone and relative to two well-known losses."""
    return dict(
        ms=1e3 * median(seconds),
        times_midas=median(seconds) / median(times['MiDaS']),
        times_packnet=median(seconds) / median(times['PackNet/ResNet-SAN']),
        seconds=seconds)


def _share(text: str) -> float:
    value = float(text)
    if not 0 < value <= 1:
        raise argparse.ArgumentTypeError(f'must be in (0, 1], got {value}')
    return value

"""What the gradient loss adds to a whole training step.

    python tools/benchmark.py step
    python tools/benchmark.py step --model large --device cuda

A step is forward pass, losses, backward pass and optimizer, as a Runner
does them, on random images and depth maps. Two models take turns, one with
the recommended gradient term and one with gradient_weight=0. The default
model is that of the config, with its batch size and image size. The large one
is of the same family and as large as a ResNet-50: 24 million parameters, 19
GMAC for an image of 240x320 with its decoder.

The table gives the cost of the gradient term in two ways, each also in
percent of the step without it:

added            median step with the term less median step without. All that
                 belongs to it is in there, but also the noise of two large
                 numbers of which it is the small difference.
term alone       forward and backward of the gradient term by itself on the
                 model's own output, in the same rounds. The more exact of
                 the two: believe it where they differ.
"""
from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from statistics import median

import torch
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper
from mmengine.registry import MODELS
from mmengine.structures import BaseDataElement, PixelData
from torch import Tensor

from mmdepth_gradloss.models.mono_depth_estimator import stack_depth_maps

from .measure import interleaved_times
from .random_maps import random_depth_maps
from .report import Column, Row, positive, report

CONFIG = (
    Path(__file__).parents[2] / 'configs' / 'unet' /
    'unet-small_rooms-192x128_recommended.py')
DENSITY = 0.9

LARGE_CHANNELS = [16, 64, 128, 192, 256, 512]
LARGE_BLOCKS = [2, 3, 4, 4, 3]
LARGE_SIZE = {'cpu': (4, 240, 320), 'cuda': (8, 480, 640)}

COLUMNS = [
    Column('model', 'model'),
    Column('parameters', 'parameters', ',d'),
    Column('input', 'input'),
    Column('with_ms', 'step ms', '.1f'),
    Column('without_ms', 'without ms', '.1f'),
    Column('added_ms', 'added ms', '+.2f'),
    Column('added_percent', 'added %', '+.2f'),
    Column('term_ms', 'term alone ms', '.2f'),
    Column('term_percent', 'term alone %', '.2f'),
]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        '--model', choices=['default', 'large', 'both'], default='both')
    parser.add_argument(
        '--rounds',
        type=positive,
        default=10,
        help='how often each step is timed (default: %(default)s)')


def run(args: argparse.Namespace) -> None:
    """Measure the models and report."""
    names = ['default', 'large'] if args.model == 'both' else [args.model]
    rows = [measure_model(name, args.rounds, args.device) for name in names]
    report(args, {'rounds': args.rounds}, COLUMNS, rows)


def measure_model(name: str, rounds: int, device: torch.device) -> Row:
    """Time steps with and without the gradient term, and the term alone."""
    cfg = load_config(name)
    if name == 'large':
        size = LARGE_SIZE[device.type]
    else:
        loader = cfg.train_dataloader
        size = (loader.batch_size, *loader.dataset.size)
    with_term = Trainer(cfg, size, device)
    cfg.model.decode_head.loss.gradient_weight = 0.0
    without_term = Trainer(cfg, size, device)
    pred, term = with_term.gradient_term()

    def reset() -> None:
        pred.grad = None

    times = interleaved_times(
        {
            'with': with_term.step,
            'without': without_term.step,
            'term': lambda: term().backward()
        }, rounds, device, reset)
    with_ms, without_ms, term_ms = (
        1e3 * median(times[key]) for key in ('with', 'without', 'term'))
    num_images, height, width = size
    return dict(
        model=name,
        parameters=sum(x.numel() for x in with_term.model.parameters()),
        input=f'{num_images}x3x{height}x{width}',
        with_ms=with_ms,
        without_ms=without_ms,
        added_ms=with_ms - without_ms,
        added_percent=100 * (with_ms / without_ms - 1),
        term_ms=term_ms,
        term_percent=100 * term_ms / without_ms,
        seconds=times)


def load_config(name: str) -> Config:
    """The default config, with the model widened if that is asked for."""
    cfg = Config.fromfile(CONFIG)
    if name == 'large':
        cfg.merge_from_dict({
            'model.backbone.channels': LARGE_CHANNELS,
            'model.backbone.blocks': LARGE_BLOCKS,
            'model.decode_head.in_channels': LARGE_CHANNELS,
        })
    return cfg


class Trainer:
    """A model, its optimizer and a batch to train it on.

    Args:
        cfg (Config): With ``model`` and ``optim_wrapper``.
        size (tuple[int, int, int]): Images, height and width.
        device (torch.device): Where to train.
    """

    def __init__(self, cfg: Config, size: tuple[int, int, int],
                 device: torch.device) -> None:
        torch.manual_seed(0)
        self.model = MODELS.build(cfg.model).to(device).train()
        self.optim_wrapper = build_optim_wrapper(self.model, cfg.optim_wrapper)
        self.batch = _random_batch(size)

    def step(self) -> None:
        """One iteration, as a Runner does it."""
        self.model.train_step(self.batch, self.optim_wrapper)

    def gradient_term(self) -> tuple[Tensor, Callable[[], Tensor]]:
        """The model's output, and its gradient term as a function."""
        data = self.model.data_preprocessor(self.batch, training=True)
        inputs = data['inputs']
        target = stack_depth_maps(data['data_samples'], inputs.shape[-2:])
        with torch.no_grad():
            pred = self.model(inputs, mode='tensor').requires_grad_()
        loss, = self.model.decode_head.losses
        return pred, lambda: loss.gradient_loss(pred, target, target > 0)


def _random_batch(size: tuple[int, int, int]) -> dict:
    """Images and ground truth, as a data loader gives them."""
    num_images, height, width = size
    images = torch.randint(
        256, (num_images, 3, height, width), dtype=torch.uint8)
    _, target, _ = random_depth_maps(size, DENSITY, torch.device('cpu'))
    samples = [
        BaseDataElement(
            metainfo=dict(img_shape=(height, width)),
            gt_depth_map=PixelData(data=depth)) for depth in target
    ]
    return dict(inputs=list(images), data_samples=samples)

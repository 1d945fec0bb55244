"""What the gradient loss adds to a whole training step.

    python tools/benchmark.py step
    python tools/benchmark.py step --models large vit --device cuda

A step is forward pass, losses, backward pass and optimizer, as a Runner
does them, on random images and depth maps. Two models take turns, one with
the recommended gradient term and one with gradient_weight=0. The default
model is that of the config, with its batch size and image size. The large one
is of the same family and as large as a ResNet-50: 24 million parameters, 19
GMAC for an image of 240x320 with its decoder. "vit" is Depth Anything V2 Small
with random weights, and needs transformers.

The table gives the cost of the gradient term in two ways, each also in
percent of the step without it:

added            median step with the term minus median step without. Complete,
                 but a small difference of two large, noisy numbers.
term alone       forward and backward of only the gradient term on maps of that
                 size, in the same rounds. More exact, except on a GPU, where
                 most of it is Python that is hidden behind the network's
                 kernels: there use "added".
"""
from __future__ import annotations

import argparse
from pathlib import Path
from statistics import median

import torch
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper
from mmengine.registry import MODELS
from mmengine.structures import BaseDataElement, PixelData

from mmdepth_gradloss.runner import positive

from .measure import interleaved_times
from .random_maps import random_depth_maps
from .report import Column, Row, report

CONFIGS = Path(__file__).parents[2] / 'configs'
UNET = 'unet/unet-small_rooms-192x128_recommended.py'
VIT = 'huggingface/depth-anything-v2-tiny-random_nyu_gradloss-recommended.py'
DENSITY = 0.9

LARGE_CHANNELS = [16, 64, 128, 192, 256, 512]
# The config of a model, and what is different in it
MODELS_TO_TRAIN = {
    'default': (UNET, {}),
    'large': (UNET, {
        'model.backbone.channels': LARGE_CHANNELS,
        'model.backbone.blocks': [2, 3, 4, 4, 3],
        'model.decode_head.in_channels': LARGE_CHANNELS,
    }),
    'vit': (VIT, {
        'model.config':
        dict(
            reassemble_hidden_size=384, neck_hidden_sizes=[48, 96, 192, 384],
            fusion_hidden_size=64, head_hidden_size=32, backbone_config=dict(
                image_size=518, hidden_size=384, num_hidden_layers=12,
                num_attention_heads=6, mlp_ratio=4,
                out_features=['stage3', 'stage6', 'stage9', 'stage12'])),
        'model.data_preprocessor.image_processor.size':
        dict(height=518, width=518),
    }),
}
# Images, height and width of a batch
SIZES = {
    'cpu': dict(
        default=(8, 128, 192), large=(4, 240, 320), vit=(1, 518, 518)),
    'cuda': dict(
        default=(8, 128, 192), large=(8, 480, 640), vit=(16, 518, 518)),
}

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
    parser.add_argument('--models', nargs='+', choices=list(MODELS_TO_TRAIN),
                        default=['default', 'large'])
    parser.add_argument(
        '--amp', action='store_true',
        help='the network computes in bfloat16, the losses in float32')
    parser.add_argument(
        '--rounds', type=positive, default=10,
        help='how often each step is timed (default: %(default)s)')


def run(args: argparse.Namespace) -> None:
    """Measure the models and report."""
    rows = [
        measure_model(name, args.rounds, args.device, args.amp)
        for name in args.models
    ]
    settings = {'rounds': args.rounds, 'amp': args.amp}
    report(args, settings, COLUMNS, rows)


def measure_model(name: str, rounds: int, device: torch.device,
                  amp: bool) -> Row:
    """Time steps with and without the gradient term, and the term alone."""
    cfg = load_config(name, amp)
    size = SIZES[device.type][name]
    with_term = Trainer(cfg, size, device)
    head = cfg.model.get('decode_head', cfg.model)
    head.loss.gradient_weight = 0.0
    without_term = Trainer(cfg, size, device)
    pred, target, mask = random_depth_maps(size, DENSITY, device)
    pred.requires_grad_()
    term = with_term.gradient_loss

    def reset() -> None:
        pred.grad = None

    times = interleaved_times(
        {
            'with': with_term.step, 'without': without_term.step,
            'term': lambda: term(pred, target, mask).backward()
        }, rounds, device, reset)
    with_ms, without_ms, term_ms = (1e3 * median(times[key])
                                    for key in ('with', 'without', 'term'))
    num_images, height, width = size
    return dict(
        model=name,
        parameters=sum(x.numel() for x in with_term.model.parameters()),
        input=f'{num_images}x3x{height}x{width}', with_ms=with_ms,
        without_ms=without_ms, added_ms=with_ms - without_ms,
        added_percent=100 * (with_ms / without_ms - 1), term_ms=term_ms,
        term_percent=100 * term_ms / without_ms, seconds=times)


def load_config(name: str, amp: bool = False) -> Config:
    """Config of a model with the recommended gradient term."""
    path, changes = MODELS_TO_TRAIN[name]
    cfg = Config.fromfile(CONFIGS / path)
    cfg.merge_from_dict(changes)
    if amp:
        cfg.optim_wrapper.update(type='AmpOptimWrapper', dtype='bfloat16')
    return cfg


class Trainer:
    """A model of a config, its optimizer and a batch to train it on."""

    def __init__(self, cfg: Config, size: tuple[int, int, int],
                 device: torch.device) -> None:
        torch.manual_seed(0)
        self.model = MODELS.build(cfg.model).to(device).train()
        self.optim_wrapper = build_optim_wrapper(self.model, cfg.optim_wrapper)
        self.batch = _random_batch(size)

    def step(self) -> None:
        """One iteration, as a Runner does it."""
        self.model.train_step(self.batch, self.optim_wrapper)

    @property
    def gradient_loss(self) -> torch.nn.Module:
        """The gradient term of the model's loss."""
        loss, = getattr(self.model, 'decode_head', self.model).losses
        return loss.gradient_loss


def _random_batch(size: tuple[int, int, int]) -> dict:
    """Images and ground truth, as a data loader gives them."""
    num_images, height, width = size
    images = torch.randint(256, (num_images, 3, height, width),
                           dtype=torch.uint8)
    _, target, _ = random_depth_maps(size, DENSITY, torch.device('cpu'))
    samples = [
        BaseDataElement(
            metainfo=dict(img_shape=(height, width)),
            gt_depth_map=PixelData(data=depth)) for depth in target
    ]
    return dict(inputs=list(images), data_samples=samples)

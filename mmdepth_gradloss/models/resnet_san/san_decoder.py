from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import torch
import torch.nn.functional as F
from mmcv.cnn import ConvModule
from mmengine.model import bias_init_with_prob
from torch import Tensor, nn

from ...functional.lookup import lookup

NUM_SCALES = 4


class SANDecoder(nn.Module):
    """U-Net decoder that predicts at 1, 1/2, 1/4 and 1/8 of the image.

    Each prediction is also an input of the next finer level, as in PackNet, so
    that all of them are trained even if only the finest is supervised. It uses
    group normalisation, because features with and without sparse depth
    alternate and have different batch statistics.

    ``in_channels`` are those of the encoder's levels, finest (1/2 of the
    image) first, ``channels`` the decoder's, finest (the image's size) first.
    ``start`` is the initial prediction of each output channel, in (0, 1).
    """

    def __init__(self, in_channels: Sequence[int], start: Sequence[float],
                 channels: Sequence[int], skip: str) -> None:
        super().__init__()
        if not len(channels) == len(in_channels) >= NUM_SCALES:
            raise ValueError(
                'in_channels and channels must have equal lengths, at least '
                f'{NUM_SCALES}, got {list(in_channels)} and {list(channels)}')
        adds_skip = lookup('skip', skip, dict(concat=False, add=True))
        below = [*channels[1:], in_channels[-1]]
        skips = [0, *in_channels[:-1]]  # no feature has the image's size
        self.levels = nn.ModuleList(
            _Level(
                below[i], skips[i], channels[i], adds_skip=adds_skip,
                prediction=len(start) if i < NUM_SCALES - 1 else 0,
                start=start if i < NUM_SCALES else ())
            for i in range(len(channels)))

    def forward(self, features: Sequence[Tensor],
                size: Sequence[int]) -> list[Tensor]:
        """Predictions in [0, 1], float32, finest first: level i is (N,
        len(start), H / 2^i, W / 2^i), sizes rounded up."""
        skips = [None, *features[:-1]]
        sizes = [size, *(feature.shape[-2:] for feature in features[:-1])]
        x, prediction = features[-1], None
        predictions = []
        for level, skip, level_size in zip(
                reversed(self.levels), reversed(skips), reversed(sizes)):
            x, prediction = level(x, skip, prediction, level_size)
            if prediction is not None:
                predictions.append(prediction)
        return predictions[::-1]


class _Level(nn.Module):
    """Upsample, join the features of this size, and predict if requested.

    ``below``, ``skip`` and ``prediction`` are the channels of the coarser
    level, of the encoder's feature and of the coarser prediction, 0 for none.
    """

    def __init__(self, below: int, skip: int, out: int, adds_skip: bool,
                 prediction: int, start: Sequence[float]) -> None:
        super().__init__()
        conv = partial(
            ConvModule, kernel_size=3, padding=1,
            norm_cfg=dict(type='GN', num_groups=8), act_cfg=dict(type='ELU'))
        self.up = conv(below, out)
        self.project_skip: nn.Conv2d | None = None
        if skip and adds_skip:
            self.project_skip = nn.Conv2d(skip, out, kernel_size=1)
            skip = 0
        self.join = conv(out + skip + prediction, out)
        self.predictor: nn.Conv2d | None = None
        if start:
            self.predictor = nn.Conv2d(out, len(start), 3, padding=1)
            nn.init.normal_(self.predictor.weight, std=0.01)
            self.predictor.bias = nn.Parameter(
                torch.tensor([bias_init_with_prob(x) for x in start]))

    def forward(self, x: Tensor, skip: Tensor | None,
                prediction: Tensor | None,
                size: Sequence[int]) -> tuple[Tensor, Tensor | None]:
        x = F.interpolate(self.up(x), size=size, mode='nearest')
        parts = [x]
        if self.project_skip is not None:
            parts = [x + self.project_skip(skip)]
        elif skip is not None:
            parts.append(skip)
        if prediction is not None:
            parts.append(F.interpolate(prediction, size=size, mode='nearest'))
        x = self.join(torch.cat(parts, dim=1))
        if self.predictor is None:
            return x, None
        return x, torch.sigmoid(self.predictor(x).float())

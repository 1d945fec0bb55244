from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
from mmengine.registry import MODELS
from torch import Tensor, nn

from ...functional import valid_depth_mask
from ..bounded_depth_head import BoundedDepthHead
from ..depth_losses import NamedLosses, add_by_name, build_losses, named_losses
from ..depth_samples import resize_bilinear
from .san_decoder import NUM_SCALES, SANDecoder


@MODELS.register_module()
class SANDepthHead(BoundedDepthHead):
    """Decode features into depth at 1, 1/2, 1/4 and 1/8 of the image.

    A sigmoid spans inverse depth or depth between the two bounds; outputs are
    depth in metres. An untrained head predicts about sqrt(min_depth *
    max_depth).

    Ground truth outside the bounds counts as no measurement. Losses are
    applied at its size, after resizing the sigmoid of coarser scales (which
    for inverse depth preserves planes). Each scale has its own loss modules,
    whose ``loss_weight`` is divided by the number of scales.

    Args:
        in_channels: Channels of the five levels of the encoder, finest (1/2 of
            the image) first. :class:`ResNetSAN` sets it, and ``skip``.
        loss: Called with predicted and ground-truth depth in metres, both (N,
            1, H, W).
        skip: 'concat' or 'add': how the encoder's features are joined.
        channels: Channels of the decoder, finest first; multiples of 8.
        min_depth, max_depth: Bounds in metres, > 0.
        parametrization: 'inverse' or 'depth': what the sigmoid spans.
        supervised_scales: Number of scales with losses, finest first, 1 to 4.

    Raises:
        ValueError: If bounds, a length, a number or an option is wrong, or a
            loss takes inverse depth.
    """

    def __init__(self, in_channels: Sequence[int], loss: dict | list[dict],
                 skip: str = 'concat',
                 channels: Sequence[int] = (16, 32, 64, 128, 256),
                 min_depth: float = 0.1, max_depth: float = 15.0,
                 parametrization: str = 'inverse', supervised_scales: int = 1,
                 init_cfg: dict | list[dict] | None = None) -> None:
        super().__init__(min_depth, max_depth, parametrization, init_cfg)
        if supervised_scales not in range(1, NUM_SCALES + 1):
            raise ValueError(f'supervised_scales must be 1 to {NUM_SCALES}, '
                             f'got {supervised_scales}')
        self.supervised_scales = supervised_scales
        self.loss_cfg = loss
        self.decoder = SANDecoder(in_channels, self._starts(), channels, skip)
        self.supervision = self.build_supervision()

    def build_supervision(self, weight: float = 1.0) -> nn.ModuleList:
        """The losses of each supervised scale, finest first, times
        ``weight``."""
        supervision = nn.ModuleList(
            build_losses(self.loss_cfg, self)
            for _ in range(self.supervised_scales))
        for losses in supervision:
            for loss in losses:  # type: ignore[attr-defined]
                loss.loss_weight *= weight / self.supervised_scales
        return supervision

    def forward(self, features: Sequence[Tensor],
                size: Sequence[int]) -> list[Tensor]:
        """Depth in metres for images of a height and width, finest first:
        scale i is (N, 1, H / 2^i, W / 2^i), sizes rounded up."""
        return [self.to_depth(x) for x in self.decoder(features, size)]

    def loss(self, features: Sequence[Tensor], target: Tensor,
             supervision: nn.ModuleList | None = None,
             gradient_weight: Tensor | None = None) -> dict[str, Tensor]:
        """Losses against a batch of depth maps, summed by ``loss_name``.

        ``features`` are finest first, ``target`` is depth in metres at the
        image's size, (N, 1, H, W), 0 where unknown. ``supervision`` of
        :meth:`build_supervision` is needed if the head is applied more than
        once in a step. ``gradient_weight``, (N,), is a factor on each image's
        gradient terms.
        """
        within_range = valid_depth_mask(
            target, min_depth=self.min_depth, max_depth=self.max_depth)
        target = torch.where(within_range, target, 0)
        size = target.shape[-2:]
        named: list[tuple[str, Tensor]] = []
        for activation, losses in zip(
                self.decoder(features, size),
                supervision or self.supervision):
            named += self._losses_at(
                resize_bilinear(activation, size), target,
                losses, gradient_weight)  # type: ignore[arg-type]
        return add_by_name(named)

    def _losses_at(self, activation: Tensor, target: Tensor,
                   losses: Iterable[nn.Module],
                   gradient_weight: Tensor | None) -> NamedLosses:
        return named_losses(losses, self.to_depth(activation), target,
                            gradient_weight)

    def _starts(self) -> list[float]:
        return [self.start()]

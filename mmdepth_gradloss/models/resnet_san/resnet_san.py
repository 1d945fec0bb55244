from __future__ import annotations

from collections.abc import Sequence

import torch
from mmengine.registry import MODELS
from torch import Tensor

from ...functional.checks import check_weights
from ..depth_estimator import DepthEstimator
from ..depth_samples import Samples, stack_depth_maps, stack_gradient_weights
from .san_fusion import SANFusion

SPARSE_KEY = 'sparse_depth_map'


@MODELS.register_module()
class ResNetSAN(DepthEstimator):
    r"""ResNet encoder, depth decoder and an optional sparse depth branch.

    PackNet-SAN (Guizilini et al., "Sparse Auxiliary Networks for Unified
    Monocular Depth Prediction and Completion", CVPR 2021) with a ResNet, and
    without a sparse convolution library.

    With a ``depth_encoder`` a training step runs the decoder twice, on RGB
    features and on RGB features fused with those of ``sparse_depth_map``, and
    pulls the former towards the latter,

    .. math:: L_{rgb} + w_{rgbd} \, L_{rgbd} + w_{consistency} \,
              \mathrm{mean}_i \, \mathrm{mean}
              (\mathrm{sg}(\mathrm{rgbd}_i) - \mathrm{rgb}_i)^2

    over the levels i of the encoder, where sg stops the gradient. The losses
    are then named ``rgb.NAME``, ``rgbd.NAME`` and
    ``loss_feature_consistency``; without a depth encoder they keep their
    names.

    Args:
        backbone: :class:`ResNetEncoder`, whose version sets the decoder's skip
            connections.
        decode_head: :class:`SANDepthHead` or :class:`SANDualDepthHead`; owns
            the losses.
        depth_encoder: :class:`SparseDepthEncoder`. None for images only.
        film_scales: Levels of the encoder, 0 the finest, where sparse depth
            also modulates RGB features.
        rgbd_weight: Factor on the losses with sparse depth, at least 0.
        consistency_weight: Factor on the feature consistency, at least 0.
        use_sparse_input: Whether to predict with sparse depth if the data
            samples have it.
        data_preprocessor: Normalises and stacks the images; may pad them at
            the right and bottom.

    Raises:
        ValueError: If a weight is negative, or ``film_scales`` are given
            without a depth encoder.
    """

    def __init__(self, backbone: dict, decode_head: dict,
                 depth_encoder: dict | None = None,
                 film_scales: Sequence[int] = (),
                 rgbd_weight: float = 1.0, consistency_weight: float = 1.0,
                 use_sparse_input: bool = True,
                 data_preprocessor: dict | None = None,
                 init_cfg: dict | list[dict] | None = None) -> None:
        super().__init__(data_preprocessor, init_cfg)
        check_weights(
            rgbd_weight=rgbd_weight, consistency_weight=consistency_weight)
        if film_scales and depth_encoder is None:
            raise ValueError(f'film_scales={tuple(film_scales)} need a '
                             'depth_encoder')
        self.consistency_weight = consistency_weight
        self.use_sparse_input = use_sparse_input
        self.backbone = MODELS.build(backbone)
        channels = self.backbone.channels
        self.decode_head = MODELS.build(
            decode_head,
            default_args=dict(in_channels=channels, skip=self.backbone.skip))
        self.prediction = self.decode_head.prediction
        self.depth_encoder = None
        if depth_encoder is not None:
            self.depth_encoder = MODELS.build(
                depth_encoder, default_args=dict(channels=channels))
            self.fusion = SANFusion(channels, film_scales)
            # A hook logs the last call of each loss module.
            self.rgbd_supervision = self.decode_head.build_supervision(
                rgbd_weight)

    def _losses(self, inputs: Tensor,
                data_samples: Samples) -> dict[str, Tensor]:
        target = stack_depth_maps(data_samples, inputs)
        weight = stack_gradient_weights(data_samples, inputs.device)
        rgb = self.backbone(inputs)
        losses = self.decode_head.loss(rgb, target, gradient_weight=weight)
        if self.depth_encoder is None:
            return losses
        rgbd = self._fuse(rgb, data_samples, inputs)
        rgbd_losses = self.decode_head.loss(rgbd, target,
                                            self.rgbd_supervision, weight)
        consistency = torch.stack([
            (fused.detach() - x).float().square().mean()
            for x, fused in zip(rgb, rgbd)
        ]).mean()
        return {
            **{f'rgb.{name}': value for name, value in losses.items()},
            **{f'rgbd.{name}': value for name, value in rgbd_losses.items()},
            'loss_feature_consistency': self.consistency_weight * consistency
        }

    def _predict(self, inputs: Tensor, data_samples: Samples) -> Tensor:
        features = self.backbone(inputs)
        if (self.depth_encoder is not None and self.use_sparse_input
                and any(SPARSE_KEY in sample for sample in data_samples)):
            features = self._fuse(features, data_samples, inputs)
        return self.decode_head(features, inputs.shape[-2:])[0]

    def _fuse(self, features: Sequence[Tensor], data_samples: Samples,
              inputs: Tensor) -> tuple[Tensor, ...]:
        assert self.depth_encoder is not None
        sparse = stack_depth_maps(data_samples, inputs, SPARSE_KEY)
        return self.fusion(features, self.depth_encoder(sparse))

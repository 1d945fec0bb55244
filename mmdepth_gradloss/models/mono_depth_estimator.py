from __future__ import annotations

from mmengine.registry import MODELS
from torch import Tensor

from .depth_estimator import DepthEstimator
from .depth_samples import Samples, stack_depth_maps, stack_gradient_weights


@MODELS.register_module()
class MonoDepthEstimator(DepthEstimator):
    """Encoder and decoder from an RGB image to depth in metres.

    Args:
        backbone: Returns a feature pyramid, finest level first.
        decode_head: Converts it to depth; owns the losses.
        data_preprocessor: Normalises and stacks the images; may pad them at
            the right and bottom.
    """

    def __init__(self, backbone: dict, decode_head: dict,
                 data_preprocessor: dict | None = None,
                 init_cfg: dict | list[dict] | None = None) -> None:
        super().__init__(data_preprocessor, init_cfg)
        self.backbone = MODELS.build(backbone)
        self.decode_head = MODELS.build(decode_head)
        self.prediction = getattr(self.decode_head, 'prediction', None)

    def _predict(self, inputs: Tensor, data_samples: Samples) -> Tensor:
        return self.decode_head(self.backbone(inputs))

    def _losses(self, inputs: Tensor,
                data_samples: Samples) -> dict[str, Tensor]:
        return self.decode_head.loss(
            self.backbone(inputs),
            stack_depth_maps(data_samples, inputs),
            gradient_weight=stack_gradient_weights(data_samples,
                                                   inputs.device))

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from mmengine.config import ConfigDict
from mmengine.model import stack_batch
from mmengine.registry import MODELS
from mmengine.structures import PixelData
from torch import Tensor, nn

from ...functional.lookup import lookup
from ..depth_estimator import DepthEstimator
from ..depth_losses import apply_losses, build_losses
from ..depth_samples import (Samples, check_ground_truth_size, get_depth_maps,
                             resize_bilinear, stack_gradient_weights)
from .hf_depth_preprocessor import HFDepthPreprocessor
from .hf_transformers import import_transformers

PREDICTIONS = {
    'metric': 'depth',
    'glpn': 'depth',
    'zoedepth': 'depth',
    'relative': 'relative_inverse',
    'dpt': 'relative_inverse',
}
"""``depth_estimation_type`` or ``model_type`` -> what a model predicts."""


@MODELS.register_module()
class HFDepthEstimator(DepthEstimator):
    """A depth model of transformers, trained and evaluated by MMEngine.

    It supports all models of ``AutoModelForDepthEstimation``; Depth Anything
    V2 (relative and metric), DPT, ZoeDepth and GLPN are tested.

    Predictions are resized to the ground truth, bilinearly and with
    ``align_corners=False``, before losses and metrics. (The models' own
    post-processing is bicubic and overshoots at depth edges.) The mode
    'tensor' returns the network's prediction at its own size.

    A model whose prediction is ``'relative_inverse'``, such as Depth Anything
    and MiDaS, predicts inverse depth up to scale and shift. It needs losses
    that align, and metrics with ``alignment``; its data samples get the
    metainfo ``prediction``.

    An input whose sides are not multiples of the network's patch is resized to
    the next larger ones, bilinearly, so that the prediction covers all of it.
    Padding is cut off if data samples have the metainfo ``network_shape``.

    Args:
        loss: Called with the prediction and depth in metres, both (N, 1, H,
            W).
        pretrained: Name on the Hub, or folder, of a model.
        config: Instead of ``pretrained``: ``model_type`` and further entries
            of the model's configuration in transformers, for a model with
            random weights.
        prediction: 'depth' in metres or 'relative_inverse'. Defaults to the
            model's configuration. DPT models count as relative; set 'depth'
            for one that was trained on metres.
        freeze_backbone: Whether to freeze the encoder: no gradient, evaluation
            mode.
        data_preprocessor: Defaults to :class:`HFDepthPreprocessor` with the
            image processor of ``pretrained``.

    Attributes:
        network: The model of transformers.
        max_depth: Largest depth in metres that the network can predict, if its
            configuration has one.
        step: Height and width of the network's input are multiples of it.

    Raises:
        ImportError: If transformers is missing.
        ValueError: If not exactly one of ``pretrained`` and ``config`` is
            given, it is unknown what the model predicts, or a loss takes
            something else.

    Examples:
        >>> model = dict(
        ...     type='HFDepthEstimator',
        ...     pretrained='depth-anything/Depth-Anything-V2-Small-hf',
        ...     loss=[
        ...         dict(type='ScaleShiftInvariantLoss'),
        ...         dict(type='MultiScaleGradientLoss', preset='valid_mean',
        ...              domain='inverse', alignment='median_mad',
        ...              loss_weight=2.0)])
    """

    def __init__(self, loss: dict | list[dict],
                 pretrained: str | None = None,
                 config: dict[str, Any] | None = None,
                 prediction: str | None = None,
                 freeze_backbone: bool = False,
                 data_preprocessor: dict | None = None,
                 init_cfg: dict | list[dict] | None = None) -> None:
        if (pretrained is None) == (config is None):
            raise ValueError('give one of pretrained and config, got '
                             f'pretrained={pretrained!r}, config={config}')
        if data_preprocessor is None and pretrained is not None:
            data_preprocessor = dict(
                type='HFDepthPreprocessor', pretrained=pretrained)
        super().__init__(data_preprocessor, init_cfg)
        models = import_transformers().AutoModelForDepthEstimation
        if pretrained is not None:
            # in float32, whatever its saved dtype
            self.network = models.from_pretrained(pretrained).float()
        else:
            self.network = models.from_config(_build_config(config))
        self.step = find_step(self.network.config)
        self.prediction = prediction or find_prediction(self.network.config)
        lookup('prediction', self.prediction,
               dict.fromkeys(PREDICTIONS.values()))
        self.max_depth: float | None = None
        if self.prediction == 'depth':
            self.max_depth = getattr(self.network.config, 'max_depth', None)
        elif pretrained is None:
            # Half of all random initialisations would start below 0, where
            # the last ReLU has no gradient, and stay there.
            *_, last = (
                module for module in self.network.modules()
                if isinstance(module, nn.Conv2d) and module.out_channels == 1)
            nn.init.ones_(last.bias)  # type: ignore[arg-type]
        self.freeze_backbone = freeze_backbone
        if freeze_backbone:
            self.encoder.requires_grad_(False)
        self.losses = build_losses(loss, self)
        self.train()

    @property
    def encoder(self) -> nn.Module:
        """The part of the network below neck, decoder and head."""
        for name in ('backbone', self.network.base_model_prefix):
            if isinstance(getattr(self.network, name, None), nn.Module):
                return getattr(self.network, name)
        parts = [name for name, _ in self.network.named_children()]
        raise ValueError(f'{type(self.network).__name__} has no known encoder '
                         f'among its parts {parts}')

    def train(self, mode: bool = True) -> HFDepthEstimator:
        """Switch to training or evaluation mode; a frozen encoder does not
        change."""
        super().train(mode)
        if self.freeze_backbone:
            self.encoder.eval()
        return self

    def save_pretrained(self, folder: str | Path) -> None:
        """Export the model in Hugging Face format to a folder.

        ``AutoModelForDepthEstimation``, ``AutoImageProcessor`` and
        ``pretrained`` of this class can load it. Needs a data preprocessor of
        type :class:`HFDepthPreprocessor`.
        """
        if not isinstance(self.data_preprocessor, HFDepthPreprocessor):
            raise ValueError(
                'expected a data_preprocessor of type HFDepthPreprocessor, to '
                'write its preprocessor_config.json, got '
                f'{type(self.data_preprocessor).__name__}')
        self.network.save_pretrained(folder)
        self.data_preprocessor.image_processor.save_pretrained(folder)

    def _predict(self, inputs: Tensor, data_samples: Samples) -> Tensor:
        # Networks drop or pad pixels beyond the last whole patch.
        whole = [
            math.ceil(side / self.step) * self.step
            for side in inputs.shape[-2:]
        ]
        inputs = resize_bilinear(inputs, whole)
        return self.network(pixel_values=inputs).predicted_depth.unsqueeze(1)

    def _predict_each(self, inputs: Tensor,
                      data_samples: Samples) -> list[Tensor]:
        """Predictions without padding, at the ground truth's size if any."""
        pred = self._predict(inputs, data_samples).float()
        maps = []
        for depth, sample in zip(
                resize_bilinear(pred, inputs.shape[-2:]), data_samples):
            height, width = sample.get('network_shape', depth.shape[-2:])
            size = sample.get('img_shape', (height, width))[:2]
            if 'gt_depth_map' in sample:
                image_size = size
                size = sample.gt_depth_map.data.shape[-2:]
                if 'img_shape' in sample:
                    check_ground_truth_size(sample, size, image_size)
            depth = depth[None, :, :height, :width]
            maps.append(resize_bilinear(depth, size)[0])
        return maps

    def _losses(self, inputs: Tensor,
                data_samples: Samples) -> dict[str, Tensor]:
        # Ground truth of several sizes and predictions are padded alike.
        target = stack_batch(get_depth_maps(data_samples)).to(inputs.device)
        pred = stack_batch(self._predict_each(inputs, data_samples))
        return apply_losses(self.losses, pred, target,
                            stack_gradient_weights(data_samples, pred.device))

    def _add_predictions(self, inputs: Tensor, data_samples: Samples) -> None:
        for sample, depth in zip(data_samples,
                                 self._predict_each(inputs, data_samples)):
            sample.pred_depth_map = PixelData(data=depth)
            # metrics check that they score the right quantity
            sample.set_metainfo(dict(prediction=self.prediction))


def _build_config(entries: dict[str, Any] | None) -> Any:
    entries = ConfigDict(entries or {}).to_dict()
    if 'model_type' not in entries:
        raise ValueError('config must have a model_type, such as '
                         f"'depth_anything', got {entries}")
    return import_transformers().AutoConfig.for_model(**entries)


def find_prediction(config: Any) -> str:
    """What a model of this configuration of transformers predicts."""
    kind = getattr(config, 'depth_estimation_type', config.model_type)
    if kind not in PREDICTIONS:
        raise ValueError('the prediction of a model of type '
                         f"{kind!r} is unknown: set prediction='depth' "
                         "or 'relative_inverse'")
    return PREDICTIONS[kind]


def find_step(config: Any) -> int:
    """Stride of a network's coarsest feature, in pixels.

    The patch of a plain transformer, or that of the last stage if stages halve
    the resolution.
    """
    steps = [1]
    for part in (config, getattr(config, 'backbone_config', config)):
        strides = getattr(part, 'strides', None)
        patch = getattr(part, 'patch_size', None)
        if strides is not None:
            steps.append(math.prod(strides))
        elif patch is not None:
            stages = len(getattr(part, 'depths', [1]))
            steps.append(patch * 2**(stages - 1))
    return math.lcm(*steps)

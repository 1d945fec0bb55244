"""Depth models of Hugging Face as MMEngine models."""
from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch.nn.functional as F
from mmengine.config import ConfigDict
from mmengine.model import BaseModel, stack_batch
from mmengine.registry import MODELS
from mmengine.structures import BaseDataElement, PixelData
from torch import Tensor, nn

from ...functional.lookup import lookup
from ..depth_losses import apply_losses, build_losses
from ..mono_depth_estimator import (check_ground_truth_size, get_depth_maps,
                                    stack_gradient_weights)
from .hf_depth_preprocessor import HFDepthPreprocessor
from .hf_transformers import import_transformers

Samples = list[BaseDataElement]

PREDICTIONS = {
    'metric': 'depth',
    'glpn': 'depth',
    'zoedepth': 'depth',
    'relative': 'relative_inverse',
    'dpt': 'relative_inverse',
}
"""``depth_estimation_type`` or ``model_type`` -> what a model predicts."""


@MODELS.register_module()
class HFDepthEstimator(BaseModel):
    """A depth model of transformers, trained and scored by MMEngine.

    It takes all that ``AutoModelForDepthEstimation`` does; Depth Anything V2
    (relative and metric), DPT, ZoeDepth and GLPN are tested.

    Predictions are resized to the ground truth, bilinearly and with
    ``align_corners=False``, before losses and metrics. (The models' own
    post-processing is bicubic and overshoots at depth edges.) A model whose
    prediction is ``'relative_inverse'`` knows inverse depth up to scale and
    shift, as Depth Anything and MiDaS do. It needs losses that align, and
    metrics with ``alignment``.

    An input whose sides are no multiple of the network's patch is resized to
    the next larger ones, bilinearly, so that the prediction covers all of it.

    The metainfo ``gradient_weight`` of data samples multiplies what they add
    to gradient terms (:class:`SetGradientWeight`).

    Args:
        loss (dict or list[dict]): Losses, called with the prediction and
            depth in metres, both (N, 1, H, W).
        pretrained (str, optional): Name on the Hub, or folder, of a model.
        config (dict, optional): Instead of ``pretrained``: ``model_type``
            and further entries of the model's configuration in transformers,
            for a model of random weights.
        prediction (str, optional): 'depth' in metres or 'relative_inverse'.
            By default what the model's configuration says. DPT models count
            as relative; give 'depth' for one that was trained on metres.
        freeze_backbone (bool): Whether to keep the encoder as it is: without
            gradient, and in evaluation mode.
        data_preprocessor (dict, optional): Defaults to
            :class:`HFDepthPreprocessor` with the image processor of
            ``pretrained``.
        init_cfg (dict or list[dict], optional): As in MMEngine.

    Attributes:
        network (PreTrainedModel): The model of transformers.
        prediction (str): 'depth' or 'relative_inverse'.
        max_depth (float, optional): Largest depth in metres that the network
            can predict, if its configuration has one.
        step (int): Height and width of the network's input are multiples of
            it.
        losses (nn.ModuleList): The losses.

    Raises:
        ImportError: If transformers is missing.
        ValueError: If not exactly one of ``pretrained`` and ``config`` is
            given, it is not known what the model predicts, or a loss takes
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

    def __init__(
        self,
        loss: dict | list[dict],
        pretrained: str | None = None,
        config: dict[str, Any] | None = None,
        prediction: str | None = None,
        freeze_backbone: bool = False,
        data_preprocessor: dict | None = None,
        init_cfg: dict | list[dict] | None = None,
    ) -> None:
        if (pretrained is None) == (config is None):
            raise ValueError('give one of pretrained and config, got '
                             f'pretrained={pretrained!r}, config={config}')
        if data_preprocessor is None and pretrained is not None:
            data_preprocessor = dict(
                type='HFDepthPreprocessor', pretrained=pretrained)
        super().__init__(data_preprocessor, init_cfg)
        models = import_transformers().AutoModelForDepthEstimation
        if pretrained is not None:
            # in float32, whatever it was saved in
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
        if pretrained is None and self.prediction == 'relative_inverse':
            _raise_above_0(self.network)
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
        raise ValueError(f'{type(self.network).__name__} has no part that is '
                         f'known as its encoder, only {parts}')

    def train(self, mode: bool = True) -> HFDepthEstimator:
        """Switch to training, or back; a frozen encoder stays as it is."""
        super().train(mode)
        if self.freeze_backbone:
            self.encoder.eval()
        return self

    def forward(
        self,
        inputs: Tensor,
        data_samples: Samples | None = None,
        mode: str = 'tensor',
    ) -> Tensor | dict[str, Tensor] | Samples:
        """Run the model as MMEngine asks.

        Args:
            inputs (Tensor): Prepared images, (N, 3, H, W).
            data_samples (list[BaseDataElement], optional): One for each
                image, with the metainfo ``network_shape`` where the image was
                padded.
            mode (str): 'tensor', 'loss' or 'predict'.

        Returns:
            The network's prediction (N, 1, H', W') at its own size, a dict of
            losses, or the data samples with ``pred_depth_map``, of the ground
            truth's size or else of ``img_shape``, and the metainfo
            ``prediction``.

        Raises:
            ValueError: If the mode is unknown, ground truth is missing or
                shows another part of the scene than the image, or a gradient
                weight is out of range.
        """
        # Networks drop the pixels beyond their last whole patch, or add some.
        whole = _resize(inputs, _whole_patches(inputs.shape[-2:], self.step))
        pred = self.network(pixel_values=whole).predicted_depth.unsqueeze(1)
        if mode == 'tensor':
            return pred
        if mode not in ('loss', 'predict'):
            raise ValueError(f'unknown mode {mode!r}; known: loss, predict, '
                             'tensor')
        if data_samples is None:
            data_samples = [BaseDataElement() for _ in inputs]
        pred = _resize(pred.float(), tuple(inputs.shape[-2:]))
        maps = [
            _fit_to_sample(depth_map, sample)
            for depth_map, sample in zip(pred, data_samples)
        ]
        if mode == 'loss':
            return self._compute_losses(maps, data_samples)
        for depth_map, sample in zip(maps, data_samples):
            sample.pred_depth_map = PixelData(data=depth_map)
            # metrics refuse what they would score as something else
            sample.set_metainfo(dict(prediction=self.prediction))
        return data_samples

    def save_pretrained(self, folder: str | Path) -> None:
        """Write the model as the Hub has it.

        Afterwards ``AutoModelForDepthEstimation`` and ``AutoImageProcessor``
        load it from the folder, as does ``pretrained`` here.

        Args:
            folder (str or Path): Is made if it does not exist.

        Raises:
            ValueError: If the data preprocessor is not an
                :class:`HFDepthPreprocessor`.
        """
        if not isinstance(self.data_preprocessor, HFDepthPreprocessor):
            raise ValueError(
                'expected a data_preprocessor of type HFDepthPreprocessor, to '
                'write its preprocessor_config.json, got '
                f'{type(self.data_preprocessor).__name__}')
        self.network.save_pretrained(folder)
        self.data_preprocessor.image_processor.save_pretrained(folder)

    def _compute_losses(self, maps: list[Tensor],
                        data_samples: Samples) -> dict[str, Tensor]:
        # Where ground truth has several sizes both are padded alike.
        pred = stack_batch(maps)
        target = stack_batch(get_depth_maps(data_samples)).to(pred.device)
        return apply_losses(self.losses, pred, target,
                            stack_gradient_weights(data_samples, pred.device))


def _build_config(entries: dict[str, Any] | None) -> Any:
    """Configuration of transformers, from plain dicts."""
    entries = ConfigDict(entries or {}).to_dict()
    if 'model_type' not in entries:
        raise ValueError('config must have a model_type, such as '
                         f"'depth_anything', got {entries}")
    return import_transformers().AutoConfig.for_model(**entries)


def find_prediction(config: Any) -> str:
    """What a model of this configuration of transformers predicts.

    Returns:
        str: 'depth' or 'relative_inverse'.

    Raises:
        ValueError: If it is not known.
    """
    kind = getattr(config, 'depth_estimation_type', config.model_type)
    if kind not in PREDICTIONS:
        raise ValueError(f'it is not known what a model of type {kind!r} '
                         "predicts: give prediction='depth' or "
                         "'relative_inverse'")
    return PREDICTIONS[kind]


def find_step(config: Any) -> int:
    """Pixels that a network's coarsest feature stands for, along each side.

    Args:
        config (PreTrainedConfig): Configuration of transformers.

    Returns:
        int: The patch of a plain transformer; that of the last stage where
        stages halve the resolution.
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


def _whole_patches(size: Sequence[int], step: int) -> tuple[int, ...]:
    """The next multiples that are not smaller."""
    return tuple(math.ceil(side / step) * step for side in size)


def _raise_above_0(network: nn.Module) -> None:
    """Let a random network begin where its last ReLU has a gradient.

    Half of all random weights would begin below 0, and stay there.
    """
    last = [
        module for module in network.modules()
        if isinstance(module, nn.Conv2d) and module.out_channels == 1
    ][-1]
    nn.init.ones_(last.bias)  # type: ignore[arg-type]


def _fit_to_sample(depth_map: Tensor, sample: BaseDataElement) -> Tensor:
    """Cut off the padding and bring the rest to the ground truth's size."""
    height, width = sample.get('network_shape', depth_map.shape[-2:])
    if 'gt_depth_map' in sample:
        size = sample.gt_depth_map.data.shape[-2:]
        if 'img_shape' in sample:
            check_ground_truth_size(sample, size, sample.img_shape[:2])
    else:
        size = sample.get('img_shape', (height, width))[:2]
    return _resize(depth_map[None, :, :height, :width], tuple(size))[0]


def _resize(pred: Tensor, size: tuple[int, ...]) -> Tensor:
    if tuple(pred.shape[-2:]) == size:
        return pred
    return F.interpolate(pred, size, mode='bilinear', align_corners=False)

"""Monocular depth estimation from one image."""
from __future__ import annotations

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from mmengine.model import BaseModel
from mmengine.registry import MODELS
from mmengine.structures import BaseDataElement, PixelData
from torch import Tensor

from ..functional.image_sizes import same_proportions

Samples = list[BaseDataElement]


@MODELS.register_module()
class MonoDepthEstimator(BaseModel):
    """Encoder and decoder from an RGB image to depth in metres.

    Data samples carry ``gt_depth_map`` and receive ``pred_depth_map``, both
    :class:`mmengine.structures.PixelData` with ``data`` (1, H, W) in metres.
    Their metainfo ``gradient_weight`` multiplies what they add to gradient
    terms (:class:`SetGradientWeight`).

    Args:
        backbone (dict): Gives a feature pyramid, finest level first.
        decode_head (dict): Turns it into depth; owns the losses.
        data_preprocessor (dict, optional): Normalises and stacks the images;
            may pad them at the right and bottom.
        init_cfg (dict or list[dict], optional): As in MMEngine.
    """

    def __init__(
        self,
        backbone: dict,
        decode_head: dict,
        data_preprocessor: dict | None = None,
        init_cfg: dict | list[dict] | None = None,
    ) -> None:
        super().__init__(data_preprocessor, init_cfg)
        self.backbone = MODELS.build(backbone)
        self.decode_head = MODELS.build(decode_head)

    def forward(
        self,
        inputs: Tensor,
        data_samples: Samples | None = None,
        mode: str = 'tensor',
    ) -> Tensor | dict[str, Tensor] | Samples:
        """Run the model as MMEngine asks.

        Args:
            inputs (Tensor): Normalised images, (N, 3, H, W).
            data_samples (list[BaseDataElement], optional): One for each
                image.
            mode (str): 'tensor', 'loss' or 'predict'.

        Returns:
            Depth (N, 1, H, W) in metres, a dict of losses, or the data
            samples with ``pred_depth_map``.

        Raises:
            ValueError: If the mode is unknown, ground truth is missing, is
                larger than the input or shows something else, or a gradient
                weight is out of range.
        """
        features = self.backbone(inputs)
        if mode == 'tensor':
            return self.decode_head(features)
        if mode == 'loss':
            data_samples = data_samples or []
            target = stack_depth_maps(data_samples, inputs.shape[-2:])
            return self.decode_head.loss(
                features,
                target.to(inputs.device),
                gradient_weight=stack_gradient_weights(
                    data_samples, inputs.device))
        if mode == 'predict':
            depth = self.decode_head(features)
            return add_predictions(depth, data_samples)
        raise ValueError(f'unknown mode {mode!r}; known: loss, predict, '
                         'tensor')


def add_predictions(depth: Tensor, data_samples: Samples | None) -> Samples:
    """Give each data sample its ``pred_depth_map``.

    Args:
        depth (Tensor): Of a batch, (N, 1, H, W) in metres, padded at the
            right and bottom.
        data_samples (list[BaseDataElement], optional): One for each image.

    Returns:
        list[BaseDataElement]: The same, or new ones if there are none. The
        prediction has the size of the ground truth, where there is one, or
        else of the image.

    Raises:
        ValueError: If the ground truth shows another part of the scene than
            the image; names it.
    """
    if data_samples is None:
        data_samples = [BaseDataElement() for _ in depth]
    for sample, depth_map in zip(data_samples, depth):
        height, width = sample.get('img_shape', depth_map.shape[-2:])[:2]
        pred = depth_map[:, :height, :width]
        if 'gt_depth_map' in sample:
            size = sample.gt_depth_map.data.shape[-2:]
            if size != pred.shape[-2:]:
                check_ground_truth_size(sample, size, (height, width))
                pred = F.interpolate(pred[None], size, mode='bilinear')[0]
        sample.pred_depth_map = PixelData(data=pred)
    return data_samples


def check_ground_truth_size(sample: BaseDataElement, size: Sequence[int],
                            image_size: Sequence[int]) -> None:
    """Refuse to stretch a prediction over another field of view.

    Args:
        sample (BaseDataElement): With the metainfo ``ori_shape`` and
            ``scale_factor`` where image and ground truth have different
            proportions.
        size (Sequence[int]): Height and width of its ground truth.
        image_size (Sequence[int]): Height and width of the image.

    Raises:
        ValueError: If neither is the other resized by a common factor, nor
            both are the file of the image, resized; names the image.
    """
    file_size = sample.get('ori_shape', image_size)[:2]
    x, y = sample.get('scale_factor', (1, 1))[:2]
    resized = all(
        abs(old * factor - new) < 1
        for old, factor, new in zip(file_size, (y, x), image_size))
    if not (same_proportions(size, image_size)
            or resized and same_proportions(size, file_size)):
        raise ValueError(
            f'ground truth of {size[0]} x {size[1]} pixels does not show what '
            f'its image of {image_size[0]} x {image_size[1]} shows, loaded '
            f'at {file_size[0]} x {file_size[1]}: {_name(sample)}; flip, crop '
            'and resize both alike, and leave padding to the '
            'data_preprocessor')


def stack_depth_maps(data_samples: Samples,
                     size: torch.Size,
                     key: str = 'gt_depth_map') -> Tensor:
    """Stack depth maps into a batch of the size of the padded images.

    Args:
        data_samples (list[BaseDataElement]): With depth maps.
        size (torch.Size): Height and width of the batch.
        key (str): Field of the depth maps.

    Returns:
        Tensor: (N, 1, H, W) in metres; 0, no measurement, in the padding.

    Raises:
        ValueError: If a depth map is missing or does not fit, or the batch
            mixes kinds of depth; names the images.
    """
    maps = []
    for sample, data in zip(data_samples, get_depth_maps(data_samples, key)):
        bottom, right = (full - part
                         for full, part in zip(size, data.shape[-2:]))
        image_size = tuple(sample.get('img_shape', data.shape[-2:]))[:2]
        if bottom < 0 or right < 0 or image_size != tuple(data.shape[-2:]):
            raise ValueError(
                f'{key} of {tuple(data.shape[-2:])} does not fit its '
                f'image of {image_size} in a batch of {tuple(size)}: '
                f'{_name(sample)}')
        maps.append(F.pad(data, (0, right, 0, bottom)))
    return torch.stack(maps)


def get_depth_maps(data_samples: Samples,
                   key: str = 'gt_depth_map') -> list[Tensor]:
    """Depth maps of a batch, of one kind.

    Args:
        data_samples (list[BaseDataElement]): With depth maps.
        key (str): Field of the depth maps.

    Returns:
        list[Tensor]: Each (1, H, W) in metres.

    Raises:
        ValueError: If there is no data sample, a depth map is missing, or the
            batch mixes kinds of depth; names the images.
    """
    if not data_samples:
        raise ValueError(f'data samples with {key} are needed, got none')
    _check_depth_types(data_samples)
    for sample in data_samples:
        if key not in sample:
            raise ValueError(
                f'no {key} in the data sample of {_name(sample)}')
    return [getattr(sample, key).data for sample in data_samples]


def stack_gradient_weights(
        data_samples: Samples,
        device: torch.device | str = 'cpu') -> Tensor | None:
    """How much the gradient loss of each image counts.

    Args:
        data_samples (list[BaseDataElement]): Those whose metainfo has no
            ``gradient_weight`` count 1.
        device (torch.device or str): Of the result.

    Returns:
        Tensor, optional: (N,), float32; None if no sample has a weight, and
        the losses are what they are without.

    Raises:
        ValueError: If a weight is negative or not finite; names the image.
    """
    if any('gradient_weight' in sample for sample in data_samples):
        return _gradient_weights(data_samples).to(device)
    return None


# a compiler would compile anew for each pattern of weights in a batch
@torch.compiler.disable
def _gradient_weights(data_samples: Samples) -> Tensor:
    weights = [
        float(sample.get('gradient_weight', 1.0)) for sample in data_samples
    ]
    for weight, sample in zip(weights, data_samples):
        if not 0 <= weight < math.inf:
            raise ValueError(
                'gradient_weight must be finite and at least 0, got '
                f'{weight} for {_name(sample)}')
    return torch.tensor(weights, dtype=torch.float32)


def _check_depth_types(data_samples: Samples) -> None:
    """Refuse a batch of depth along z and distance along the ray."""
    image_of = {
        sample.get('depth_type'): _name(sample)
        for sample in data_samples if sample.get('depth_type') is not None
    }
    if len(image_of) > 1:
        kinds = ', '.join(f'{kind!r} ({image})'
                          for kind, image in image_of.items())
        raise ValueError(
            f'a batch mixes depth maps of different depth_type: {kinds}; '
            'bring them to one with the transform ConvertDepthType')


def _name(sample: BaseDataElement) -> str:
    return sample.get('img_path', 'an image')

"""Depth maps and weights in the data samples of a batch."""
from __future__ import annotations

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from mmengine.structures import BaseDataElement
from torch import Tensor

from ..functional.image_sizes import same_proportions

Samples = list[BaseDataElement]


def check_ground_truth_size(sample: BaseDataElement, size: Sequence[int],
                            image_size: Sequence[int]) -> None:
    """Raise if a prediction would be stretched to another field of view.
    Ground truth may have the aspect ratio of the image, or of the file
    described by its metainfo ``ori_shape`` and ``scale_factor``."""
    file_size = sample.get('ori_shape', image_size)[:2]
    x, y = sample.get('scale_factor', (1, 1))[:2]
    resized = all(
        abs(old * factor - new) < 1
        for old, factor, new in zip(file_size, (y, x), image_size))
    if not (same_proportions(size, image_size)
            or resized and same_proportions(size, file_size)):
        raise ValueError(
            f'ground truth of {size[0]} x {size[1]} pixels does not match its '
            f'image of {image_size[0]} x {image_size[1]}, loaded at '
            f'{file_size[0]} x {file_size[1]}: {_name(sample)}; flip, crop '
            'and resize both together, and leave padding to the '
            'data_preprocessor')


def resize_bilinear(maps: Tensor, size: Sequence[int]) -> Tensor:
    """Resize (N, C, H, W) between pixel centres, if the size is another."""
    if maps.shape[-2:] == tuple(size):
        return maps
    return F.interpolate(maps, size, mode='bilinear', align_corners=False)


def get_depth_maps(data_samples: Samples,
                   key: str = 'gt_depth_map') -> list[Tensor]:
    """Depth maps of a batch, each (1, H, W) in metres, with one
    ``depth_type``."""
    if not data_samples:
        raise ValueError(f'data samples with {key} are needed, got none')
    kinds = {
        sample.depth_type: _name(sample)
        for sample in data_samples if sample.get('depth_type') is not None
    }
    if len(kinds) > 1:
        mixed = ', '.join(f'{kind!r} ({name})' for kind, name in kinds.items())
        raise ValueError(
            f'a batch mixes depth maps of different depth_type: {mixed}; '
            'convert them to one with the transform ConvertDepthType')
    for sample in data_samples:
        if key not in sample:
            raise ValueError(f'no {key} in the data sample of {_name(sample)}')
    return [getattr(sample, key).data for sample in data_samples]


def stack_depth_maps(data_samples: Samples, inputs: Tensor,
                     key: str = 'gt_depth_map') -> Tensor:
    """Depth maps as a batch (N, 1, H, W) with the size and device of
    ``inputs``; 0 (no measurement) in the padding at the right and bottom."""
    maps = []
    batch_size = tuple(inputs.shape[-2:])
    for sample, data in zip(data_samples, get_depth_maps(data_samples, key)):
        size = tuple(data.shape[-2:])
        bottom, right = (full - part for full, part in zip(batch_size, size))
        image_size = tuple(sample.get('img_shape', size))[:2]
        if bottom < 0 or right < 0 or image_size != size:
            raise ValueError(
                f'{key} of {size} does not fit its image of {image_size} in a '
                f'batch of {batch_size}: {_name(sample)}')
        maps.append(F.pad(data, (0, right, 0, bottom)))
    return torch.stack(maps).to(inputs.device)


def stack_gradient_weights(
        data_samples: Samples,
        device: torch.device | str = 'cpu') -> Tensor | None:
    """Weights of the images' gradient loss, (N,) float32. Images without the
    metainfo ``gradient_weight`` count 1. None if no image has one: then losses
    are computed without weights."""
    if any('gradient_weight' in sample for sample in data_samples):
        return _gradient_weights(data_samples).to(device)
    return None


# a compiler would recompile for each pattern of weights in a batch
@torch.compiler.disable
def _gradient_weights(data_samples: Samples) -> Tensor:
    weights = []
    for sample in data_samples:
        weight = float(sample.get('gradient_weight', 1.0))
        if not 0 <= weight < math.inf:
            raise ValueError(
                'gradient_weight must be finite and at least 0, got '
                f'{weight} for {_name(sample)}')
        weights.append(weight)
    return torch.tensor(weights, dtype=torch.float32)


def _name(sample: BaseDataElement) -> str:
    return sample.get('img_path', 'an image')

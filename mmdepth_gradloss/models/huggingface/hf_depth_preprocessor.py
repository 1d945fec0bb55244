from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from mmengine.model import BaseDataPreprocessor, stack_batch
from mmengine.registry import MODELS
from torch import Tensor

from ...functional.lookup import lookup
from .hf_transformers import import_transformers

# Switches of an image processor that are implemented, or not relevant: the
# last two are for segmentation maps and for images that are not RGB.
KNOWN_STEPS = {
    'do_resize', 'do_rescale', 'do_normalize', 'do_reduce_labels',
    'do_convert_rgb'
}

PIL_MODES = {2: 'bilinear', 3: 'bicubic'}
"""``resample`` of an image processor -> mode of ``F.interpolate``."""


@MODELS.register_module()
class HFDepthPreprocessor(BaseDataPreprocessor):
    """Reimplementation of a model's image processor on the model's device.

    Images of 0 to 255 are converted to RGB, resized, rescaled and normalised
    according to the model's ``preprocessor_config.json``. If the resized
    images of a batch have several sizes, they are padded at the right and
    bottom with 0, the mean colour; the size of each is the metainfo
    ``network_shape`` of its data sample. Ground truth is not changed.

    Supported are the image processors of DPT and Depth Anything, GLPN and
    ZoeDepth. ZoeDepth's pads its images for inference; set
    ``image_processor=dict(do_pad=False)``.

    Args:
        pretrained: Name on the Hub, or folder, of the model.
        image_processor: Entries that override those of ``pretrained``, or,
            without it, ``image_processor_type`` and all entries that differ
            from the defaults of this type.
        bgr_to_rgb: Whether images are BGR.

    Attributes:
        image_processor: The image processor of transformers, for reference and
            export; it is not called.

    Raises:
        ValueError: If the image processor has an unsupported type, step or
            resampling, or does not know an entry; names it.

    Examples:
        >>> data_preprocessor = dict(
        ...     type='HFDepthPreprocessor',
        ...     pretrained='depth-anything/Depth-Anything-V2-Small-hf',
        ...     image_processor=dict(size=dict(height=364, width=364)))
    """

    def __init__(self, pretrained: str | None = None,
                 image_processor: dict[str, Any] | None = None,
                 bgr_to_rgb: bool = True, non_blocking: bool = False) -> None:
        super().__init__(non_blocking)
        processor = _load_image_processor(pretrained, image_processor or {})
        kind = type(processor).__name__
        kind = kind.removesuffix('Pil').removesuffix('Fast')
        self.new_size, self.resize = lookup('image processor', kind, RESIZINGS)
        _check_steps(processor)
        self.image_processor = processor
        self.bgr_to_rgb = bgr_to_rgb
        # Not in checkpoints, like those of MMEngine's ImgDataPreprocessor
        for name, default in (('mean', 0.0), ('std', 1.0)):
            value = getattr(processor, f'image_{name}', None) or default
            value = torch.as_tensor(value).float().view(-1, 1, 1)
            self.register_buffer(name, value, persistent=False)

    def forward(self, data: dict, training: bool = False) -> dict:
        """Preprocess a batch; ``training`` is not used.

        ``data`` contains ``inputs``, a list of images (3, H, W) or a batch of
        them, and optionally ``data_samples``. Returns the same on the model's
        device; ``inputs`` are (N, 3, H, W) float32.
        """
        data = dict(self.cast_data(data))  # type: ignore[call-overload]
        images = [self.prepare(image) for image in data['inputs']]
        for image, sample in zip(images, data.get('data_samples') or []):
            sample.set_metainfo(dict(network_shape=tuple(image.shape[-2:])))
        data['inputs'] = stack_batch(images)
        return data

    def prepare(self, image: Tensor) -> Tensor:
        """Preprocess one image, (3, H, W) of 0 to 255; a ValueError if it does
        not have three channels."""
        if image.ndim != 3 or len(image) != 3:
            raise ValueError('expected an image of three channels (3, H, W), '
                             f'got {tuple(image.shape)}')
        processor = self.image_processor
        image = image.float()
        if self.bgr_to_rgb:
            image = image.flip(0)
        if processor.do_resize:
            size = self.new_size(processor, *image.shape[-2:])
            if size != tuple(image.shape[-2:]):
                mode = PIL_MODES[int(processor.resample)]
                image = self.resize(image[None], size, mode)[0]
        if processor.do_rescale:
            # GLPN's processor has no such entry in transformers 4
            image = image * getattr(processor, 'rescale_factor', 1 / 255)
        if getattr(processor, 'do_normalize', False):
            image = (image - self.mean) / self.std
        return image


def _load_image_processor(pretrained: str | None,
                          options: dict[str, Any]) -> Any:
    load = import_transformers().AutoImageProcessor.from_pretrained
    options = dict(options)
    if pretrained is None:
        kind = options.pop('image_processor_type', None)
        if kind is None:
            raise ValueError('set pretrained, or image_processor with an '
                             f'image_processor_type of {sorted(RESIZINGS)}; '
                             f'got image_processor={options}')
        lookup('image processor', kind, RESIZINGS)
        # transformers only chooses a class by its name and the installed
        # backends when it loads a file.
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / 'preprocessor_config.json'
            file.write_text(json.dumps(dict(image_processor_type=kind)))
            processor = load(folder, **options)
    else:
        processor = load(pretrained, **options)
    unknown = [key for key in options if not hasattr(processor, key)]
    if unknown:
        raise ValueError(f'image_processor has the entries {unknown}, which '
                         f'{type(processor).__name__} does not have; it has '
                         f'{sorted(processor.to_dict())}')
    return processor


def _check_steps(processor: Any) -> None:
    """Raise if a step is not supported by :class:`HFDepthPreprocessor`."""
    unknown = [
        key for key, value in processor.to_dict().items()
        if key.startswith('do_') and value and key not in KNOWN_STEPS
    ]
    if unknown:
        off = ', '.join(f'{key}=False' for key in unknown)
        raise ValueError(
            f'{type(processor).__name__} uses {", ".join(unknown)}, which '
            'HFDepthPreprocessor does not support; to disable it, set '
            f'image_processor=dict({off})')
    if processor.do_resize and int(processor.resample) not in PIL_MODES:
        raise ValueError(f'unknown resample {int(processor.resample)}; '
                         f'known: {PIL_MODES}')


def _fitted_size(processor: Any, height: int, width: int) -> tuple[int, ...]:
    """Multiples near the processor's size, optionally at the image's aspect
    ratio."""
    size = dict(processor.size)
    if not {'height', 'width'} <= set(size):
        raise ValueError('size of the image processor must have height and '
                         f'width, got {size}')
    scales = [size['height'] / height, size['width'] / width]
    if processor.keep_aspect_ratio:
        # the scale nearer to 1; the first if equal
        scales = [min(scales, key=lambda scale: abs(1 - scale))] * 2
    step = processor.ensure_multiple_of
    return tuple(
        int(round(scale * length / step) * step)
        for scale, length in zip(scales, (height, width)))


def _rounded_down_size(processor: Any, height: int,
                       width: int) -> tuple[int, ...]:
    step = processor.size_divisor
    return height // step * step, width // step * step


def _resize_pixels(images: Tensor, size: tuple[int, ...],
                   mode: str) -> Tensor:
    """Resize like Pillow: rows, then columns, each rounded to integers."""
    for shape in ((images.shape[-2], size[1]), size):
        images = F.interpolate(images, shape, mode=mode, antialias=True)
        images = images.add(0.5).floor().clamp(0, 255)
    return images


def _resize_corners(images: Tensor, size: tuple[int, ...],
                    mode: str) -> Tensor:
    """Resize like ZoeDepth: aligned corners, without rounding."""
    return F.interpolate(images, size, mode=mode, align_corners=True)


RESIZINGS = {
    'DPTImageProcessor': (_fitted_size, _resize_pixels),
    'GLPNImageProcessor': (_rounded_down_size, _resize_pixels),
    'ZoeDepthImageProcessor': (_fitted_size, _resize_corners),
}
"""Image processor of transformers, without the suffix of its backend ->
functions for the new height and width, and for resizing."""

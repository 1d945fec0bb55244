"""Images as a depth model of Hugging Face wants them."""
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

# Switches of an image processor that mean something, or nothing, here: the
# last two are for segmentation maps and for images that are not RGB.
KNOWN_STEPS = {
    'do_resize', 'do_rescale', 'do_normalize', 'do_reduce_labels',
    'do_convert_rgb'
}

PIL_MODES = {2: 'bilinear', 3: 'bicubic'}
"""``resample`` of an image processor -> mode of ``F.interpolate``."""


@MODELS.register_module()
class HFDepthPreprocessor(BaseDataPreprocessor):
    """Do on the model's device what a model's own image processor does.

    Images of 0 to 255 are brought to RGB, resized, rescaled and normalised
    as the ``preprocessor_config.json`` of the model says. A batch of images
    that come to different sizes is padded at the right and bottom with 0,
    the mean colour; each data sample gets the size of its own image as
    ``network_shape`` in its metainfo. Ground truth stays as it is.

    The image processors of DPT and Depth Anything, GLPN and ZoeDepth are
    known. ZoeDepth's pads its images for inference; give
    ``image_processor=dict(do_pad=False)``.

    Args:
        pretrained: Name on the Hub, or folder, of the model.
        image_processor: Entries that override those of ``pretrained``, or,
            without it, the whole ``image_processor_type`` and what differs
            from the defaults of this type.
        bgr_to_rgb: Whether images come as BGR.

    Attributes:
        image_processor: The image processor of transformers, for reference
            and export; it is not called.

    Raises:
        ValueError: If the image processor is of another type, has a step or
            resampling that is not known here, or an entry is not one of its
            own; names it.

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
        # Not in checkpoints, as in MMEngine's ImgDataPreprocessor
        for name, default in (('mean', 0.0), ('std', 1.0)):
            value = getattr(processor, f'image_{name}', None) or default
            value = torch.as_tensor(value).float().view(-1, 1, 1)
            self.register_buffer(name, value, persistent=False)

    def forward(self, data: dict, training: bool = False) -> dict:
        """Prepare a batch.

        Args:
            data: ``inputs``, a list of images (3, H, W) or a batch of them,
                and ``data_samples``, optional.
            training: Not used.

        Returns:
            The same on the model's device; ``inputs`` are (N, 3, H, W)
            float32.
        """
        data = dict(self.cast_data(data))  # type: ignore[call-overload]
        images = [self.prepare(image) for image in data['inputs']]
        for image, sample in zip(images, data.get('data_samples') or []):
            sample.set_metainfo(dict(network_shape=tuple(image.shape[-2:])))
        data['inputs'] = stack_batch(images)
        return data

    def prepare(self, image: Tensor) -> Tensor:
        """Prepare one image, (3, H, W) of 0 to 255; a ValueError if it has
        not three channels."""
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
            # GLPN's has no entry for it in transformers 4
            image = image * getattr(processor, 'rescale_factor', 1 / 255)
        if getattr(processor, 'do_normalize', False):
            image = (image - self.mean) / self.std
        return image


def _load_image_processor(pretrained: str | None,
                          options: dict[str, Any]) -> Any:
    """Image processor of transformers, in whichever backend is there."""
    load = import_transformers().AutoImageProcessor.from_pretrained
    options = dict(options)
    if pretrained is None:
        kind = options.pop('image_processor_type', None)
        if kind is None:
            raise ValueError('give pretrained, or image_processor with an '
                             f'image_processor_type of {sorted(RESIZINGS)}; '
                             f'got image_processor={options}')
        lookup('image processor', kind, RESIZINGS)
        # Only from a file does transformers choose a class by its name and
        # by what is installed.
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
    """Refuse what :class:`HFDepthPreprocessor` would leave out."""
    unknown = [
        key for key, value in processor.to_dict().items()
        if key.startswith('do_') and value and key not in KNOWN_STEPS
    ]
    if unknown:
        off = ', '.join(f'{key}=False' for key in unknown)
        raise ValueError(
            f'{type(processor).__name__} wants {", ".join(unknown)}, which '
            'HFDepthPreprocessor does not do; to go without, give '
            f'image_processor=dict({off})')
    if processor.do_resize and int(processor.resample) not in PIL_MODES:
        raise ValueError(f'unknown resample {int(processor.resample)}; '
                         f'known: {PIL_MODES}')


def _fitted_size(processor: Any, height: int, width: int) -> tuple[int, ...]:
    """The wanted size, or one near it of the image's shape, in multiples."""
    size = dict(processor.size)
    if not {'height', 'width'} <= set(size):
        raise ValueError('size of the image processor must have height and '
                         f'width, got {size}')
    scales = [size['height'] / height, size['width'] / width]
    if processor.keep_aspect_ratio:
        # the one that changes the image less; of two equal ones the first
        scales = [min(scales, key=lambda scale: abs(1 - scale))] * 2
    step = processor.ensure_multiple_of
    return tuple(
        int(round(scale * length / step) * step)
        for scale, length in zip(scales, (height, width)))


def _rounded_down_size(processor: Any, height: int,
                       width: int) -> tuple[int, ...]:
    """The largest multiples inside the image."""
    step = processor.size_divisor
    return height // step * step, width // step * step


def _resize_pixels(images: Tensor, size: tuple[int, ...],
                   mode: str) -> Tensor:
    """As Pillow does: along rows, then columns, each to whole numbers."""
    for shape in ((images.shape[-2], size[1]), size):
        images = F.interpolate(images, shape, mode=mode, antialias=True)
        images = images.add(0.5).floor().clamp(0, 255)
    return images


def _resize_corners(images: Tensor, size: tuple[int, ...],
                    mode: str) -> Tensor:
    """As ZoeDepth does: corner to corner, on real numbers."""
    return F.interpolate(images, size, mode=mode, align_corners=True)


RESIZINGS = {
    'DPTImageProcessor': (_fitted_size, _resize_pixels),
    'GLPNImageProcessor': (_rounded_down_size, _resize_pixels),
    'ZoeDepthImageProcessor': (_fitted_size, _resize_corners),
}
"""Image processor of transformers, without the name of its backend -> new
height and width, and how it resizes to them."""

from __future__ import annotations

import inspect
import re
from typing import Any

import numpy as np
from mmengine.config import Config, ConfigDict
from mmengine.dataset import Compose
from mmengine.registry import DATASETS

from ..datasets.transforms import LoadImage
from .depth_prediction import DEPTH, DISTANCE
from .photos import Photo

IMAGE_LOADERS = {'LoadImage', 'LoadImageFromFile'}
GROUND_TRUTH_STEPS = {
    'ConvertDepthType', 'LoadAnnotations', 'LoadDepthAnnotation',
    'LoadDepthMap', 'SetGradientWeight', 'SparsifyDepth'
}
"""Transforms that load or change only ground truth."""

_MOVING = re.compile('Affine|Aug|Crop|Flip|Pad|Rotat')
"""Matches names of transforms that move pixels."""


class ImagePipeline:
    """Load images and preprocess them like the test data of a config.

    Steps for ground truth are left out. Images are resized to those of a data
    set that generates its images, such as :class:`SyntheticDepthDataset`.
    Pipelines of wrapped data sets are joined.

    Raises ValueError if the config has no test data, its data sets preprocess
    images differently, or a step moves pixels in a way that cannot be undone.
    ``quantity`` is the quantity of the test data's ground truth.
    """

    def __init__(self, cfg: Config) -> None:
        loader = cfg.get('test_dataloader') or {}
        if not loader.get('dataset'):
            raise ValueError('the config has no test_dataloader with a '
                             'dataset, whose pipeline prepares the images')
        dataset, steps = _unwrap(loader['dataset'])
        kind = _argument(dataset, 'depth_type') or 'depth'
        options: dict = {}
        kept = []
        for step in steps:
            name = _name(step)
            if _MOVING.search(name):
                raise ValueError(
                    f'the test pipeline has {name}, after which a prediction '
                    'does not match its image; use a test pipeline without it')
            if name in IMAGE_LOADERS:
                options = step
            elif name not in GROUND_TRUTH_STEPS:
                kept.append(step)
            elif name == 'ConvertDepthType':
                kind = step.get('target', 'depth')
        self.quantity = DISTANCE if kind.startswith('distance') else DEPTH
        # Unlike mmcv's, it names the file that it cannot read. A photo has no
        # depth map in the stored orientation, so EXIF rotation is applied.
        self.loader = LoadImage(
            to_float32=options.get('to_float32', False),
            color_type=options.get('color_type', 'color').removesuffix(
                '_ignore_orientation'),
            backend_args=options.get('backend_args'),
            ignore_orientation=False)
        self.prepare = Compose(kept)

    def load(self, photo: Photo) -> np.ndarray:
        """Read an image, (H, W, 3), BGR, 0 to 255; an OSError or ValueError
        names an unreadable file."""
        if isinstance(photo.source, str):
            return self.loader(dict(img_path=photo.source))['img']
        return (photo.source.astype(np.float32)
                if self.loader.to_float32 else photo.source)

    def __call__(self, image: np.ndarray, img_path: str | None) -> dict:
        """Preprocess a loaded image: ``inputs``, and ``data_samples`` with the
        image's ``ori_shape``."""
        shape = image.shape[:2]
        packed = self.prepare(
            dict(img=image, img_path=img_path, img_shape=shape,
                 ori_shape=shape))
        packed['data_samples'].set_metainfo(dict(ori_shape=shape))
        return packed


def _name(config: ConfigDict) -> str:
    kind = config['type']
    return kind.split('.')[-1] if isinstance(kind, str) else kind.__name__


def _unwrap(dataset: ConfigDict) -> tuple[ConfigDict, list[ConfigDict]]:
    """The first data set inside wrappers, and its whole pipeline."""
    inner = dataset
    steps: list[ConfigDict] = []
    if dataset.get('datasets'):
        (inner, steps), *others = map(_unwrap, dataset['datasets'])
        if any(other != steps for _, other in others):
            raise ValueError('the data sets of the test_dataloader preprocess '
                             'images differently; keep only one of them')
    elif isinstance(dataset.get('dataset'), dict):
        inner, steps = _unwrap(dataset['dataset'])
    elif _name(dataset) == 'SyntheticDepthDataset':
        height, width = _argument(dataset, 'size')
        steps = [ConfigDict(type='ResizeDepth', scale=(width, height))]
    return inner, [*steps, *(dataset.get('pipeline') or [])]


def _argument(dataset: ConfigDict, name: str) -> Any:
    if name in dataset:
        return dataset[name]
    kind = dataset['type']
    if isinstance(kind, str):
        with DATASETS.switch_scope_and_registry(None) as registry:
            kind = registry.get(kind)
    parameter = inspect.signature(kind).parameters.get(name)
    return parameter and parameter.default

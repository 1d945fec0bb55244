from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.infer import BaseInferencer
from mmengine.logging import MMLogger
from mmengine.registry import MODELS, DefaultScope
from mmengine.structures import BaseDataElement
from rich.progress import track
from torch import Tensor, nn

from ..config.config_scope import find_config
from ..config.find_packages import find_packages_by_module
from ..models import HFDepthEstimator, ResNetSAN
from ..models.depth_samples import resize_bilinear
from ..runner.checkpoint import check_weights_fit, read_weights
from .depth_prediction import RELATIVE, DepthPrediction
from .depth_writer import DepthWriter
from .image_pipeline import ImagePipeline
from .photos import Photo, find_photos
from .prediction_picture import draw_prediction


class _Item(NamedTuple):
    photo: Photo
    image: np.ndarray
    data: dict


class DepthInferencer(BaseInferencer):
    """Predict depth maps of images.

    Images are preprocessed as in the config's ``test_dataloader``, without the
    steps for ground truth. Each depth map has the size of its image, in metres
    if the network predicts metres.

    Supports the models of this package's configs, and others whose data
    samples have ``pred_depth_map``, such as mmsegmentation's depth models.

    Args:
        model: Config file, the name of a config of this package, or a config.
        weights: Checkpoint with all weights of the model. Defaults to the
            config's ``load_from`` or, for a :class:`HFDepthEstimator`, its
            ``pretrained``.
        device: Such as 'cuda:0' or 'cpu'. Defaults to an accelerator, if any.
        show_progress: Whether to show a progress bar.

    Raises:
        FileNotFoundError: If the config or the checkpoint does not exist.
        ValueError: If there are no weights, or they do not fit; if the images
            cannot be preprocessed like the test data; or if the model also
            needs a sparse depth map.

    Examples:
        >>> def predict(folder: str) -> list[str]:
        ...     inferencer = DepthInferencer(
        ...         'unet-small_rooms-192x128_recommended',
        ...         weights='work_dirs/iter_1000.pth')
        ...     results = inferencer(folder, batch_size=8, out_dir='out')
        ...     return [x['depth_path'] for x in results['predictions']]
    """

    def __init__(self, model: str | os.PathLike | Config,
                 weights: str | os.PathLike | None = None,
                 device: str | None = None,
                 show_progress: bool = True) -> None:
        cfg = _read_config(model)
        self._number_of_arrays = 0
        with DefaultScope.overwrite_default_scope(cfg.get('default_scope')):
            super().__init__(
                cfg, None if weights is None else str(weights), device,
                show_progress=show_progress)
        if (isinstance(self.model, ResNetSAN) and self.model.depth_encoder
                is not None and self.model.use_sparse_input):
            raise ValueError(
                'this ResNetSAN completes a sparse depth map, but images have '
                'none; to predict from images only, which is part of its '
                'training, set model.use_sparse_input=False')
        self.quantity = self.pipeline.quantity
        if getattr(self.model, 'prediction', 'depth') == 'relative_inverse':
            self.quantity = RELATIVE

    def __call__(  # type: ignore[override]
            self, inputs: Any, batch_size: int = 1,
            out_dir: str | os.PathLike | None = None,
            depth_format: str | None = None, depth_scale: float | None = None,
            return_vis: bool = False) -> dict[str, Any]:
        """Predict depth maps.

        Args:
            inputs: One or several image files, folders of them (with
                sub-folders), or BGR images (H, W, 3) of 0 to 255.
            batch_size: Number of consecutive images per batch, if they have
                the same input size.
            out_dir: Where :class:`DepthWriter` writes depth files and
                pictures, image by image. Names of files and folders are kept;
                arrays are numbered.
            depth_format, depth_scale: See :class:`DepthWriter`.
            return_vis: Whether to return the pictures.

        Returns:
            ``predictions``, a dict for each image: ``img_path`` (None for an
            array), ``quantity`` (such as 'depth'), ``range`` (minimum and
            maximum, None if no value is usable) and either ``depth``
            (np.ndarray, (H, W) float32) or, with ``out_dir``, ``depth_path``
            and ``vis_path``. ``visualization``, the pictures, (height, width,
            3) uint8 RGB, if ``return_vis``. With ``out_dir`` also
            ``contents``, a description of the depth files, ``unreadable``,
            messages about images that could not be read, and ``warnings``
            about the files; the latter two are also logged.

        Raises:
            FileNotFoundError: If a file does not exist, or a folder has no
                image.
            OSError, ValueError: If an image cannot be read; names it. With
                ``out_dir`` it is added to ``unreadable``, and prediction
                continues.
            TypeError: If an input is of another type.
            ValueError: If an argument is out of range, or predictions would
                overwrite each other or the images.
        """
        if batch_size < 1:
            raise ValueError(
                f'batch_size must be at least 1, got {batch_size}')
        writer = None
        if out_dir is not None:
            writer = DepthWriter(
                Path(out_dir), self.quantity, depth_format, depth_scale)
        elif depth_format is not None or depth_scale is not None:
            raise ValueError('depth_format and depth_scale are for files; '
                             'set out_dir too')
        photos = find_photos(inputs, self._number_of_arrays)
        self._number_of_arrays += sum(x.path is None for x in photos)
        if writer is not None:
            writer.check_photos(photos)

        results: dict[str, Any] = dict(predictions=[], visualization=[])
        unreadable: list[str] | None = None if writer is None else []
        predictions: Iterable = self._predict(photos, batch_size, unreadable)
        if self.show_progress:
            predictions = track(
                predictions, description='Inference', total=len(photos))
        for prediction in predictions:
            if return_vis:
                results['visualization'] += self.visualize([], [prediction])
            results['predictions'] += self.postprocess([prediction],
                                                       writer=writer)
        if writer is not None:
            results.update(contents=writer.contents, unreadable=unreadable,
                           warnings=writer.warnings)
            for message in writer.warnings:
                MMLogger.get_current_instance().warning(message)
        return results

    def preprocess(  # type: ignore[override]
            self, inputs: Sequence[Photo], batch_size: int = 1,
            unreadable: list[str] | None = None) -> Iterator[list[_Item]]:
        """Read and preprocess images, in batches of one size.

        Images of different sizes are not padded to the largest: a prediction
        would depend on the rest of its batch. Messages about unreadable images
        are added to ``unreadable``; None lets them raise.
        """
        batch: list[_Item] = []
        for photo in inputs:
            try:
                image = self.pipeline.load(photo)
            except (OSError, ValueError) as error:
                if unreadable is None:
                    raise
                unreadable.append(str(error))
                MMLogger.get_current_instance().error(error)
                continue
            data = self.pipeline(image, photo.path)
            if batch and (len(batch) == batch_size or data['inputs'].shape
                          != batch[0].data['inputs'].shape):
                yield batch
                batch = []
            batch.append(_Item(photo, image, data))
        if batch:
            yield batch

    def visualize(  # type: ignore[override]
            self, inputs: list,
            preds: Sequence[DepthPrediction]) -> list[np.ndarray]:
        """Pictures of predictions, (height, width, 3) uint8, RGB; ``inputs``
        are not used."""
        return [draw_prediction(x) for x in preds]

    def postprocess(  # type: ignore[override]
            self, preds: Sequence[DepthPrediction],
            visualization: Sequence[np.ndarray] = (),
            writer: DepthWriter | None = None) -> list[dict]:
        """Write predictions and their pictures, or return them, as
        ``predictions`` of :meth:`__call__`."""
        results = []
        for x in preds:
            output: dict = dict(
                img_path=x.img_path, quantity=x.quantity.name, range=x.range)
            if writer is None:
                output['depth'] = x.depth
            else:
                output.update(writer.write(x, draw_prediction))
            results.append(output)
        return results

    def _predict(self, photos: Sequence[Photo], batch_size: int,
                 unreadable: list[str] | None) -> Iterator[DepthPrediction]:
        for batch in self.preprocess(photos, batch_size, unreadable):
            samples = self.forward(self.collate_fn([x.data for x in batch]))
            for item, sample in zip(batch, samples):
                yield DepthPrediction(item.photo.name, item.photo.path,
                                      item.image, _depth_of(sample),
                                      self.quantity)

    def _init_model(self, cfg: Config, weights: str | None,
                    device: str = 'cpu') -> nn.Module:
        if cfg.get('data_preprocessor'):  # as a Runner does
            cfg.model.setdefault('data_preprocessor', cfg.data_preprocessor)
        model = MODELS.build(cfg.model)
        weights = weights or cfg.get('load_from')
        if weights:
            state = read_weights(weights)
            check_weights_fit(model, weights, state)
            _warn_of_surplus(model, weights, state)
            model.load_state_dict(state, strict=False)
        elif not (isinstance(model, HFDepthEstimator)
                  and cfg.model.get('pretrained')):
            raise ValueError(
                f'{type(model).__name__} would predict with random weights; '
                'pass a checkpoint as weights')
        model.cfg = cfg
        return model.to(device).eval()

    def _init_pipeline(self, cfg: Config) -> ImagePipeline:
        return ImagePipeline(cfg)

    def _init_collate(self, cfg: Config) -> Callable:
        # Not the config's: every model accepts a list of images.
        return pseudo_collate

    def _init_visualizer(self, cfg: Config) -> None:
        return None  # MMEngine's visualizer is for runs


def _read_config(model: str | os.PathLike | Config) -> Config:
    if isinstance(model, Config):
        return model
    if not isinstance(model, (str, os.PathLike)):
        raise TypeError('model must be a config file, a name or a Config, got '
                        f'{type(model).__name__}')
    path = find_config(str(model))
    with find_packages_by_module():
        return Config.fromfile(path)


def _warn_of_surplus(model: nn.Module, filename: str,
                     state: dict[str, Tensor]) -> None:
    """Another network may hold all weights of this one, and more."""
    surplus = sorted(state.keys() - model.state_dict().keys())
    if surplus:
        MMLogger.get_current_instance().warning(
            f'{filename} holds {len(surplus)} weights that '
            f'{type(model).__name__} does not have, such as {surplus[0]}; is '
            'it for another network?')


def _depth_of(sample: BaseDataElement) -> np.ndarray:
    """Prediction of one image at its own size, (H, W) float32."""
    if 'pred_depth_map' not in sample:
        raise ValueError("the model's data samples have no pred_depth_map, "
                         f'only {sorted(sample.keys())}')
    depth = sample.pred_depth_map.data.float()
    depth = resize_bilinear(depth[None], sample.metainfo['ori_shape'])
    return depth[0, 0].cpu().numpy()

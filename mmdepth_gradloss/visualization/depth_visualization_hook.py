from __future__ import annotations

import os.path as osp
from collections.abc import Iterable, Iterator, Sequence, Sized
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import numpy as np
import torch
from matplotlib.image import imsave
from mmengine.dist import get_world_size, is_main_process
from mmengine.hooks import Hook
from mmengine.registry import HOOKS
from mmengine.runner import BaseLoop, Runner
from mmengine.visualization import MLflowVisBackend
from torch import Tensor
from torch.utils.data import DataLoader

from ..evaluation.base_depth_metric import sample_map
from ..functional.masking import valid_depth_mask
from .loss_curves import draw_loss_curves, select_losses
from .panel import PanelOptions, draw_depth_panel
from .rgb_image import rgb_image


# by force, as a placeholder may be registered if mmcv is missing
@HOOKS.register_module(force=True)
class DepthVisualizationHook(Hook):
    """Draw predicted depth maps with their edges, and loss curves.

    During validation and testing, it draws a panel per chosen image, see
    :func:`draw_depth_panel`, with the image's errors and boundary F1 (as in
    ``DepthBoundaryMetric``) in the heading. After training, it draws the
    curves of the total loss, its components and the gradient loss's weight and
    share.

    All figures go to the visualizer's backends: as ``val_00012`` or
    ``test_00012`` (the image's index in its data set) at the current
    iteration, and as ``loss_curves``. MLflow, which stores files, gets
    ``val_00012_400.png`` and so on. The curves are also written to
    ``loss_curves.png`` in the work directory.

    The latest prediction of each image is saved in ``predictions`` in the work
    directory, so that another run can show it as its ``reference``.

    A figure that cannot be drawn, or that a backend rejects, does not end a
    run: the first such failure of each kind is logged as a warning. With
    several processes the main one draws the images in its share that are
    nearest to the chosen ones.

    Args:
        interval: Draw at every ``interval``-th validation, beginning with the
            first one of this process. Tests are always drawn.
        num_images: Number of images, spread evenly over the data set,
            including the first. 0 draws only loss curves.
        indices: Indices in the data set of the images to draw, instead of
            ``num_images``.
        levels: Pyramid levels to draw, one row each; level i has 1 / 2^i of
            the resolution.
        error: Error map: 'abs_rel' or 'abs' (metres).
        max_error: End of the error's colour scale, to compare panels over
            time; defaults to the 95th percentile of each image.
        domain: Gradients of 'log' or 'linear' depth.
        edge_ratio: Ratio of neighbouring depths that makes an edge, above 1.
        min_depth, max_depth: Range of valid ground truth in metres, to which
            predictions are clamped for the errors, as in the metrics.
        width: Width of a panel in pixels.
        reference: Work directory of another run on the same images, such as a
            training without the gradient loss. Panels show its latest
            predictions beside those of this run.

    Raises:
        ValueError: If an argument is out of range or unknown, or the
            reference has no predictions; at the start of a run, if an index
            is not in the data set.

    Examples:
        >>> custom_hooks = [
        ...     dict(type='DepthVisualizationHook', num_images=4, max_depth=10)
        ... ]
        >>> vis_backends = [
        ...     dict(type='LocalVisBackend'),
        ...     dict(type='TensorboardVisBackend')
        ... ]
        >>> visualizer = dict(type='Visualizer', vis_backends=vis_backends)
    """

    def __init__(self, interval: int = 1, num_images: int = 4,
                 indices: Sequence[int] | None = None,
                 levels: Sequence[int] = (0, 2), error: str = 'abs_rel',
                 max_error: float | None = None, domain: str = 'log',
                 edge_ratio: float = 1.1, min_depth: float | None = None,
                 max_depth: float | None = None, width: int = 1400,
                 reference: str | None = None):
        for name, value, least in (('interval', interval, 1),
                                   ('num_images', num_images, 0)):
            if value < least:
                raise ValueError(f'{name} must be >= {least}, got {value}')
        if indices is not None and any(i < 0 for i in indices):
            raise ValueError(
                f'indices must not be negative, got {list(indices)}')
        if reference is not None and not _predictions(reference).is_dir():
            raise ValueError(
                f'reference={reference!r} has no folder predictions; expected '
                'the work directory of a run with a DepthVisualizationHook')
        self.interval = interval
        self.num_images = num_images
        self.indices = indices
        self.reference = reference
        self.options = PanelOptions(
            tuple(levels), error, max_error, domain, edge_ratio, width,
            min_depth, max_depth)
        self._validations = 0
        self._samples_seen = 0
        self._positions: set[int] = set()
        self._failed: set[str] = set()

    def before_train(self, runner: Runner) -> None:
        """Check indices now, not at the first validation."""
        if runner.val_loop is not None:
            self._choose(runner.val_dataloader)

    def _before_epoch(self, runner: Runner, mode: str = 'train') -> None:
        """Choose the images, or none if this validation is not drawn."""
        self._samples_seen = 0
        self._positions = set()
        draws = mode == 'test'
        if mode == 'val':
            draws = self._validations % self.interval == 0
            self._validations += 1
        if draws and is_main_process():
            chosen = self._choose(getattr(runner, f'{mode}_dataloader'))
            # The main process, rank 0, gets every world_size-th sample.
            self._positions = {i // get_world_size() for i in chosen}

    def _after_iter(self, runner: Runner, batch_idx: int,
                    data_batch: dict | tuple | list | None = None,
                    outputs: Sequence | dict | None = None,
                    mode: str = 'train') -> None:
        if mode == 'train' or not self._positions:
            return
        assert isinstance(data_batch, dict) and outputs is not None
        for i, sample in enumerate(outputs):
            if self._samples_seen in self._positions:
                index = self._samples_seen * get_world_size()
                with self._only_warn(runner, 'Panels of depth maps',
                                     type(self).__name__):
                    self._draw_sample(runner, data_batch['inputs'][i], sample,
                                      f'{mode}_{index:05d}')
            self._samples_seen += 1

    def after_train(self, runner: Runner) -> None:
        """Draw the loss curves, including those before a resume."""
        if not is_main_process():
            return
        histories = {
            name[len('train/'):]: buffer.data[0]
            for name, buffer in runner.message_hub.log_scalars.items()
            if name.startswith('train/')
        }
        if not select_losses(histories):
            runner.logger.warning('No loss was logged, so there are no loss '
                                  'curves to draw.')
            return
        with self._only_warn(runner, 'Loss curves', type(self).__name__):
            figure = draw_loss_curves(
                histories, runner.iter, title=runner.experiment_name)
            self._show(runner, 'loss_curves', figure, runner.iter)
            imsave(osp.join(runner.work_dir, 'loss_curves.png'), figure)

    def _choose(self, dataloader: DataLoader) -> Iterable[int]:
        size = len(cast(Sized, dataloader.dataset))
        if self.indices is None:
            number = min(self.num_images, size)
            return [i * size // number for i in range(number)]
        beyond = [i for i in self.indices if i >= size]
        if beyond:
            raise ValueError(f'indices {beyond} are not in the data set, '
                             f'which has {size} samples')
        return self.indices

    def _draw_sample(self, runner: Runner, image: Tensor, sample,
                     name: str) -> None:
        target, pred = (
            sample_map(sample.to_dict(), key, name).float().cpu().numpy()
            for key in ('gt_depth_map', 'pred_depth_map'))
        valid = valid_depth_mask(
            torch.from_numpy(target), min_depth=self.options.min_depth,
            max_depth=self.options.max_depth).numpy()
        # runner.iter would build the training loop and its data set, even if
        # there is no training.
        trains = isinstance(runner._train_loop, BaseLoop)
        step = runner.iter if trains else 0
        file = osp.basename(sample.metainfo.get('img_path') or '')
        # Keep the end of a name, which identifies the frame, on one line.
        heading = [name, file if len(file) <= 45 else f'...{file[-42:]}']
        if step:
            heading.append(f'iteration {step}')
        panel = draw_depth_panel(
            rgb_image(image), target, pred, valid, '    '.join(heading),
            self.options, self._reference_prediction(runner, name, target))
        self._show(runner, name, panel, step)
        folder = _predictions(runner.work_dir)
        folder.mkdir(exist_ok=True)
        np.savez_compressed(folder / name, target=target, pred=pred)

    def _reference_prediction(self, runner: Runner, name: str,
                              target: np.ndarray) -> np.ndarray | None:
        if self.reference is None:
            return None
        with self._only_warn(runner, 'Reference predictions', 'reference'):
            file = _predictions(self.reference) / f'{name}.npz'
            with np.load(file) as sample:
                if not np.array_equal(sample['target'], target, True):
                    raise ValueError(
                        f'{file} has another ground truth than {name} of '
                        'this run; are their validation images the same?')
                return sample['pred']
        return None

    def _show(self, runner: Runner, name: str, figure: np.ndarray,
              step: int) -> None:
        """``Visualizer.add_image``, but each backend may fail separately."""
        for part, backend in runner.visualizer._vis_backends.items():
            # MLflow stores files, which need an ending, and knows no step.
            is_file = isinstance(backend, MLflowVisBackend)
            with self._only_warn(runner, f'Pictures for {part}', part):
                backend.add_image(f'{name}_{step}.png' if is_file else name,
                                  figure, step)

    @contextmanager
    def _only_warn(self, runner: Runner, what: str,
                   part: str) -> Iterator[None]:
        """Continue the run after a failure, and warn of the first one."""
        try:
            yield
        except Exception as error:
            if what not in self._failed:
                self._failed.add(what)
                runner.logger.warning(
                    f'{what} failed ({type(error).__name__}: {error}); the '
                    'run continues without them. Fix the cause, or remove '
                    f'{part} from the config.',
                    exc_info=True)


def _predictions(work_dir: str) -> Path:
    return Path(work_dir, 'predictions')

from __future__ import annotations

import os.path as osp
from collections.abc import Iterator
from typing import Any

from mmengine.dist import master_only
from mmengine.hooks import Hook
from mmengine.runner import Runner


class SharedImagesHook(Hook):
    """Warn at the start of a run if it is validated on images of its training.

    Usually both data sets name the same split file or folder. Compares the
    files named by ``img_path`` of all samples.
    """

    @master_only
    def before_train(self, runner: Runner) -> None:
        """Compare the data sets."""
        if runner.val_loop is None:
            return
        seen = set(_image_files(runner.train_dataloader.dataset))
        files = list(_image_files(runner.val_dataloader.dataset))
        shared = [path for path in files if path in seen]
        if shared:
            runner.logger.warning(
                f'{len(shared)} of {len(files)} validation images are also '
                f'training images, such as {shared[0]}, so the metrics do not '
                'show how the model performs on new images; check ann_file '
                'and data_prefix of train_dataloader and val_dataloader')


def _image_files(dataset: Any) -> Iterator[str]:
    """Files of all samples, also of wrapped data sets. None of a data set that
    generates its images, or of PyTorch's ``Subset``."""
    if hasattr(dataset, 'indices'):
        return
    parts = getattr(dataset, 'datasets', None)
    if parts is None and hasattr(dataset, 'dataset'):
        parts = [dataset.dataset]
    if parts is not None:
        for part in parts:
            yield from _image_files(part)
    elif hasattr(dataset, 'get_data_info'):
        for i in range(len(dataset)):
            path = dataset.get_data_info(i).get('img_path', '')
            if i == 0 and not osp.isfile(path):
                return
            yield osp.abspath(path)

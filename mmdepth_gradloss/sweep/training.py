from __future__ import annotations

import copy
import time
from collections.abc import Sized
from contextlib import redirect_stderr, redirect_stdout
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.runner import Runner

from ..runner.summary import last_metrics
from ..visualization.rgb_image import rgb_image
from .variants import Variant

NUM_SAMPLES = 4


def train(cfg: Config, variant: Variant, seed: int,
          folder: Path) -> dict[str, Any]:
    """Train a variant of a config, and store curves and some predictions.

    Console output goes to ``console.log`` of the run's folder, scalars by
    iteration to ``curves.npz``, and image, ground truth and prediction of a
    few validation images to ``samples.npz``. Returns names, metrics of the
    last validation, and seconds; a RuntimeError without a validation.
    """
    start = time.perf_counter()
    with (open(folder / 'console.log', 'w') as console,
          redirect_stdout(console), redirect_stderr(console)):
        runner = Runner.from_cfg(_run_config(cfg, variant, seed, folder))
        runner.train()
        metrics = last_metrics(runner, 'val')
        if not metrics:
            raise RuntimeError(
                'the run ended without a validation, so there is nothing to '
                'compare; the config needs val_dataloader and val_evaluator')
        curves: dict[str, Any] = {
            name[len('train/'):]: np.asarray(buffer.data[0], np.float32)
            for name, buffer in runner.message_hub.log_scalars.items()
            if name.startswith('train/')
        }
        np.savez_compressed(folder / 'curves.npz', **curves)
        np.savez_compressed(folder / 'samples.npz', **_samples(runner))
    return dict(
        variant=variant.name, seed=seed, overrides=variant.changes,
        metrics=metrics, seconds=round(time.perf_counter() - start, 1),
        finished=datetime.now(timezone.utc).isoformat(timespec='seconds'))


def _run_config(cfg: Config, variant: Variant, seed: int,
                folder: Path) -> Config:
    cfg = variant.apply(cfg)
    cfg.pop('sweep', None)  # not needed in the config that the run dumps
    cfg.work_dir = str(folder)
    # Only the seed differs between runs.
    cfg.randomness = dict(copy.deepcopy(cfg.get('randomness', {})), seed=seed)
    # MMEngine stores logger and scalars of a process by this name.
    cfg.experiment_name = f'{folder}_{time.time_ns()}'.replace('/', '_')
    return cfg


@torch.no_grad()
def _samples(runner: Runner) -> dict[str, Any]:
    """Images spread over the validation set, the same in each run."""
    dataset = runner.val_dataloader.dataset
    size = len(cast(Sized, dataset))
    number = min(NUM_SAMPLES, size)
    runner.model.eval()
    samples = []
    for i in range(number):
        # From the middle of each part: the first image of a data set is
        # often atypical.
        item = dataset[(2 * i + 1) * size // (2 * number)]
        sample = runner.model.test_step(pseudo_collate([item]))[0]
        samples.append([
            rgb_image(item['inputs']),
            *(depth.data.float().cpu().numpy().squeeze()
              for depth in (sample.gt_depth_map, sample.pred_depth_map))
        ])
    shapes = [[array.shape for array in sample] for sample in samples]
    same_size = [x for x, shape in zip(samples, shapes) if shape == shapes[0]]
    return dict(zip(('image', 'target', 'pred'), map(np.stack,
                                                     zip(*same_size))))

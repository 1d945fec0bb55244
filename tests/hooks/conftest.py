"""A training run small enough for a unit test."""
from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from mmengine.logging import MMLogger
from mmengine.runner import Runner
from mmengine.structures import BaseDataElement, PixelData
from torch.utils.data import Dataset

import mmdepth_gradloss  # noqa: F401
from mmdepth_gradloss.models import MonoDepthEstimator
from mmdepth_gradloss.runner.checkpoint import register_checkpoint_loader


class ToyScenes(Dataset):
    """Random boxes in front of a wall, by index."""
    metainfo: dict = {}

    def __len__(self) -> int:
        return 12

    def __getitem__(self, index: int) -> dict:
        generator = torch.Generator().manual_seed(index)
        depth = torch.full((1, 16, 24), 5.0)
        top, left = torch.randint(2, 8, (2, ), generator=generator).tolist()
        depth[:, top:top + 6, left:left + 8] = 2.0
        image = (depth * 40).byte().expand(3, -1, -1).clone()
        sample = BaseDataElement(metainfo=dict(img_path=f'{index}.png'))
        sample.gt_depth_map = PixelData(data=depth)
        return dict(inputs=image, data_samples=sample)


def toy_model(loss: dict | list[dict]) -> MonoDepthEstimator:
    channels = [4, 6, 8]
    return MonoDepthEstimator(
        dict(type='ResidualEncoder', channels=channels, blocks=[1, 1]),
        dict(type='UNetDepthHead', in_channels=channels, loss=loss),
        data_preprocessor=dict(
            type='ImgDataPreprocessor', mean=[100.0] * 3, std=[50.0] * 3))


class ToyRun:
    """A short training run and its logs."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.runs = 0

    def __call__(self, hook: dict | list | None, loss: dict | list[dict],
                 max_iters: int = 8, by_epoch: bool = False,
                 name: str | None = None, accumulative_counts: int = 1,
                 **kwargs) -> Runner:
        self.runs += 1
        hooks = hook if isinstance(hook, list) else [hook] * bool(hook)
        name = name or f'run{self.runs}'
        if by_epoch:
            loop = dict(type='EpochBasedTrainLoop', max_epochs=max_iters // 3)
        else:
            loop = dict(type='IterBasedTrainLoop', max_iters=max_iters)
        sampler = 'DefaultSampler' if by_epoch else 'InfiniteSampler'
        torch.manual_seed(0)
        register_checkpoint_loader()
        runner = Runner(
            model=toy_model(loss),
            work_dir=str(self.root / name),
            experiment_name=f'{self.root.name}_{name}_{self.runs}',
            train_dataloader=dict(
                batch_size=4, dataset=ToyScenes(),
                sampler=dict(type=sampler, shuffle=True)),
            train_cfg=loop,
            optim_wrapper=dict(
                optimizer=dict(type='Adam', lr=1e-2),
                accumulative_counts=accumulative_counts),
            custom_hooks=hooks,
            default_hooks=dict(
                logger=dict(
                    type='LoggerHook', interval=1, log_metric_by_epoch=False),
                checkpoint=dict(
                    type='CheckpointHook', by_epoch=by_epoch,
                    interval=1 if by_epoch else 5)),
            log_processor=dict(by_epoch=by_epoch, window_size=1),
            log_level='ERROR',
            randomness=dict(seed=1),
            default_scope='mmengine',
            **kwargs)
        runner.train()
        return runner

    @staticmethod
    def history(runner: Runner, key: str) -> list[float]:
        return runner.message_hub.get_scalar(f'train/{key}').data[0].tolist()

    @staticmethod
    def json_log(runner: Runner) -> list[dict]:
        path = Path(runner.log_dir) / 'vis_data' / 'scalars.json'
        return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.fixture
def toy_run(tmp_path: Path) -> ToyRun:
    return ToyRun(tmp_path)


@pytest.fixture
def warnings(monkeypatch) -> list[str]:
    """Logged warnings, except MMEngine's own about its schedulers."""
    messages: list[str] = []

    def keep(logger, message):
        if 'save_param_scheduler' not in message:
            messages.append(message)

    monkeypatch.setattr(MMLogger, 'warning', keep)
    return messages

"""Short training runs in the test process."""
from __future__ import annotations

import json
from pathlib import Path

import torch
from mmengine.config import Config
from mmengine.runner import Runner

from mmdepth_gradloss.runner import ReplayDataHook
from mmdepth_gradloss.runner.checkpoint import register_checkpoint_loader


def shorten(cfg: Config, data_root: Path) -> None:
    """Use small batches and no worker processes; log every iteration."""
    for loader in (cfg.train_dataloader, cfg.val_dataloader):
        loader.update(num_workers=0, persistent_workers=False, batch_size=2)
        loader.dataset.data_root = str(data_root)
    cfg.default_hooks.logger.interval = 1
    cfg.log_processor.window_size = 1
    cfg.visualizer.vis_backends = [dict(type='LocalVisBackend')]


def train(cfg: Config, work_dir: Path,
          resume_from: Path | None = None) -> Runner:
    """Train as tools/train.py does; returns the runner."""
    register_checkpoint_loader()
    cfg = cfg.copy()
    cfg.work_dir = str(work_dir)
    cfg.resume = resume_from is not None
    cfg.load_from = resume_from and str(resume_from)
    cfg.experiment_name = f'{work_dir.parent.name}_{work_dir.name}'
    runner = Runner.from_cfg(cfg)
    runner.register_hook(ReplayDataHook())
    runner.train()
    return runner


def logged(work_dir: Path) -> tuple[list[dict], list[dict]]:
    """Logged training and validation rows, in order."""
    rows = [
        json.loads(line) for path in sorted(work_dir.rglob('scalars.json'))
        for line in path.read_text().splitlines()
    ]
    rows.sort(key=lambda row: row['step'])
    return ([row for row in rows if 'loss' in row],
            [row for row in rows if 'depth/rmse' in row])


def check_run_and_resume(cfg: Config, folder: Path, middle: str) -> None:
    """Train, then resume from an intermediate checkpoint.

    Checks that the loss without the gradient term falls, that the components
    and both metrics are logged, and that the resumed run equals the
    uninterrupted one. The work dirs are created in ``folder``.
    """
    whole, resumed = folder / 'whole', folder / 'resumed'
    runner = train(cfg, whole)
    training, validation = logged(whole)
    assert [row['step'] for row in training] == [*range(1, runner.iter + 1)]
    for row in training:
        assert 0 < row['gradient_share'] < 1 and row['gradient_component'] > 0
    assert validation[-1]['depth/rmse'] < 10
    assert 'depth/boundary_f1' in validation[-1]
    first, last = (
        sum(_without_gradient(row) for row in part)
        for part in (training[:4], training[-4:]))
    assert last < 0.9 * first

    again = train(cfg, resumed, whole / middle)
    losses = [row['loss'] for row in logged(resumed)[0]]
    assert losses == [row['loss'] for row in training][-len(losses):]
    assert 0 < len(losses) < len(training)
    for a, b in zip(again.model.state_dict().values(),
                    runner.model.state_dict().values()):
        assert torch.equal(a, b)


def _without_gradient(row: dict) -> float:
    """Loss without the gradient term, whose weight is warmed up."""
    if 'ssi_component' in row:
        return row['ssi_component'] + row['silog_component']
    return row['loss'] * (1 - row['gradient_share'])

"""A resumed run gets the random numbers of the unbroken one."""
from __future__ import annotations

import random

import pytest
from mmengine.dataset import pseudo_collate
from mmengine.model import BaseModel
from mmengine.optim import OptimWrapper
from mmengine.runner import Runner
from torch import nn
from torch.optim import SGD
from torch.utils.data import Dataset

from mmdepth_gradloss.runner import ReplayDataHook
from mmdepth_gradloss.runner.checkpoint import register_checkpoint_loader


class Augmented(Dataset):
    """Items that differ each time, as after an augmentation."""

    def __len__(self):
        return 5

    def __getitem__(self, index):
        return index + random.random()


class Keeper(BaseModel):
    """Keeps what it is trained on."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(nn.Linear(1, 1).weight.detach())
        self.seen = []

    def forward(self, *values, mode='tensor'):
        self.seen.extend(values)
        return dict(loss=self.weight.sum())


@pytest.fixture
def train(tmp_path):

    def run(name, workers, resume_from=None):
        register_checkpoint_loader()
        model = Keeper()
        runner = Runner(
            model,
            str(tmp_path / name),
            train_dataloader=dict(
                dataset=Augmented(),
                sampler=dict(type='InfiniteSampler', shuffle=True),
                collate_fn=pseudo_collate,
                batch_size=2,
                num_workers=workers),
            train_cfg=dict(
                type='IterBasedTrainLoop', max_iters=6, val_interval=100),
            optim_wrapper=OptimWrapper(SGD(model.parameters(), lr=0.1)),
            default_hooks=dict(
                checkpoint=dict(
                    type='CheckpointHook', by_epoch=False, interval=3)),
            randomness=dict(seed=0),
            resume=resume_from is not None,
            load_from=resume_from and str(resume_from),
            experiment_name=f'{tmp_path.name}_{name}')
        runner.register_hook(ReplayDataHook())
        runner.train()
        return model.seen

    return run


@pytest.mark.parametrize('workers', [0, 2])
def test_resumed_run_is_trained_on_the_same(train, tmp_path, workers):
    whole = train('whole', workers)
    resumed = train('resumed', workers, tmp_path / 'whole' / 'iter_3.pth')
    assert len(whole) == 12 and len(set(whole)) == 12
    assert resumed == whole[6:]

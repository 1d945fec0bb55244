"""Each command reads a checkpoint without running what it says."""
from __future__ import annotations

import contextlib
import os

import cv2
import pytest
import torch
from fake_sets import rooms
from mmengine.logging import HistoryBuffer
from mmengine.registry import MODELS
from mmengine.runner import CheckpointLoader

from mmdepth_gradloss.cli import export, predict, test, train
from mmdepth_gradloss.config.config_scope import CONFIG_DIR
from mmdepth_gradloss.runner import read_config, trust_checkpoints

CONFIG = 'unet-small_rooms-192x128_baseline'
HUGGING_FACE = str(CONFIG_DIR / 'huggingface' /
                   'depth-anything-v2-tiny-random_nyu_baseline.py')
SMALL = [
    f'{name}_dataloader.{key}' for name in ('train', 'val', 'test')
    for key in ('dataset.size=(48,64)', 'dataset.length=2', 'num_workers=0',
                'persistent_workers=False')
] + ['train_cfg.max_iters=1', 'train_dataloader.batch_size=1']


class Evil:
    """Makes a folder where it is unpickled."""

    def __init__(self, folder):
        self.folder = folder

    def __reduce__(self):
        return os.makedirs, (str(self.folder), 0o777, True)


@pytest.fixture(autouse=True)
def process(monkeypatch):
    """Put back what a command does to its process."""
    monkeypatch.setattr(CheckpointLoader, '_schemes',
                        dict(CheckpointLoader._schemes))
    yield
    trust_checkpoints(False)


@pytest.fixture
def ran(tmp_path):
    """Folder that is there once the checkpoint has run its code."""
    return tmp_path / 'ran'


@pytest.fixture
def checkpoint(tmp_path, ran):
    """Checkpoint of MMEngine, with a passenger."""

    def save(config):
        torch.manual_seed(0)
        model = MODELS.build(read_config(config, {}).model)
        path = tmp_path / 'iter_1.pth'
        history = {'train/loss': HistoryBuffer([1.0], [1])}
        torch.save(
            dict(
                state_dict=model.state_dict(),
                meta=dict(iter=0, epoch=0, evil=[dict(deep=Evil(ran))]),
                message_hub=dict(
                    log_scalars=history, runtime_info={}, resumed_keys={}),
                optimizer={}), path)
        return str(path)

    return save


@pytest.fixture(params=[
    'train --resume', 'train load_from', 'train init_cfg', 'test', 'predict',
    'export'
])
def command(request, tmp_path, checkpoint):
    """A command that loads the checkpoint."""
    name, _, way = request.param.partition(' ')
    if name == 'export':
        pytest.importorskip('transformers')
        path = checkpoint(HUGGING_FACE)
        arguments = [HUGGING_FACE, path, str(tmp_path / 'model')]
        return lambda *more: export.main([*arguments, *more])
    path, options = checkpoint(CONFIG), ['--cfg-options', *SMALL]
    work_dir = ['--work-dir', str(tmp_path / 'run')]
    if name == 'predict':
        (image, _), = rooms(1, (48, 64))
        cv2.imwrite(str(tmp_path / 'photo.png'), image)
        arguments = [CONFIG, path, str(tmp_path / 'photo.png'), '--out-dir',
                     str(tmp_path / 'out'), '--device', 'cpu']
        return lambda *more: predict.main([*arguments, *more])
    if name == 'test':
        arguments = [CONFIG, path, *work_dir, *options]
        return lambda *more: test.main([*arguments, *more])
    if way == '--resume':
        work_dir += ['--resume', path]
    elif way == 'load_from':
        options += [f'load_from={path}']
    else:
        options += ['model.init_cfg.type=Pretrained',
                    f'model.init_cfg.checkpoint={path}']
    arguments = [CONFIG, *work_dir, *options]
    return lambda *more: train.main([*arguments, *more])


def test_hostile_checkpoint_is_refused_and_runs_nothing(command, tmp_path,
                                                        ran):
    with pytest.raises(
            ValueError,
            match=f'{tmp_path}/iter_1.pth asks for os.makedirs, .*add '
            '--trust-checkpoint'):
        command()
    assert not ran.exists()


def test_flag_trusts_it(command, ran):
    # there is no state of an optimizer to go on with
    with contextlib.suppress(KeyError):
        command('--trust-checkpoint')
    assert ran.exists()


@pytest.mark.parametrize('command', ['predict'], indirect=True)
def test_flag_counts_for_one_command(command, ran):
    command('--trust-checkpoint')
    ran.rmdir()
    with pytest.raises(ValueError, match='--trust-checkpoint'):
        command()
    assert not ran.exists()


@pytest.mark.parametrize('content', ['', 'notes', None])
def test_what_is_no_checkpoint_is_named(tmp_path, content):
    path = tmp_path / 'notes.pth'
    if content is None:
        path.mkdir()
    else:
        path.write_text(content)
    for options in (['--resume', str(path)],
                    ['--cfg-options', *SMALL, f'load_from={path}']):
        with pytest.raises((ValueError, OSError), match='notes.pth is '):
            train.main([CONFIG, '--work-dir', str(tmp_path / 'run'), *options])

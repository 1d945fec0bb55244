"""Each command reads a checkpoint without running what it says."""
import contextlib
import os
import shutil

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
    """Creates a folder when unpickled."""

    def __init__(self, folder):
        self.folder = folder

    def __reduce__(self):
        return os.makedirs, (str(self.folder), 0o777, True)


@pytest.fixture(autouse=True)
def process(monkeypatch):
    """Restore what a command changes in the process."""
    monkeypatch.setattr(CheckpointLoader, '_schemes',
                        dict(CheckpointLoader._schemes))
    yield
    trust_checkpoints(False)


@pytest.fixture
def ran(tmp_path):
    """Folder that exists once the checkpoint has executed code."""
    return tmp_path / 'ran'


@pytest.fixture(params=[
    'train --resume', 'train load_from', 'train init_cfg', 'test', 'predict',
    'export'
])
def command(request, tmp_path, ran):
    """A command that loads an MMEngine checkpoint with malicious code."""
    config = CONFIG
    if request.param == 'export':
        pytest.importorskip('transformers')
        config = HUGGING_FACE
    torch.manual_seed(0)
    model = MODELS.build(read_config(config, {}).model)
    path = str(tmp_path / 'iter_1.pth')
    history = {'train/loss': HistoryBuffer([1.0], [1])}
    torch.save(
        dict(state_dict=model.state_dict(),
             meta=dict(iter=0, epoch=0, evil=[dict(deep=Evil(ran))]),
             message_hub=dict(
                 log_scalars=history, runtime_info={}, resumed_keys={}),
             optimizer={}), path)
    (image, _), = rooms(1, (48, 64))
    photo = str(tmp_path / 'photo.png')
    cv2.imwrite(photo, image)
    run = ['--work-dir', str(tmp_path / 'run')]
    options = ['--cfg-options', *SMALL]
    main, arguments = {
        'export': (export.main, [path, str(tmp_path / 'model')]),
        'predict': (predict.main, [path, photo, '--out-dir',
                                   str(tmp_path / 'out'), '--device', 'cpu']),
        'test': (test.main, [path, *run, *options]),
        'train --resume': (train.main, [*run, '--resume', path, *options]),
        'train load_from': (train.main, [*run, *options, f'load_from={path}']),
        'train init_cfg': (train.main, [
            *run, *options, 'model.init_cfg.type=Pretrained',
            f'model.init_cfg.checkpoint={path}']),
    }[request.param]
    return lambda *more: main([config, *arguments, *more])


def test_checkpoint_runs_its_code_only_if_trusted(command, tmp_path, ran):
    refused = (f'{tmp_path}/iter_1.pth requests os.makedirs, .*add '
               '--trust-checkpoint')
    with pytest.raises(ValueError, match=refused):
        command()
    assert not ran.exists()
    # resuming fails: the checkpoint has no optimizer state
    with contextlib.suppress(KeyError):
        command('--trust-checkpoint')
    ran.rmdir()
    shutil.rmtree(tmp_path / 'model', ignore_errors=True)
    # the flag applies to one command only
    with pytest.raises(ValueError, match=refused):
        command()
    assert not ran.exists()

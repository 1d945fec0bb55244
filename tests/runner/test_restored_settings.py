"""Settings that a resumed run would ignore."""
import copy
import json

import pytest
from mmengine.config import Config

from mmdepth_gradloss.config.config_scope import CONFIG_DIR
from mmdepth_gradloss.runner.restored_settings import (check_restored_settings,
                                                       parse_config)

RUN = dict(
    model=dict(type='Model', depth=18),
    optim_wrapper=dict(
        type='OptimWrapper',
        optimizer=dict(type='Adam', lr=4e-3, betas=(0.9, 0.99)),
        clip_grad=dict(max_norm=1.0)),
    param_scheduler=[
        dict(type='LinearLR', start_factor=0.1, end=50, by_epoch=False),
        dict(type='CosineAnnealingLR', begin=50, end=400, by_epoch=False)
    ],
    train_cfg=dict(type='IterBasedTrainLoop', max_iters=400))


def check(changes, run=RUN):
    """Resume a run with changed settings."""
    cfg = Config(copy.deepcopy(run))
    saved = cfg.pretty_text
    cfg.merge_from_dict(changes)
    check_restored_settings(cfg, saved, 'iter_3.pth')


@pytest.mark.parametrize('changes', [
    {}, {'train_cfg.max_iters': 800}, {'model.depth': 34},
    {'default_hooks.logger.interval': 1},
    {'optim_wrapper.clip_grad.max_norm': 0.1},
    {'optim_wrapper.accumulative_counts': 2},
    {'optim_wrapper.type': 'AmpOptimWrapper',
     'optim_wrapper.loss_scale': 'dynamic'},
    # equivalent settings
    {'optim_wrapper.optimizer.betas': [0.9, 0.99]},
    {'optim_wrapper.optimizer.type': 'torch.optim.Adam'},
    {'param_scheduler.0.type': 'mmengine.optim.LinearLR'},
    {'optim_wrapper.paramwise_cfg': None},
])
def test_what_a_resumed_run_honours_passes(changes):
    check(changes)


@pytest.mark.parametrize('changes,line', [
    ({'optim_wrapper.optimizer.lr': 1e-3},
     'optim_wrapper.optimizer.lr: 0.004 in the checkpoint, 0.001 now'),
    ({'optim_wrapper.optimizer.weight_decay': 0.1},
     'optim_wrapper.optimizer.weight_decay: not set in the checkpoint, '
     '0.1 now'),
    ({'optim_wrapper.optimizer.betas': (0.9, 0.999)},
     'optim_wrapper.optimizer.betas: [0.9, 0.99] in the checkpoint, '
     '[0.9, 0.999] now'),
    ({'optim_wrapper.optimizer.type': 'SGD'},
     "optim_wrapper.optimizer.type: 'Adam' in the checkpoint, 'SGD' now"),
    ({'optim_wrapper.paramwise_cfg.custom_keys': {'head': dict(lr_mult=2)}},
     'optim_wrapper.paramwise_cfg.custom_keys.head.lr_mult: not set in the '
     'checkpoint, 2 now'),
    ({'optim_wrapper.constructor': 'Mine'},
     "optim_wrapper.constructor: not set in the checkpoint, 'Mine' now"),
    ({'param_scheduler.1.end': 800},
     'param_scheduler.1.end: 400 in the checkpoint, 800 now'),
    ({'auto_scale_lr.base_batch_size': 16},
     'auto_scale_lr.base_batch_size: not set in the checkpoint, 16 now'),
])
def test_what_the_checkpoint_decides_is_refused(changes, line):
    with pytest.raises(ValueError) as error:
        check(changes)
    head, *lines, advice = str(error.value).splitlines()
    assert head == (
        '--resume: iter_3.pth restores its own optimizer and schedule, so '
        'these settings would be ignored:')
    assert lines == [f'  {line}']
    assert advice == (
        'Keep them unchanged; or start a new run from its weights: '
        'without --resume, with --cfg-options load_from=iter_3.pth')


def test_all_that_differs_is_listed():
    with pytest.raises(ValueError) as error:
        check({'param_scheduler': None, 'optim_wrapper.optimizer.lr': 1.0})
    lines = str(error.value).splitlines()[1:-1]
    assert len(lines) == 9  # four settings of each scheduler, and one more
    assert '  param_scheduler.1.begin: 50 in the checkpoint, not set now' \
        in lines


def test_each_of_several_optimizers_is_looked_at():
    run = dict(optim_wrapper=dict(
        constructor='Several',
        encoder=dict(type='OptimWrapper', optimizer=dict(lr=1.0))))
    with pytest.raises(ValueError, match='encoder.optimizer.lr: 1.0 in the'):
        check({'optim_wrapper.encoder.optimizer.lr': 2.0}, run)


def test_text_of_a_config_is_read_and_not_run(tmp_path):
    evil = f"open({str(tmp_path / 'ran')!r}, 'w')"
    cfg = parse_config(f"""
import os
{evil}
a = dict(b=[1, -2.5, None], c=('x', dict(d=True)), e={{'f g': 1, 2: 3}})
evil = {evil}
b = dict(c={evil}, **{evil}, d=[{evil}], e=inf)
""")
    assert cfg.a == dict(
        b=[1, -2.5, None], c=['x', dict(d=True)], e={'f g': 1, 2: 3})
    assert cfg.evil == evil and cfg.b.e == 'inf'
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize('name', [
    'unet/unet-small_rooms-192x128_recommended.py',
    'unet/unet-small_rooms-192x128_recommended-pure-python.py',
    'huggingface/depth-anything-v2-tiny-random_nyu_baseline.py',
])
def test_own_configs_can_be_resumed(name):
    cfg = Config.fromfile(CONFIG_DIR / name)
    text = cfg.pretty_text
    check_restored_settings(cfg, text, 'iter_3.pth')
    if 'pure-python' not in name:  # compare with MMEngine
        expected = Config.fromstring(text, '.py')
        # JSON has no tuples
        assert json.dumps(parse_config(text).to_dict()) == json.dumps(
            expected.to_dict())


def test_imports_of_the_saved_config_are_not_needed():
    check({'custom_imports': dict(imports=['mmdepth_gradloss'])},
          dict(RUN, custom_imports=dict(imports=['no_such_module'])))

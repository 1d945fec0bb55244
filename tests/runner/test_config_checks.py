"""Mistakes in a config that a Runner would not notice."""
from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest
from mmengine.config import Config
from mmengine.runner import Runner

from mmdepth_gradloss.runner.config_checks import (ENTRIES, check_entries,
                                                   check_epochs_end,
                                                   check_loaders,
                                                   check_override_keys)

BY_ITERATION = Config(dict(
    train_cfg=dict(type='IterBasedTrainLoop', max_iters=4), channels=[8]))
BY_EPOCH = Config(dict(train_cfg=dict(by_epoch=True, max_epochs=3)))


@pytest.fixture
def read(tmp_path):

    def read(text, name='mine.py'):
        path = tmp_path / name
        path.write_text(text)
        return Config.fromfile(path, import_custom_modules=False)

    return read


def test_entries_are_all_that_a_runner_reads():
    looked_up = re.findall(r"""self\.cfg\.get\(\s*'(\w+)'""",
                           inspect.getsource(Runner))
    assert looked_up and set(looked_up) <= ENTRIES
    assert {'model', 'param_scheduler', 'custom_imports'} < ENTRIES
    assert 'cfg' not in ENTRIES


@pytest.mark.parametrize('slip,entry', [
    ('param_schedular', 'param_scheduler'),
    ('train_dataloaders', 'train_dataloader'),
    ('custom_hook', 'custom_hooks'),
    ('custom_import', 'custom_imports'),
    ('defualt_hooks', 'default_hooks'),
    ('optim_wraper', 'optim_wrapper'),
    ('val_evalutor', 'val_evaluator'),
    ('work_dirs', 'work_dir'),
    ('modle', 'model'),
])
def test_misspelt_entry_of_a_file_is_named(read, slip, entry):
    cfg = read(f'# {slip} is described in our notes\n'
               f'{slip} = dict(type="X")\n')
    with pytest.raises(ValueError) as error:
        check_entries(cfg)
    assert str(error.value).startswith(
        f'{cfg.filename}: {slip!r} is not an entry that a Runner reads; did '
        f'you mean {entry!r}?')


@pytest.mark.parametrize('name,text', [
    ('mine.json', '{"modle": {"type": "X"}}'),
    ('mine.yaml', 'modle:\n  type: X\n'),
    ('mine.py', "_base_ = 'base.py'\nmodle = dict(b=2)"),
])
def test_misspelt_entry_of_any_file_is_named(read, name, text):
    read('modle = dict(a=1)', 'base.py')
    with pytest.raises(ValueError, match="did you mean 'model'"):
        check_entries(read(text, name))


@pytest.mark.parametrize('text', [
    'channels = [8]\nmy_learning_rate = 1e-3\nsweep = dict(seeds=[0])',
    # near entries, but used
    'eval_cfg = dict()\nval_cfg = eval_cfg\ntest_cfg = eval_cfg',
    'models = dict(small=1)\nmodel = dict(size=models["small"])',
    "_base_ = 'base.py'\nmodel = _base_.models",
    'model = dict()\nparam_scheduler = []',
])
def test_variables_of_ones_own_pass(read, text):
    read('models = dict(small=1)', 'base.py')
    check_entries(read(text))


def test_configs_of_mmsegmentation_pass():
    mmseg = pytest.importorskip('mmseg', reason='needs the extra mmseg')
    folder = Path(mmseg.__file__).parent / '.mim' / 'configs'
    known = [
        # defines models
        'bisenetv2/bisenetv2_fcn_4xb4-ohem-160k_cityscapes-1024x1024.py',
        # defines custom_keys
        'maskformer/maskformer_swin-t_upernet_8xb2-160k_ade20k-512x512.py',
    ]
    sample = sorted(folder.rglob('*.py'))[::40]
    assert len(sample) > 10
    for path in [*map(folder.joinpath, known), *sample]:
        check_entries(Config.fromfile(path, import_custom_modules=False))


@pytest.mark.parametrize('cfg,key,message', [
    (BY_ITERATION, 'train_cfg.max_epochs',
     'counts iterations; use train_cfg.max_iters'),
    (BY_EPOCH, 'train_cfg.max_iters',
     'counts epochs; use train_cfg.max_epochs'),
    (BY_ITERATION, 'channels', "'channels' is not an entry that a Runner"),
    (BY_ITERATION, 'modle.backbone.depth', "'modle' is not an entry that a "
     'Runner reads; did you mean one of model'),
])
def test_override_that_nobody_reads_is_refused(cfg, key, message):
    with pytest.raises(ValueError) as error:
        check_override_keys(cfg, {key: 1})
    assert str(error.value).startswith(f'--cfg-options {key}: ')
    assert message in str(error.value)


def test_override_of_an_entry_passes():
    keys = ['model.backbone.depth', 'compile', 'activation_checkpointing',
            'efficient_conv_bn_eval']
    for cfg, limit in ((BY_ITERATION, 'max_iters'), (BY_EPOCH, 'max_epochs')):
        check_override_keys(
            cfg, dict.fromkeys([*keys, f'train_cfg.{limit}'], 1))


@pytest.mark.parametrize('loop,ends', [
    (dict(type='EpochBasedTrainLoop', max_epochs=1), False),
    (dict(by_epoch=True, max_epochs=1), False),
    (dict(type='IterBasedTrainLoop', max_iters=1), True),
])
def test_epoch_that_never_ends_is_refused(loop, ends):
    cfg = Config(dict(
        train_cfg=loop,
        train_dataloader=dict(sampler=dict(type='InfiniteSampler'))))
    if ends:
        check_epochs_end(cfg)
    else:
        with pytest.raises(ValueError, match='InfiniteSampler never ends'):
            check_epochs_end(cfg)
    cfg.train_dataloader.sampler.type = 'DefaultSampler'
    check_epochs_end(cfg)
    check_epochs_end(Config())


@pytest.mark.parametrize('name', ['train', 'val', 'test'])
@pytest.mark.parametrize('option,value,off', [
    ('persistent_workers', True, False), ('prefetch_factor', 4, None),
    ('multiprocessing_context', 'fork', None)])
def test_option_about_workers_without_workers_is_refused(
        name, option, value, off):
    loader = f'{name}_dataloader'
    check_loaders(Config({loader: {'num_workers': 1, option: value}}))
    check_loaders(Config({loader: {'num_workers': 0, option: off}}))
    check_loaders(Config({loader: None}))
    for workers in (dict(), dict(num_workers=0)):
        with pytest.raises(ValueError) as error:
            check_loaders(Config({loader: {option: value, **workers}}))
        assert str(error.value) == (
            f'{loader}: {option}={value!r} needs workers, but num_workers is '
            f'0; set {loader}.{option}={off}, or {loader}.num_workers to 1 or '
            'more')

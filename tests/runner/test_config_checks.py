"""Mistakes in a config that a Runner would not notice."""
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
    ('param_schedular', 'param_scheduler'), ('custom_hook', 'custom_hooks'),
    ('train_dataloaders', 'train_dataloader'), ('work_dirs', 'work_dir'),
    ('defualt_hooks', 'default_hooks'), ('modle', 'model')])
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
    # similar to known entries, but used
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
    # includes one that defines models, and one with custom_keys
    paths = [*sorted(folder.rglob('*.py'))[::40],
             *folder.glob('bisenetv2/*ohem-160k_*.py'),
             *folder.glob('maskformer/*swin-t_*.py')]
    assert len(paths) > 12
    for path in paths:
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


@pytest.mark.parametrize('cfg,limit', [
    (BY_ITERATION, 'max_iters'), (BY_EPOCH, 'max_epochs')])
def test_override_of_an_entry_passes(cfg, limit):
    check_override_keys(cfg, dict.fromkeys([
        'model.backbone.depth', 'compile', 'activation_checkpointing',
        'efficient_conv_bn_eval', f'train_cfg.{limit}'], 1))


@pytest.mark.parametrize('loop', [
    dict(type='EpochBasedTrainLoop', max_epochs=1),
    dict(by_epoch=True, max_epochs=1)])
def test_epoch_that_never_ends_is_refused(loop):
    endless = dict(sampler=dict(type='InfiniteSampler'))
    cfg = Config(dict(train_cfg=loop, train_dataloader=endless))
    with pytest.raises(ValueError, match='InfiniteSampler never ends'):
        check_epochs_end(cfg)
    cfg.train_dataloader.sampler.type = 'DefaultSampler'
    check_epochs_end(cfg)
    check_epochs_end(Config())
    check_epochs_end(
        Config(dict(BY_ITERATION.to_dict(), train_dataloader=endless)))


@pytest.mark.parametrize('name', ['train', 'val', 'test'])
@pytest.mark.parametrize('option,value,off', [
    ('persistent_workers', True, False), ('prefetch_factor', 4, None),
    ('multiprocessing_context', 'fork', None)])
def test_option_about_workers_without_workers_is_refused(
        name, option, value, off):
    loader = f'{name}_dataloader'
    for good in ({'num_workers': 1, option: value},
                 {'num_workers': 0, option: off}, None):
        check_loaders(Config({loader: good}))
    for workers in (dict(), dict(num_workers=0)):
        with pytest.raises(ValueError) as error:
            check_loaders(Config({loader: {option: value, **workers}}))
        assert str(error.value) == (
            f'{loader}: {option}={value!r} needs workers, but num_workers is '
            f'0; set {loader}.{option}={off}, or {loader}.num_workers to 1 or '
            'more')

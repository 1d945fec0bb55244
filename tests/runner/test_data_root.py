"""One folder of data for all loaders of a config."""
import re

import pytest
from mmengine.config import Config

from mmdepth_gradloss.config.config_scope import CONFIG_DIR
from mmdepth_gradloss.runner import set_data_root
from mmdepth_gradloss.runner.data_root import LOADERS

ROOTED = dict(type='FolderDepthDataset', data_root='data/x')
RENDERED = dict(type='SyntheticDepthDataset', length=4)


def config(**datasets):
    return Config({
        f'{name}_dataloader': dict(batch_size=1, dataset=dataset)
        for name, dataset in datasets.items()
    })


def roots(cfg):
    """All values of data_root in a config."""
    return re.findall("'data_root': '(.*?)'", str(cfg.to_dict()))


@pytest.mark.parametrize('wrapped', [
    ROOTED,
    dict(type='CachedDataset', dataset=ROOTED),
    dict(type='RepeatDataset', times=2,
         dataset=dict(type='CachedDataset', dataset=ROOTED)),
    dict(type='ConcatDataset', datasets=[
        dict(type='RepeatDataset', times=2, dataset=ROOTED),
        dict(type='CachedDataset', dataset=RENDERED)]),
])
def test_innermost_data_sets_of_every_loader_are_set(tmp_path, wrapped):
    cfg = config(train=wrapped, val=ROOTED, test=wrapped)
    set_data_root(cfg, tmp_path)
    assert roots(cfg) == [str(tmp_path)] * 3
    cfg = config(train=wrapped, val=RENDERED)
    set_data_root(cfg, str(tmp_path))
    assert roots(cfg) == [str(tmp_path)]
    assert cfg.val_dataloader.dataset == RENDERED


@pytest.mark.parametrize('name', [
    'unet/unet-small_folder-192x128_recommended.py',
    'experiments/unet-tiny_folder-96x64_mixed.py',
    'huggingface/depth-anything-v2-tiny-random_nyu_baseline.py',
    'resnet_san/resnet-san18_ncdb-distance_single-head_640x384_baseline.py',
])
def test_own_configs_are_set_as_a_whole(tmp_path, name):
    cfg = Config.fromfile(CONFIG_DIR / name, import_custom_modules=False)
    set_data_root(cfg, tmp_path)
    for loader in LOADERS:
        assert roots(cfg[loader]) == [str(tmp_path)]


def test_what_cannot_be_set_is_refused(tmp_path):
    cfg = config(train=dict(type='CachedDataset', dataset=RENDERED))
    with pytest.raises(ValueError, match='no data set of None has a data_root;'
                       ' found SyntheticDepthDataset'):
        set_data_root(cfg, tmp_path)
    with pytest.raises(ValueError, match='found none'):
        set_data_root(Config(), tmp_path)
    cfg = config(train=ROOTED)
    with pytest.raises(FileNotFoundError, match='no folder .*nowhere'):
        set_data_root(cfg, tmp_path / 'nowhere')
    assert roots(cfg) == ['data/x']


def test_one_folder_does_not_stand_for_several(tmp_path):
    other = dict(ROOTED, data_root='data/y')
    cfg = config(train=dict(type='ConcatDataset', datasets=[ROOTED, other]))
    with pytest.raises(ValueError) as error:
        set_data_root(cfg, tmp_path)
    assert str(error.value).splitlines()[1:] == [
        '  train_dataloader.dataset.datasets.0.data_root=data/x',
        '  train_dataloader.dataset.datasets.1.data_root=data/y'
    ]
    assert roots(cfg) == ['data/x', 'data/y']

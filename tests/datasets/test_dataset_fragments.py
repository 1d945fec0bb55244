"""The data set configs, built on tiny data sets in the same layout."""
from pathlib import Path

import fake_sets
import pytest
from mmengine.config import Config
from mmengine.evaluator import Evaluator
from mmengine.runner import Runner

import mmdepth_gradloss  # noqa: F401  registers everything

FOLDER = Path(__file__).parents[2] / 'configs/_base_/datasets'


def batch(config, which, root):
    """First batch of a loader, in this process."""
    loader = config[f'{which}_dataloader']
    # MMEngine runs a slow garbage collection when it serializes.
    loader.dataset.update(data_root=str(root), serialize_data=False)
    loader.update(batch_size=2, num_workers=0, persistent_workers=False)
    return next(iter(Runner.build_dataloader(loader, seed=0)))


def sizes(data, key='gt_depth_map'):
    return {tuple(x.get(key).data.shape[1:]) for x in data['data_samples']}


@pytest.mark.parametrize('name, fixture, size', [
    ('ncdb-distance_640x384', 'ncdb_root', (384, 640)),
    ('nyu_640x480', 'nyu_root', fake_sets.SIZE),
    ('nyu-layout', 'nyu_root', fake_sets.SIZE),
    ('ddad_640x384', 'dgp_root', (384, 640)),
    ('kitti-eigen_640x192', 'kitti_fake_root', (192, 640)),
    ('kitti-eigen-rgbd_640x192', 'kitti_fake_root', (192, 640)),
])
def test_loaders(request, name, fixture, size):
    root = request.getfixturevalue(fixture)
    config = Config.fromfile(FOLDER / f'{name}.py')
    stored = fake_sets.SIZE
    if 'kitti' in name:
        stored = fake_sets.KITTI_SIZE
        config.train_dataloader.dataset.ann_file = 'all.txt'
        for loader in (config.val_dataloader, config.test_dataloader):
            loader.dataset.ann_file = 'test.txt'
    if 'ncdb' in name:
        config.train_dataloader.dataset.input_depth_type = 'distance_original'
    for which in ('train', 'val', 'test'):
        data = batch(config, which, root)
        assert {tuple(x.shape) for x in data['inputs']} == {(3, *size)}
        # LiDAR depth is evaluated at full resolution.
        full = which != 'train' and ('kitti' in name or 'ddad' in name)
        assert sizes(data) == {stored if full else size}
        if 'rgbd' in name or 'ncdb' in name and which == 'train':
            assert sizes(data, 'sparse_depth_map') == {size}
    # The NCDB metrics come from configs/_base_/depth_evaluation.py.
    assert ('val_evaluator' in config) == ('ncdb' not in name)
    Evaluator(config.get('val_evaluator', []))

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mmengine.registry import DATASETS
from mmengine.runner import Runner

from mmdepth_gradloss.datasets.synthetic_depth_dataset import \
    SyntheticDepthDataset

SMALL = (32, 48)


def edges(depth, ratio):
    """Pixels that differ from the one above or to the left by ``ratio``."""
    found = np.zeros(depth.shape, dtype=bool)
    for rows, columns in ((1, 0), (0, 1)):
        first = depth[rows:, columns:]
        second = depth[:depth.shape[0] - rows, :depth.shape[1] - columns]
        found[rows:, columns:] |= np.maximum(
            first, second) > ratio * np.minimum(first, second)
    return found


def same(a, b):
    return (np.array_equal(a['img'], b['img'])
            and np.array_equal(a['gt_depth_map'], b['gt_depth_map']))


@pytest.fixture(scope='module')
def depths():
    return [x['gt_depth_map'] for x in SyntheticDepthDataset(length=24)]


def test_item():
    dataset = DATASETS.build(
        dict(type='SyntheticDepthDataset', length=20, size=(40, 56)))
    item = dataset[12]
    assert item['img'].shape == (40, 56, 3)
    assert item['img'].dtype == np.uint8
    assert item['gt_depth_map'].shape == (40, 56)
    assert item['gt_depth_map'].dtype == np.float32
    assert item['img_shape'] == item['ori_shape'] == (40, 56)
    assert item['sample_idx'] == 12
    assert item['img_path'] == item['depth_map_path'] == 'synthetic/000012'
    assert len(dataset) == 20
    with pytest.raises(IndexError):
        dataset[20]


def test_defaults(depths):
    assert len(SyntheticDepthDataset()) == 1000
    assert depths[0].shape == (128, 192)
    np.testing.assert_array_equal(
        SyntheticDepthDataset(1, (128, 192), 0)[0]['gt_depth_map'], depths[0])


def test_values():
    dataset = SyntheticDepthDataset(length=40, size=(64, 96), seed=1)
    items = list(dataset)
    depths = np.stack([item['gt_depth_map'] for item in items])
    assert 0.3 < depths.min() < 1 and 6 < depths.max() < 11
    # No scene is a wall alone: each has a foreground and a background.
    assert (depths.max(axis=(1, 2)) > 1.5 * depths.min(axis=(1, 2))).all()
    images = np.stack([item['img'] for item in items]).astype(float)
    assert 60 < images.mean() < 180
    assert (images.std(axis=(1, 2, 3)) > 15).all()


def test_density_of_edges(depths):
    soft = np.array([edges(depth, 1.05).mean() for depth in depths])
    hard = np.array([edges(depth, 1.5).mean() for depth in depths])
    assert 0.03 < soft.mean() < 0.12
    assert soft.min() > 0.003 and soft.max() < 0.25
    assert 0.01 < hard.mean() < 0.08
    assert max((d[:, 1:] / d[:, :-1]).max() for d in depths) > 3


def test_thin_structures(depths):
    """Bars of one to four pixels that stand out from both sides."""
    depth = np.stack(depths)
    sides = np.minimum(depth[..., :-5], depth[..., 5:])
    assert (1.2 * depth[..., 2:-3] < sides).mean() > 0.004


def test_item_depends_on_seed_and_index_alone():
    forward = list(SyntheticDepthDataset(length=6, size=SMALL, seed=4))
    np.random.seed(123)
    before = np.random.get_state()[1].copy()
    other = SyntheticDepthDataset(length=100, size=SMALL, seed=4)
    for index in (5, 0, 3, 3, 1):
        assert same(other[index], forward[index])
    np.testing.assert_array_equal(np.random.get_state()[1], before)
    assert not any(
        same(forward[i], forward[j]) for i in range(6) for j in range(i))


def test_seeds_share_no_scene():
    first, second = (
        [item['gt_depth_map'] for item in SyntheticDepthDataset(
            length=15, size=(16, 24), seed=seed)] for seed in (0, 1))
    assert min(np.abs(a - b).mean() for a in first for b in second) > 0.02


def test_data_loader_with_workers():
    dataset = SyntheticDepthDataset(length=8, size=SMALL, seed=2)
    loader = Runner.build_dataloader(
        dict(dataset=dataset, batch_size=3, num_workers=2,
             sampler=dict(type='DefaultSampler', shuffle=True),
             collate_fn=dict(type='pseudo_collate')), seed=5)
    found = []
    for batch in loader:
        for k, index in enumerate(batch['sample_idx']):
            assert same({key: batch[key][k] for key in ('img', 'gt_depth_map')
                         }, dataset[index])
            found.append(index)
    assert sorted(found) == list(range(8))


def test_pickle_subset_and_pipeline():

    def halve(results):
        results['gt_depth_map'] = results['gt_depth_map'] / 2
        return results

    small = dict(length=8, size=SMALL, seed=2)
    dataset = SyntheticDepthDataset(**small)
    assert same(pickle.loads(pickle.dumps(dataset))[5], dataset[5])
    subset = dataset.get_subset([6, 1])
    assert len(subset) == 2
    assert same(subset[0], dataset[6]) and same(subset[1], dataset[1])
    assert subset[0]['img_path'] == 'synthetic/000006'
    few = SyntheticDepthDataset(**small, indices=3, lazy_init=True,
                                pipeline=[halve])
    few.full_init()
    assert len(few) == 3
    np.testing.assert_array_equal(few[1]['gt_depth_map'],
                                  dataset[1]['gt_depth_map'] / 2)


@settings(max_examples=15)
@given(height=st.integers(1, 70), width=st.integers(1, 70),
       seed=st.integers(0, 2**32))
def test_any_size(height, width, seed):
    item = SyntheticDepthDataset(1, (height, width), seed)[0]
    assert item['img'].shape == (height, width, 3)
    depth = item['gt_depth_map']
    assert depth.shape == (height, width)
    assert ((0.2 < depth) & (depth < 12)).all()


@pytest.mark.parametrize('name, value', [
    ('length', 0), ('length', -3), ('length', 2.5), ('length', True),
    ('size', (0, 10)), ('size', (10, -1)), ('size', (10, 10, 3)),
    ('size', (10.5, 10)), ('size', 64), ('seed', -1), ('seed', None)
])
def test_bad_argument(name, value):
    with pytest.raises(ValueError) as error:
        SyntheticDepthDataset(**{name: value})
    assert name in str(error.value) and repr(value) in str(error.value)

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
    for axis in (0, 1):
        low, high = np.sort(
            [np.delete(depth, 0, axis), np.delete(depth, -1, axis)], axis=0)
        part = (slice(1, None), slice(None))[::1 if axis == 0 else -1]
        found[part] |= high > ratio * low
    return found


def same(a, b):
    return (np.array_equal(a['img'], b['img'])
            and np.array_equal(a['gt_depth_map'], b['gt_depth_map']))


def test_item():
    dataset = SyntheticDepthDataset(length=20, size=(40, 56))
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


def test_defaults():
    dataset = SyntheticDepthDataset()
    assert len(dataset) == 1000
    assert dataset[0]['img'].shape == (128, 192, 3)


def test_is_registered():
    dataset = DATASETS.build(
        dict(type='SyntheticDepthDataset', length=3, size=SMALL))
    assert isinstance(dataset, SyntheticDepthDataset)


def test_values():
    dataset = SyntheticDepthDataset(length=40, size=(64, 96), seed=1)
    depths = np.stack([item['gt_depth_map'] for item in dataset])
    assert np.isfinite(depths).all()
    assert 0.3 < depths.min() < 1
    assert 6 < depths.max() < 11
    # No scene is a wall alone: each has a foreground and a background.
    assert (depths.max(axis=(1, 2)) > 1.5 * depths.min(axis=(1, 2))).all()
    images = np.stack([item['img'] for item in dataset]).astype(float)
    assert 60 < images.mean() < 180
    assert (images.std(axis=(1, 2, 3)) > 15).all()


def test_density_of_edges():
    dataset = SyntheticDepthDataset(length=24)
    depths = [item['gt_depth_map'] for item in dataset]
    soft = np.array([edges(depth, 1.05).mean() for depth in depths])
    hard = np.array([edges(depth, 1.5).mean() for depth in depths])
    assert 0.03 < soft.mean() < 0.12
    assert soft.min() > 0.003 and soft.max() < 0.25
    assert 0.01 < hard.mean() < 0.08
    assert max((d[:, 1:] / d[:, :-1]).max() for d in depths) > 3


def test_thin_structures():
    """Bars of one to four pixels that stand out from both sides."""
    thin = []
    for item in SyntheticDepthDataset(length=24):
        depth = item['gt_depth_map']
        sides = np.minimum(depth[:, :-5], depth[:, 5:])
        thin.append((1.2 * depth[:, 2:-3] < sides).mean())
    assert np.mean(thin) > 0.004


def test_item_depends_on_seed_and_index_alone():
    dataset = SyntheticDepthDataset(length=6, size=SMALL, seed=4)
    forward = [dataset[i] for i in range(6)]
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
    nearest = min(np.abs(a - b).mean() for a in first for b in second)
    assert nearest > 0.02


@pytest.mark.parametrize('workers', [0, 2])
def test_data_loader(workers):
    dataset = SyntheticDepthDataset(length=8, size=SMALL, seed=2)
    loader = Runner.build_dataloader(
        dict(dataset=dataset,
             batch_size=3,
             num_workers=workers,
             sampler=dict(type='DefaultSampler', shuffle=True),
             collate_fn=dict(type='pseudo_collate')), seed=5)
    found = 0
    for batch in loader:
        for k, index in enumerate(batch['sample_idx']):
            assert np.array_equal(batch['img'][k], dataset[index]['img'])
            assert np.array_equal(batch['gt_depth_map'][k],
                                  dataset[index]['gt_depth_map'])
            found += 1
    assert found == 8


def test_pickle_and_subset():
    dataset = SyntheticDepthDataset(length=8, size=SMALL, seed=2)
    assert same(pickle.loads(pickle.dumps(dataset))[5], dataset[5])
    subset = dataset.get_subset([6, 1])
    assert len(subset) == 2
    assert same(subset[0], dataset[6]) and same(subset[1], dataset[1])
    assert subset[0]['img_path'] == 'synthetic/000006'
    few = SyntheticDepthDataset(length=8, size=SMALL, seed=2, indices=3)
    assert len(few) == 3


def test_lazy_init():
    dataset = SyntheticDepthDataset(length=3, size=SMALL, lazy_init=True)
    dataset.full_init()
    assert len(dataset) == 3


def test_pipeline_gets_the_item():
    def halve(results):
        results['gt_depth_map'] = results['gt_depth_map'] / 2
        return results

    plain = SyntheticDepthDataset(length=2, size=SMALL)
    halved = SyntheticDepthDataset(length=2, size=SMALL, pipeline=[halve],
                                   test_mode=True)
    np.testing.assert_array_equal(halved[1]['gt_depth_map'],
                                  plain[1]['gt_depth_map'] / 2)


@settings(max_examples=15, deadline=None)
@given(height=st.integers(1, 70), width=st.integers(1, 70),
       seed=st.integers(0, 2**32))
def test_any_size(height, width, seed):
    item = SyntheticDepthDataset(1, (height, width), seed)[0]
    assert item['img'].shape == (height, width, 3)
    depth = item['gt_depth_map']
    assert depth.shape == (height, width)
    assert np.isfinite(depth).all()
    assert depth.min() > 0.2 and depth.max() < 12


@pytest.mark.parametrize('name, value', [
    ('length', 0), ('length', -3), ('length', 2.5), ('length', True),
    ('size', (0, 10)), ('size', (10, -1)), ('size', (10, 10, 3)),
    ('size', (10.5, 10)), ('size', 64), ('seed', -1), ('seed', None)
])
def test_bad_argument(name, value):
    with pytest.raises(ValueError) as error:
        SyntheticDepthDataset(**{name: value})
    assert name in str(error.value) and repr(value) in str(error.value)

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mmengine.registry import DATASETS

from mmdepth_gradloss.datasets.synthetic_depth_dataset import \
    SyntheticDepthDataset

SMALL = (32, 48)
ROOMS = [(3.9613, 1.4035, 107.842, 44.232, 8.147),
         (3.0217, 1.0618, 122.673, 39.001, 10.057),
         (3.3966, 1.4911, 113.017, 39.487, 5.824),
         (2.2876, 0.6822, 99.382, 59.192, 5.969),
         (4.2824, 0.9341, 108.686, 48.482, 5.561),
         (4.6842, 1.4472, 98.489, 46.308, 8.154),
         (4.1808, 1.3841, 128.979, 33.905, 5.835),
         (4.0268, 1.3964, 125.726, 42.784, 6.442)]
"""Mean and std of depth and image, and mean vertical difference."""


def same(a, b):
    return (np.array_equal(a['img'], b['img'])
            and np.array_equal(a['gt_depth_map'], b['gt_depth_map']))


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
    assert len(dataset) == 20 and len(SyntheticDepthDataset()) == 1000
    with pytest.raises(IndexError):
        dataset[20]


def test_rooms_of_a_seed_never_change():
    """Results on rendered rooms stay comparable between versions."""
    for item, expected in zip(SyntheticDepthDataset(8), ROOMS, strict=True):
        depth, img = (item[x].astype(float) for x in ('gt_depth_map', 'img'))
        steps = np.abs(np.diff(img, axis=0))
        assert depth.shape == (128, 192)
        assert (depth.mean(), depth.std()) == pytest.approx(
            expected[:2], abs=2e-4)
        assert (img.mean(), img.std(), steps.mean()) == pytest.approx(
            expected[2:], abs=0.02)


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

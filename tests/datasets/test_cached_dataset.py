"""Items are prepared only once."""
import numpy as np
import pytest
from mmengine.registry import DATASETS

from mmdepth_gradloss.datasets import CachedDataset, SyntheticDepthDataset

INNER = dict(type='SyntheticDepthDataset', length=3, size=(32, 48))


def test_items_are_those_of_the_inner_data_set():
    plain, cached = DATASETS.build(INNER), CachedDataset(INNER)
    assert len(cached) == 3 and cached.metainfo == plain.metainfo
    for i in range(3):
        for key in ('img', 'gt_depth_map'):
            np.testing.assert_array_equal(cached[i][key], plain[i][key])


def test_each_item_is_prepared_once_for_all_of_one_config(monkeypatch):
    rendered = []
    original = SyntheticDepthDataset.prepare_data
    monkeypatch.setattr(
        SyntheticDepthDataset, 'prepare_data',
        lambda self, idx: rendered.append(idx) or original(self, idx))
    inner = dict(INNER, seed=71)  # no other test has cached it
    first, second = CachedDataset(inner), CachedDataset(dict(inner))
    for dataset in (first, second, first):
        for i in range(3):
            dataset[i]
    assert rendered == [0, 1, 2]
    CachedDataset(dict(inner, length=2))[0]
    assert rendered == [0, 1, 2, 0, 1]


def test_transforms_run_at_each_access_on_a_copy():

    def spoil(results):
        results['gt_depth_map'][:] = 0
        return results

    dataset = CachedDataset(
        INNER, [spoil, dict(type='RandomFlipDepth', prob=0.5)])
    np.random.seed(0)
    assert len({dataset[0]['flip'] for _ in range(20)}) == 2
    assert (dataset[0]['gt_depth_map'] == 0).all()
    assert (CachedDataset(INNER)[0]['gt_depth_map'] > 0).all()


def test_two_of_them_can_be_mixed():
    cached = [dict(type='CachedDataset', dataset=dict(INNER, seed=seed))
              for seed in (0, 1)]
    mixed = DATASETS.build(dict(type='ConcatDataset', datasets=[
        cached[0], dict(type='RepeatDataset', times=2, dataset=cached[1])]))
    assert len(mixed) == 9
    np.testing.assert_array_equal(mixed[3]['img'], mixed[6]['img'])


def test_only_a_config_can_be_cached():
    with pytest.raises(TypeError, match='config of a data set, got Synth'):
        CachedDataset(SyntheticDepthDataset(2))
    with pytest.raises(TypeError, match='must return dicts, got int'):
        CachedDataset(dict(INNER, pipeline=[lambda results: 5]))[0]

import math

import pytest
from mmengine.registry import TRANSFORMS

from mmdepth_gradloss.datasets.transforms import (PackDepthInputs,
                                                  SetGradientWeight)


@pytest.mark.parametrize('weight', [0, 0.25, 3])
@pytest.mark.parametrize('pack', [
    PackDepthInputs(), PackDepthInputs(meta_keys=['img_path'])])
def test_weight_reaches_the_data_sample(random_sample, weight, pack):
    transform = TRANSFORMS.build(dict(type='SetGradientWeight', weight=weight))
    metainfo = pack(transform(random_sample()))['data_samples'].metainfo
    assert metainfo['gradient_weight'] == weight
    assert type(metainfo['gradient_weight']) is float


def test_nothing_is_packed_without_it(random_sample):
    sample = PackDepthInputs()(random_sample())['data_samples']
    assert 'gradient_weight' not in sample


@pytest.mark.parametrize('weight', [-0.1, math.inf, math.nan])
def test_bad_weight_is_named(weight):
    with pytest.raises(ValueError, match=f'at least 0, got {weight}'):
        SetGradientWeight(weight)


def test_repr():
    assert repr(SetGradientWeight(0)) == 'SetGradientWeight(weight=0.0)'

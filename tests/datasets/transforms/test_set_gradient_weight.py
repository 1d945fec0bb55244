import pytest
from mmengine.registry import TRANSFORMS

from mmdepth_gradloss.datasets.transforms import PackDepthInputs


@pytest.mark.parametrize('weight', [0, 0.25, 3])
@pytest.mark.parametrize('arguments', [{}, dict(meta_keys=['img_path'])])
def test_weight_reaches_the_data_sample(random_sample, weight, arguments):
    transform = TRANSFORMS.build(dict(type='SetGradientWeight', weight=weight))
    pack = PackDepthInputs(**arguments)
    metainfo = pack(transform(random_sample()))['data_samples'].metainfo
    assert metainfo['gradient_weight'] == weight
    assert type(metainfo['gradient_weight']) is float

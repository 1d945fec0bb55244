import pytest
import torch
from mmengine.registry import MODELS

from mmdepth_gradloss.losses import Gradient2D


@pytest.mark.parametrize('dtype', [torch.float32, torch.float64])
def test_ramps(dtype):
    ramp = torch.arange(6, dtype=dtype).expand(2, 1, 5, 6)
    zero, eight = (torch.full((2, 1, 3, 4), x, dtype=dtype) for x in (0, 8))
    for actual, expected in zip(
            (*Gradient2D()(ramp), *Gradient2D()(ramp.mT)),
            (eight, zero, zero.mT, eight.mT)):
        assert actual.dtype == dtype and torch.equal(actual, expected)


def test_kernels_are_constants():
    module = MODELS.build(dict(type='Gradient2D'))
    assert not list(module.parameters())
    assert not module.state_dict()
    assert len(list(module.buffers())) == 2
    # smooth along one axis
    dot = torch.zeros(1, 1, 5, 5)
    dot[..., 2, 2] = 1
    dx, dy = module(dot)
    assert dx[0, 0].tolist() == [[1, 0, -1], [2, 0, -2], [1, 0, -1]]
    assert torch.equal(dy, dx.mT)


@pytest.mark.parametrize('shape', [(1, 3, 8, 8), (8, 8), (1, 1, 2, 8)])
def test_wrong_shape_is_named(shape):
    with pytest.raises(ValueError, match=str(shape[-1])):
        Gradient2D()(torch.rand(*shape))

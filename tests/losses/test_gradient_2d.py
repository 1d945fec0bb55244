import pytest
import torch
from mmengine.registry import MODELS

from mmdepth_gradloss.losses import Gradient2D


def test_shapes():
    dx, dy = Gradient2D()(torch.rand(2, 1, 64, 64))
    assert dx.shape == dy.shape == (2, 1, 62, 62)


def test_ramps():
    ramp = torch.arange(6.0).expand(1, 1, 5, 6)
    dx, dy = Gradient2D()(ramp)
    assert (dx == 8).all() and (dy == 0).all()
    dx, dy = Gradient2D()(ramp.transpose(2, 3))
    assert (dx == 0).all() and (dy == 8).all()


def test_kernels_are_constants():
    module = MODELS.build(dict(type='Gradient2D'))
    assert not list(module.parameters())
    assert not module.state_dict()
    assert len(list(module.buffers())) == 2


def test_follows_the_dtype_of_its_input():
    dx, _ = Gradient2D()(torch.rand(1, 1, 3, 3, dtype=torch.float64))
    assert dx.dtype == torch.float64


@pytest.mark.parametrize('shape', [(1, 3, 8, 8), (8, 8), (1, 1, 2, 8)])
def test_wrong_shape_is_named(shape):
    with pytest.raises(ValueError, match=str(shape[-1])):
        Gradient2D()(torch.rand(*shape))

"""Memory that the losses keep between forward and backward."""
import pytest
import torch
from gradient_cases import depth_pair

from mmdepth_gradloss.functional.presets import PRESETS
from mmdepth_gradloss.losses import MultiScaleGradientLoss


def saved_bytes(loss, pred, target, mask):
    """Bytes per pixel held by a loss's graph, excluding its inputs."""
    saved = []
    with torch.autograd.graph.saved_tensors_hooks(
            lambda x: saved.append(x) or x, lambda x: x):
        value = loss(pred.requires_grad_(), target, mask)
    storages = {
        x.untyped_storage().data_ptr(): x.untyped_storage().nbytes()
        for x in saved
    }
    for x in (pred, target, mask):
        storages.pop(x.untyped_storage().data_ptr(), None)
    value.backward()  # keeps the graph alive, so that no address is reused
    return sum(storages.values()) / pred.numel()


@pytest.mark.parametrize('name', PRESETS)
def test_fused_keeps_only_the_gradient(name):
    maps = depth_pair((3, 1, 64, 96), 0.6)
    fused = MultiScaleGradientLoss(preset=name)
    assert 4 <= saved_bytes(fused, *maps) < 5
    plain = MultiScaleGradientLoss(preset=name, fused=False)
    assert saved_bytes(plain, *maps) > 8

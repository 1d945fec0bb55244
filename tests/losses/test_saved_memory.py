"""What the losses keep between forward and backward."""
from __future__ import annotations

import pytest
import torch
from gradient_cases import depth_pair

from mmdepth_gradloss.functional.presets import PRESETS
from mmdepth_gradloss.losses import MultiScaleGradientLoss


def saved_bytes(loss, pred, target, mask):
    """Bytes that the graph of a loss holds, without those of its inputs."""
    saved = []

    def pack(tensor):
        saved.append(tensor)
        return tensor

    pred.requires_grad_()
    with torch.autograd.graph.saved_tensors_hooks(pack, lambda x: x):
        value = loss(pred, target, mask)
    storages = {
        x.untyped_storage().data_ptr(): x.untyped_storage().nbytes()
        for x in saved
    }
    for x in (pred, target, mask):
        storages.pop(x.untyped_storage().data_ptr(), None)
    value.backward()  # alive until here, so that no address was used twice
    return sum(storages.values())


@pytest.mark.parametrize('name', PRESETS)
def test_fused_keeps_only_the_gradient(name):
    maps = depth_pair((3, 1, 64, 96), 0.6)
    loss = MultiScaleGradientLoss(preset=name)
    per_pixel = saved_bytes(loss, *maps) / maps[0].numel()
    assert 4 <= per_pixel < 5


@pytest.mark.parametrize('name', PRESETS)
def test_autograd_alone_would_keep_more(name):
    maps = depth_pair((3, 1, 64, 96), 0.6)
    loss = MultiScaleGradientLoss(preset=name, fused=False)
    assert saved_bytes(loss, *maps) / maps[0].numel() > 8

import math

import numpy as np
import pytest
import torch
from mmengine.registry import MODELS
from torch._subclasses import FakeTensorMode

from mmdepth_gradloss.models.resnet_san.sparse_depth_encoder import \
    NormalizedConv

CHANNELS = (16, 24, 32)


def build(**arguments):
    torch.manual_seed(0)
    return MODELS.build(
        dict(type='SparseDepthEncoder', channels=CHANNELS, **arguments))


@pytest.mark.parametrize('filler', [0.0, -1.0, math.nan, math.inf])
def test_what_stands_at_invalid_pixels_changes_nothing(filler):
    encoder = build()
    valid = torch.rand(2, 1, 33, 46) < 0.2
    depth = torch.rand(2, 1, 33, 46) * 10 + 0.1
    results = []
    for other in (0.0, filler):
        features = encoder(torch.where(valid, depth, other))
        sum(x.square().sum() for x in features).backward()
        results.append([*features, *(p.grad for p in encoder.parameters())])
        encoder.zero_grad()
    assert [tuple(x.shape[1:]) for x in results[0][:3]
            ] == [(16, 17, 23), (24, 9, 12), (32, 5, 6)]
    assert all(map(torch.equal, *results))


def test_empty_map_gives_zeros_and_finite_gradients():
    encoder = build()
    features = encoder(torch.zeros(1, 1, 32, 48))
    sum(x.sum() for x in features).backward()
    assert not any(x.any() for x in features)
    assert all(p.grad.isfinite().all() for p in encoder.parameters())


@pytest.mark.parametrize('density', [0.01, 0.05, 0.3, 0.9])
@pytest.mark.parametrize('depth', [0.1, 3.0, 80.0])
def test_constant_depth_has_one_feature_whatever_is_measured(density, depth):
    mask = (torch.rand(1, 1, 32, 40) < density).float()
    encoder = build()
    with torch.no_grad():
        dense = encoder(torch.full((1, 1, 32, 40), depth))
        sparse = encoder(depth * mask)
    for full, part in zip(dense, sparse):
        for stride in (2, 1):
            mask = torch.nn.functional.max_pool2d(mask, 3, stride, 1)
        torch.testing.assert_close(part, full * mask, rtol=1e-3, atol=1e-3)


def test_normalized_convolution_equals_a_plain_loop():
    conv = NormalizedConv(2, 3, stride=2).double()
    x = torch.randn(1, 2, 5, 6, dtype=torch.float64)
    mask = (torch.rand(1, 1, 5, 6) < 0.4).double()
    result, new_mask = conv(x, mask)

    logits = conv.logits.detach().numpy()[:, 0]
    mix, bias = conv.mix.weight.detach().numpy(), conv.mix.bias.detach()
    for row, col in np.ndindex(3, 3):
        total, weight = np.zeros(2), np.zeros(2)
        for i, j in np.ndindex(3, 3):
            y, x_ = 2 * row + i - 1, 2 * col + j - 1
            if 0 <= y < 5 and 0 <= x_ < 6 and mask[0, 0, y, x_]:
                w = np.exp(logits[:, i, j])
                total += w * x[0, :, y, x_].numpy()
                weight += w
        expected = np.zeros(3)
        if weight.any():
            mixed = mix @ (total / weight) + bias.numpy()
            mixed = (mixed - mixed.mean()) / np.sqrt(mixed.var() + 1e-5)
            expected = np.maximum(mixed, 0)
        np.testing.assert_allclose(
            result[0, :, row, col].detach(), expected, atol=1e-9)
        assert new_mask[0, 0, row, col] == weight.any()


def test_nothing_waits_for_the_device():
    """With tensors without data, on which nothing can branch."""
    with FakeTensorMode():
        features = build()(torch.empty(2, 1, 32, 48))
    assert features[-1].shape == (2, 32, 4, 6)


def test_near_and_far_are_told_apart_alike():
    """A factor on depth changes the features by a similar amount anywhere."""
    encoder = build()
    changes = []
    for depth in (0.2, 1.0, 5.0, 25.0, 80.0):
        one, other = (
            encoder(torch.full((1, 1, 16, 16), value))[0].mean((0, 2, 3))
            for value in (depth, 1.2 * depth))
        changes.append((other - one).norm() / one.norm())
    assert max(changes) < 5 * min(changes)


def test_empty_depth_range_is_refused():
    with pytest.raises(ValueError, match='0 < min_depth < max_depth'):
        build(min_depth=200.0)

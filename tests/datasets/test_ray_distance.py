import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mmdepth_gradloss.datasets.ray_distance import (depth_to_distance,
                                                    distance_to_depth,
                                                    ray_lengths)

cameras = st.builds(
    lambda fx, fy, skew, cx, cy: torch.tensor(
        [[fx, skew, cx], [0, fy, cy], [0, 0, 1]], dtype=torch.float64),
    st.floats(2, 1000), st.floats(2, 1000), st.floats(-5, 5),
    st.floats(-50, 50), st.floats(-50, 50))


@given(cameras, st.integers(1, 5), st.integers(1, 5))
def test_length_of_the_back_projected_pixel(cam2img, height, width):
    lengths = ray_lengths(cam2img, height, width)
    assert lengths.shape == (height, width)
    inverse = np.linalg.inv(cam2img.numpy())
    for v, u in np.ndindex(height, width):
        assert lengths[v, u].item() == pytest.approx(
            np.linalg.norm(inverse @ (u, v, 1)), rel=1e-9)


@given(cameras, st.integers(0, 2**32 - 1))
def test_there_and_back(cam2img, seed):
    rng = np.random.default_rng(seed)
    depth = torch.from_numpy(rng.uniform(0.1, 100, (2, 1, 4, 6)))
    depth[depth < 30] = 0
    distance = depth_to_distance(depth, cam2img)
    torch.testing.assert_close(
        distance, depth * ray_lengths(cam2img, 4, 6), rtol=1e-12, atol=0)
    torch.testing.assert_close(
        distance_to_depth(distance, cam2img), depth, rtol=1e-12, atol=0)
    assert torch.equal(distance == 0, depth == 0)


@pytest.mark.parametrize('cam2img, message', [
    (torch.eye(4), r'3x3.*\(4, 4\)'),
    (torch.ones(3), r'3x3.*\(3,\)'),
    (torch.diag(torch.tensor([0., 1., 1.])), r'positive fx.*\[0.0, 0.0'),
    (torch.diag(torch.tensor([1., -2., 1.])), r'positive fx.*-2.0'),
    (torch.diag(torch.tensor([1., math.nan, 1.])), 'finite.*nan'),
    (torch.diag(torch.tensor([1., 1., 2.])), r'0, 0, 1\]\].*2.0'),
    (torch.eye(3) + torch.tensor([[0.], [1.], [0.]]), 'cam2img must be'),
])
def test_what_is_no_pinhole_camera(cam2img, message):
    with pytest.raises(ValueError, match=message):
        ray_lengths(cam2img, 2, 2)


def test_dtype_follows_the_map():
    cam2img = torch.eye(3, dtype=torch.float64)
    for convert in (depth_to_distance, distance_to_depth):
        assert convert(torch.ones(2, 3), cam2img).dtype == torch.float32
    assert ray_lengths(cam2img, 2, 3).dtype == torch.float64

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from mmdepth_gradloss.functional.pyramids import PYRAMIDS

sizes = st.integers(1, 40)


@given(sizes, sizes, st.sampled_from([1, 2, 4, 8]))
def test_bilinear_is_torch_s_resize_without_antialiasing(h, w, factor):
    x = torch.rand(2, 1, h, w, dtype=torch.float64)
    valid = torch.rand(2, 1, h, w) > 0.5
    small, small_valid = PYRAMIDS['bilinear'](x, valid, factor)
    if h < factor or w < factor:
        assert small.numel() == small_valid.numel() == 0
        return
    scale = 1 / factor
    torch.testing.assert_close(
        small,
        F.interpolate(
            x, scale_factor=scale, mode='bilinear', align_corners=False))
    expected = F.interpolate(
        valid.double(), scale_factor=scale, mode='nearest') > 0
    assert torch.equal(small_valid, expected)


@given(sizes, sizes, st.sampled_from([1, 2, 4, 8]))
def test_nearest_is_torch_s_resize(h, w, factor):
    x = torch.rand(1, 1, h, w, dtype=torch.float64)
    small, _ = PYRAMIDS['nearest'](x, x > 0.5, factor)
    if h < factor or w < factor:
        assert small.numel() == 0
        return
    expected = F.interpolate(x, scale_factor=1 / factor, mode='nearest')
    assert torch.equal(small, expected)


def test_stride_takes_every_nth_pixel():
    x = torch.arange(35.0).view(1, 1, 5, 7)
    small, valid = PYRAMIDS['stride'](x, x > 10, 3)
    assert small[0, 0].tolist() == [[0, 3, 6], [21, 24, 27]]
    assert valid[0, 0].tolist() == [[False] * 3, [True] * 3]


def test_bilinear_by_odd_factor_is_refused():
    x = torch.rand(1, 1, 9, 9)
    with pytest.raises(ValueError, match='even factors, got 3'):
        PYRAMIDS['bilinear'](x, x > 0, 3)

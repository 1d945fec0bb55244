import itertools
import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mmdepth_gradloss.functional import multi_scale_gradient_loss
from mmdepth_gradloss.functional.domains import DOMAINS
from mmdepth_gradloss.functional.mask_policies import MASK_POLICIES
from mmdepth_gradloss.functional.operators import OPERATORS
from mmdepth_gradloss.functional.penalties import PENALTIES
from mmdepth_gradloss.functional.pyramids import PYRAMIDS

SOBEL_X = ((-1, 0, 1), (-2, 0, 2), (-1, 0, 1))
SOBEL_Y = ((-1, -2, -1), (0, 0, 0), (1, 2, 1))


def packnet_san_by_loops(pred, target, valid, scales):
    """The formula in float64, pixel by pixel, on (N, H, W) lists.

    Resizes both maps, not the residual; fills invalid pixels of both with
    the same number.
    """
    levels = []
    for level in range(scales):
        step = 2**level
        total_x = total_y = windows = 0
        for n in range(len(pred)):
            p, t = ([[
                float(v[y, x]) if valid[n, y, x] else 3.0
                for x in range(v.shape[1])
            ] for y in range(v.shape[0])] for v in (pred[n], target[n]))
            p, t = bilinear_by_loops(p, step), bilinear_by_loops(t, step)
            height = len(p)
            width = len(p[0]) if p else 0
            for y in range(height - 2):
                for x in range(width - 2):
                    if not valid[n, (y + 1) * step, (x + 1) * step]:
                        continue
                    windows += 1
                    total_x += abs(
                        window(p, y, x, SOBEL_X) - window(t, y, x, SOBEL_X))
                    total_y += abs(
                        window(p, y, x, SOBEL_Y) - window(t, y, x, SOBEL_Y))
        if windows:
            levels.append((total_x + total_y) / windows)
    return sum(levels) / len(levels) if levels else 0.0


def window(image, y, x, kernel):
    return sum(kernel[i][j] * image[y + i][x + j] for i in range(3)
               for j in range(3))


def bilinear_by_loops(image, step):
    """Samples at half-pixel centres, from the definition."""
    height, width = len(image), len(image[0])

    def sample(position, size):
        at = (position + 0.5) * step - 0.5
        low = math.floor(at)
        return low, min(low + 1, size - 1), at - low

    out = []
    for y in range(height // step):
        y0, y1, fy = sample(y, height)
        row = []
        for x in range(width // step):
            x0, x1, fx = sample(x, width)
            row.append((1 - fy) * ((1 - fx) * image[y0][x0] +
                                   fx * image[y0][x1]) + fy *
                       ((1 - fx) * image[y1][x0] + fx * image[y1][x1]))
        out.append(row)
    return out


def depth_pair(*shape, density=0.7, seed=0):
    generator = torch.Generator().manual_seed(seed)
    pred, target, noise = torch.rand(
        3, *shape, dtype=torch.float64, generator=generator)
    return pred * 5 + 0.5, target * 5 + 0.5, noise < density


@given(
    st.integers(1, 3), st.integers(1, 20), st.integers(1, 20),
    st.sampled_from([0.0, 0.05, 0.5, 1.0]), st.integers(1, 5),
    st.integers(0, 9))
def test_packnet_san_against_loops(n, h, w, density, scales, seed):
    pred, target, valid = depth_pair(n, 1, h, w, density=density, seed=seed)
    loss = multi_scale_gradient_loss(pred, target, valid, scales)
    expected = packnet_san_by_loops(pred[:, 0], target[:, 0], valid[:, 0],
                                    scales)
    assert loss.item() == pytest.approx(expected, rel=1e-12, abs=1e-12)


COMBINATIONS = list(
    itertools.product(OPERATORS, PYRAMIDS, DOMAINS, MASK_POLICIES, PENALTIES))


@pytest.mark.parametrize('operator,pyramid,domain,mask_policy,penalty',
                         COMBINATIONS)
def test_gradient_against_finite_differences(operator, pyramid, domain,
                                             mask_policy, penalty):
    pred, target, valid = depth_pair(2, 1, 7, 8)
    assert torch.autograd.gradcheck(
        lambda p: multi_scale_gradient_loss(
            p, target, valid, 2, operator, pyramid, domain, mask_policy,
            penalty),
        pred.requires_grad_(),
        fast_mode=True)


@pytest.mark.parametrize('domain', DOMAINS)
@pytest.mark.parametrize('rubbish', [math.nan, math.inf, -1e30, 0.0])
def test_invalid_pixels_change_no_bit(domain, rubbish):
    pred, target, valid = depth_pair(2, 1, 17, 23)

    def run(fill):
        p = torch.where(valid, pred, fill).requires_grad_()
        t = torch.where(valid, target, fill)
        loss = multi_scale_gradient_loss(p, t, valid, domain=domain)
        loss.backward()
        return loss.detach(), p.grad

    loss, grad = run(rubbish)
    expected_loss, expected_grad = run(2.0)
    assert torch.equal(loss, expected_loss)
    assert torch.equal(grad, expected_grad)
    assert not grad[~valid].any()


def test_no_valid_pixel_is_zero_and_connected():
    pred, target, valid = depth_pair(1, 1, 12, 12, density=0.0)
    pred.requires_grad_()
    loss = multi_scale_gradient_loss(pred, target, valid)
    loss.backward()
    assert loss.item() == 0
    assert pred.grad is not None and not pred.grad.any()


def test_exact_prediction_is_zero_with_finite_gradient():
    _, target, valid = depth_pair(1, 1, 12, 12)
    for penalty in PENALTIES:
        pred = target.clone().requires_grad_()
        loss = multi_scale_gradient_loss(pred, target, valid, penalty=penalty)
        loss.backward()
        assert loss.item() == 0
        assert pred.grad.isfinite().all()


def test_constant_offset_is_free_with_full_support():
    _, target, valid = depth_pair(1, 1, 24, 24, density=0.9)
    options = dict(pyramid='stride', scales=2)
    offset = multi_scale_gradient_loss(
        target + 2, target, valid, mask_policy='support', **options)
    assert offset.item() == pytest.approx(0, abs=1e-12)
    # what the support is for: a hole's border is no edge
    at_centres = multi_scale_gradient_loss(
        target + 2, target, valid, mask_policy='center', **options)
    assert at_centres.item() > 0.1


def test_weight_gates_an_image():
    pred, target, valid = depth_pair(2, 1, 16, 16)
    pred.requires_grad_()
    multi_scale_gradient_loss(
        pred, target, valid, weight=torch.tensor([1.0, 0.0])).backward()
    assert pred.grad[0].any() and not pred.grad[1].any()


@pytest.mark.parametrize('option', [
    'operator', 'pyramid', 'domain', 'mask_policy', 'penalty'
])
def test_unknown_option_is_named(option):
    pred, target, valid = depth_pair(1, 1, 8, 8)
    with pytest.raises(ValueError, match="unknown .*'nonsense'; known: "):
        multi_scale_gradient_loss(pred, target, valid,
                                  **{option: 'nonsense'})

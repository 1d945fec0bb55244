import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from depth_pairs import depth_pair, value_and_grad
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy_alignment import align
from other_process import OtherProcess
from plain_loops import stride, zip_map
from preset_loops import midas as midas_by_loops
from preset_loops import pair_differences

from mmdepth_gradloss.functional import GradientFormula
from mmdepth_gradloss.functional.formula_loss import formula_loss
from mmdepth_gradloss.functional.penalties import PENALTIES
from mmdepth_gradloss.functional.presets import PRESETS

DOMAINS = ['linear', 'log', 'inverse']

# The presets, and every other alignment, operator, normalizer and penalty
FORMULAS = PRESETS | {
    'stride, pooled': GradientFormula(
        operator='central', pyramid='stride', domain='log',
        mask_policy='support', normalizer='pooled_windows'),
    'area, laplace': GradientFormula(
        3, operator='laplace', pyramid='area', penalty='charbonnier',
        level_reduction='sum'),
    'least squares': GradientFormula(
        domain='inverse', alignment='least_squares', penalty='l2'),
    'median, deviation': GradientFormula(
        operator='forward', pyramid='stride', domain='inverse',
        alignment='median_mad', mask_policy='support'),
}
FUSED = pytest.mark.parametrize('fused', [True, False])
EACH_FORMULA = pytest.mark.parametrize(
    'formula', FORMULAS.values(), ids=FORMULAS.keys())


def pooled_pairs_by_loops(pred, target, valid, scales=4):
    """Metric3D's GradientLoss_Li: mean over the pairs of both directions, then
    over the non-empty levels."""
    levels = []
    for level in range(scales):
        pairs = []
        for p, t, v in zip(pred, target, valid):
            residual = zip_map(lambda a, b: math.log(a) - math.log(b), p, t)
            pairs += pair_differences(
                stride(residual, 2**level), stride(v, 2**level), step=2)
        if pairs:
            levels.append(sum(pairs) / len(pairs))
    return sum(levels) / len(levels) if levels else 0.0


@FUSED
@settings(max_examples=25)
@given(
    n=st.integers(1, 3), h=st.integers(1, 20), w=st.integers(1, 20),
    density=st.sampled_from([0.0, 0.05, 0.5, 1.0]), seed=st.integers(0, 9))
def test_pooled_pairs_against_loops(fused, n, h, w, density, seed):
    maps = depth_pair(n, 1, h, w, density=density, seed=seed)
    loss, _ = value_and_grad(*maps, FORMULAS['stride, pooled'], fused=fused)
    expected = pooled_pairs_by_loops(*(x[:, 0].tolist() for x in maps))
    assert loss.item() == pytest.approx(expected, rel=1e-10, abs=1e-12)


def test_default_is_packnet_san():
    maps = depth_pair(2, 1, 17, 18)
    assert torch.equal(
        formula_loss(*maps), formula_loss(*maps, PRESETS['packnet_san']))


@FUSED
@pytest.mark.parametrize('batch_reduction', ['batch', 'image'])
@pytest.mark.parametrize('penalty', PENALTIES)
def test_normalized_is_depth_over_the_mean_of_the_valid(
        fused, penalty, batch_reduction):
    pred, target, valid = depth_pair(3, 1, 17, 18)
    target *= torch.tensor([1.0, 3.0, 50.0]).view(-1, 1, 1, 1)
    valid[0] = False  # an image without a mean
    target[~valid] = math.nan
    means = torch.tensor(
        [1.0, *(target[i][valid[i]].mean() for i in (1, 2))],
        dtype=torch.float64).view(-1, 1, 1, 1)
    weight = torch.tensor([1.0, 2.0, 0.5], dtype=torch.float64)
    formula = GradientFormula(penalty=penalty, batch_reduction=batch_reduction)
    expected, grad = value_and_grad(
        pred / means, target / means, valid, formula, weight=weight)
    loss, normalized_grad = value_and_grad(
        pred, target, valid, replace(formula, domain='normalized'),
        weight=weight, fused=fused)
    assert loss.item() == pytest.approx(expected.item(), rel=1e-12)
    torch.testing.assert_close(
        normalized_grad, grad / means, rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize('domain', ['log', 'inverse'])
def test_offset_is_added_to_both_depths(domain):
    pred, target, valid = depth_pair(2, 1, 17, 18)
    formula = GradientFormula(domain=domain)
    torch.testing.assert_close(
        formula_loss(pred, target, valid, replace(formula, depth_offset=0.5)),
        formula_loss(pred + 0.5, target + 0.5, valid, formula))


@FUSED
@pytest.mark.parametrize('domain', DOMAINS)
@pytest.mark.parametrize('alignment', ['least_squares', 'median_mad'])
def test_aligned_maps_are_compared_as_they_are(domain, alignment, fused):
    """The prediction is already in the domain; the target is converted."""
    pred, target, valid = depth_pair(2, 1, 16, 17)
    formula = replace(FORMULAS['midas'], domain=domain, alignment=alignment)
    loss, _ = value_and_grad(pred, target, valid, formula, fused=fused)
    there = dict(linear=target, log=target.log(), inverse=1 / target)[domain]
    aligned = np.zeros((2, *valid.shape))
    for n, known in enumerate(valid.numpy()):
        aligned[:, n][:, known] = align(
            alignment, pred[n].numpy()[known], there[n].numpy()[known])
    expected = midas_by_loops(
        *aligned[:, :, 0].tolist(), valid[:, 0].tolist())
    assert loss.item() == pytest.approx(expected, rel=1e-9)


@FUSED
@pytest.mark.parametrize('name', ['packnet_san', 'g2_monodepth', 'midas'])
def test_mean_over_two_processes_is_the_loss_of_all(name, fused, monkeypatch):
    maps = depth_pair(3, 1, 17, 18)
    maps[2][0] &= torch.rand(1, 17, 18) < 0.1
    parts = [[x[:1] for x in maps], [x[1:] for x in maps]]
    options = dict(formula=FORMULAS[name], over_processes=True, fused=fused)
    other = OtherProcess(monkeypatch)
    for part in parts:
        value_and_grad(*part, **options)
    results = []
    for part, other.others in zip(parts, other.seen[::-1]):
        results.append(value_and_grad(*part, **options))
    losses, grads = zip(*results)
    loss, grad = value_and_grad(*maps, FORMULAS[name])
    torch.testing.assert_close(sum(losses) / 2, loss)
    torch.testing.assert_close(torch.cat(grads) / 2, grad)


# Properties of each formula


@FUSED
@EACH_FORMULA
@pytest.mark.parametrize('empty', ['all', 'one'])
def test_no_valid_pixel_is_zero_and_connected(formula, fused, empty):
    pred, target, valid = depth_pair(2, 1, 12, 12)
    valid[:1 if empty == 'one' else 2] = False
    loss, grad = value_and_grad(pred, target, valid, formula, fused=fused)
    assert loss.isfinite() and grad.isfinite().all()
    assert not grad[~valid].any()
    assert bool(loss) == bool(grad.any()) == (empty == 'one')


@FUSED
@EACH_FORMULA
@pytest.mark.parametrize('shape', [(0, 1, 8, 8), (2, 1, 1, 1)])
def test_maps_without_a_window_are_zero_and_connected(formula, fused, shape):
    loss, grad = value_and_grad(
        *depth_pair(*shape, density=1.0), formula, fused=fused)
    assert loss.item() == 0
    assert grad.shape == shape and not grad.any()


@FUSED
@EACH_FORMULA
def test_nan_at_a_valid_pixel_is_not_hidden(formula, fused):
    pred, target, valid = depth_pair(2, 1, 12, 12, density=1.0)
    pred[1, 0, 5, 6] = math.nan
    loss, _ = value_and_grad(pred, target, valid, formula, fused=fused)
    assert loss.isnan()


@FUSED
@pytest.mark.parametrize('domain', DOMAINS)
@pytest.mark.parametrize('penalty', PENALTIES)
@pytest.mark.parametrize('name', ['packnet_san', 'valid_mean', 'depth_pro'])
def test_large_range_of_depths_does_not_overflow(domain, penalty, name,
                                                 fused):
    formula = replace(FORMULAS[name], domain=domain, penalty=penalty)
    pred, target = 10**(torch.rand(2, 2, 1, 33, 34) * 7 - 3)  # 1e-3 .. 1e4
    pred[0, 0, :5, :5] = 0  # as from an untrained network
    pred[0, 0, 9:, :5] *= -1
    valid = torch.rand(2, 1, 33, 34) < 0.9
    loss, grad = value_and_grad(pred, target, valid, formula, fused=fused)
    assert loss.dtype == grad.dtype == torch.float32
    assert loss.isfinite() and loss > 0
    assert grad.isfinite().all() and grad.any()


@FUSED
@EACH_FORMULA
def test_float32_is_close_to_float64(formula, fused):
    pred, target, valid = depth_pair(2, 1, 33, 34, density=0.5)
    pred, target = pred.float(), target.float()
    loss, grad = value_and_grad(pred, target, valid, formula, fused=fused)
    expected_loss, expected = value_and_grad(
        pred.double(), target.double(), valid, formula)
    assert loss.item() == pytest.approx(expected_loss.item(), rel=1e-5)
    assert (grad - expected).norm() < 1e-3 * expected.norm()


@FUSED
@EACH_FORMULA
def test_weight_multiplies_what_an_image_contributes(formula, fused):
    maps = depth_pair(2, 1, 16, 16)

    def run(*weight):
        return value_and_grad(
            *maps, formula, fused=fused,
            weight=torch.tensor(weight, dtype=torch.float64))

    first, second = run(1, 0), run(0, 1)
    assert first[1][0].any() and not first[1][1].any()
    for x, y, weighted, both in zip(
            first, second, run(2, -3), value_and_grad(*maps, formula)):
        torch.testing.assert_close(weighted, 2 * x - 3 * y)
        torch.testing.assert_close(both, x + y)


def transposed(x):
    return x.mT.contiguous().mT


def every_second(x):
    wide = x.new_zeros(*x.shape[:-1], 2 * x.shape[-1])
    wide[..., ::2] = x
    return wide[..., ::2]


def channel_of_several(x):
    return torch.cat([x, x, x], dim=1)[:, 1:2]


def expanded(x):
    return x[:1].expand(x.shape)


@FUSED
@EACH_FORMULA
@pytest.mark.parametrize(
    'lay_out', [transposed, every_second, channel_of_several, expanded])
def test_strides_of_the_inputs_do_not_matter(formula, fused, lay_out):
    for first in range(3):
        maps = depth_pair(2, 1, 17, 18)
        maps = [*maps[:first], *map(lay_out, maps[first:])]
        assert not maps[2].is_contiguous()
        loss, grad = value_and_grad(*maps, formula, fused=fused)
        expected_loss, expected_grad = value_and_grad(
            *(x.contiguous() for x in maps), formula, fused=fused)
        torch.testing.assert_close(loss, expected_loss)
        torch.testing.assert_close(grad, expected_grad)


@FUSED
@EACH_FORMULA
def test_inputs_are_left_as_they_are(formula, fused):
    inputs = depth_pair(2, 1, 17, 18)
    copies = [x.clone() for x in inputs]
    value_and_grad(*inputs, formula, fused=fused)
    for x, copy in zip(inputs, copies):
        assert torch.equal(x, copy)


@pytest.mark.parametrize('shapes', [
    [(4, 1, 8, 8), (1, 1, 8, 8), (4, 1, 8, 8)],
    [(4, 1, 8, 8), (4, 1, 8, 8), (4, 1, 1, 8)],
    [(4, 8, 8), (4, 8, 8), (4, 8, 8)],
    [(4, 3, 8, 8), (4, 3, 8, 8), (4, 3, 8, 8)],
])
def test_shapes_that_do_not_fit_are_named(shapes):
    pred, target, valid = (torch.ones(shape) for shape in shapes)
    with pytest.raises(ValueError) as error:
        formula_loss(pred, target, valid.bool())
    assert all(str(shape) in str(error.value) for shape in shapes)


@pytest.mark.parametrize('dtypes', [
    [torch.bfloat16, torch.bfloat16, torch.bool],
    [torch.float32, torch.float64, torch.bool],
    [torch.float32, torch.float32, torch.float32],
])
def test_dtypes_that_do_not_fit_are_named(dtypes):
    with pytest.raises(ValueError) as error:
        formula_loss(*(torch.ones(1, 1, 8, 8, dtype=x) for x in dtypes))
    assert all(str(dtype) in str(error.value) for dtype in dtypes)


@FUSED
def test_autocast_changes_no_bit(fused):
    pred, target, valid = depth_pair(2, 1, 16, 16)
    maps = 100 * pred.float(), target.float(), valid
    expected = value_and_grad(*maps, GradientFormula(), fused=fused)
    with torch.autocast('cpu', torch.bfloat16):
        actual = value_and_grad(*maps, GradientFormula(), fused=fused)
    assert all(map(torch.equal, actual, expected))


def test_weight_of_another_dtype():
    pred, target, valid = depth_pair(2, 1, 16, 16)
    single, double = (
        formula_loss(pred.float(), target.float(), valid,
                     weight=torch.tensor([0.5, 2], dtype=dtype))
        for dtype in (torch.float32, torch.float64))
    assert torch.equal(single, double)

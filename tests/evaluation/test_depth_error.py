"""The errors against Python loops, and their edge cases."""
import math
import statistics

import numpy as np
import pytest
import torch

from mmdepth_gradloss.evaluation.depth_error import (DEPTH_ERRORS, depth_error,
                                                     eval_crop)

SETTINGS = [{}, dict(min_depth=1.0, max_depth=4.0), dict(median_scaling=True),
            dict(max_depth=4.0, median_scaling=True)]


def expected_errors(pred, target, mask, min_depth=None, max_depth=None,
                    median_scaling=False):
    """The formulas, pixel by pixel; pred and target (H, W) of floats."""
    low = -math.inf if min_depth is None else min_depth
    high = math.inf if max_depth is None else max_depth
    pairs = [(d, t) for d, t, m in zip(pred.flat, target.flat, mask.flat)
             if m and math.isfinite(t) and t > 0 and low <= t <= high]
    d_median, t_median = map(statistics.median, zip(*pairs))
    scale = t_median / d_median if median_scaling else 1.0
    pairs = [(min(max(d * scale, low), high), t) for d, t in pairs]
    logs = [math.log(d) - math.log(t) for d, t in pairs]
    log_mean = statistics.fmean(logs)

    def share(bound):
        return statistics.fmean(max(d / t, t / d) < bound for d, t in pairs)

    return dict(
        rmse=math.sqrt(statistics.fmean((d - t)**2 for d, t in pairs)),
        mae=statistics.fmean(abs(d - t) for d, t in pairs),
        abs_rel=statistics.fmean(abs(d - t) / t for d, t in pairs),
        sq_rel=statistics.fmean((d - t)**2 / t for d, t in pairs),
        rmse_log=math.sqrt(statistics.fmean(g**2 for g in logs)),
        log10=statistics.fmean(
            abs(math.log10(d) - math.log10(t)) for d, t in pairs),
        silog=100 * math.sqrt(
            statistics.fmean(g**2 for g in logs) - log_mean**2),
        delta1=share(1.25), delta2=share(1.25**2), delta3=share(1.25**3),
        num_valid=len(pairs))


def random_maps(seed=0, shape=(3, 12, 17)):
    rng = np.random.default_rng(seed)
    target = rng.uniform(0.5, 5, shape)
    pred = target * rng.uniform(0.5, 1.8, shape)
    target[rng.random(shape) < 0.2] = 0
    target[..., 0, 0] = np.nan
    target[..., 0, 1] = np.inf
    return pred, target, rng.random(shape) < 0.7


@pytest.mark.parametrize('settings', SETTINGS)
@pytest.mark.parametrize('dtype, tolerance', [(torch.float64, 1e-12),
                                              (torch.float32, 1e-5)])
def test_equals_the_formulas(settings, dtype, tolerance):
    pred, target, mask = maps = random_maps()
    tensors = [torch.from_numpy(x) for x in maps]
    errors = depth_error(tensors[0][:, None].to(dtype),
                         tensors[1][:, None].to(dtype), tensors[2], **settings)
    assert set(errors) == {*DEPTH_ERRORS, 'num_valid'}
    for i in range(len(pred)):
        expected = expected_errors(pred[i], target[i], mask[i], **settings)
        assert {name: value[i, 0].item() for name, value in errors.items()
                } == pytest.approx(expected, rel=tolerance)


@pytest.mark.parametrize('settings', SETTINGS)
@pytest.mark.parametrize('garbage', [math.nan, math.inf, -1e30, 0])
def test_invalid_pixels_do_not_matter(settings, garbage):
    pred, target, mask = map(torch.from_numpy, random_maps())
    clean = depth_error(pred, target, mask, **settings)
    dirty = depth_error(
        torch.where(mask & target.isfinite() & (target > 0), pred, garbage),
        torch.where(mask, target, garbage), mask, **settings)
    for name in clean:
        assert torch.equal(clean[name], dirty[name]), name


def test_no_valid_pixel_is_nan_and_counted():
    target = torch.ones(2, 3, 4)
    target[0] = 0
    errors = depth_error(torch.ones(2, 3, 4), target, median_scaling=True)
    assert errors['num_valid'].tolist() == [0, 12]
    for name in DEPTH_ERRORS:
        assert errors[name][0].isnan()
        assert errors[name][1] == (1 if name.startswith('delta') else 0)


@pytest.mark.parametrize('value', [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize('settings', SETTINGS)
def test_non_finite_prediction_is_visible(value, settings):
    pred, target, _ = map(torch.from_numpy, random_maps())
    inside = (target[1] > 1) & (target[1] < 4)
    pred[1][tuple(inside.nonzero()[0])] = value
    errors = depth_error(pred, target, **settings)
    for name in DEPTH_ERRORS:
        assert errors[name].isnan().tolist() == [False, True, False], name


def test_non_positive_prediction_is_wrong_not_nan():
    target = torch.full((1, 4), 2.0)
    pred = torch.tensor([[2.0, 0.0, -2.0, 1e-9]])
    errors = depth_error(pred, target)
    assert errors['delta3'] == 0.25
    log_error = abs(math.log(1e-4))  # clamped to 1e-4 of the target
    assert errors['rmse_log'].item() == pytest.approx(
        log_error * math.sqrt(3 / 4))
    # Only logarithms and ratios need positive depth.
    assert errors['mae'].item() == pytest.approx((2 + 4 + 2) / 4)


def test_ratio_equal_to_a_bound_is_outside():
    bounds = torch.tensor([[1.25, 1.25**2, 1.25**3]])  # exact in binary
    one = torch.ones_like(bounds)
    for errors in (depth_error(bounds, one), depth_error(one, bounds)):
        assert errors['delta1'] == 0
        assert errors['delta2'].item() == pytest.approx(1 / 3)
        assert errors['delta3'].item() == pytest.approx(2 / 3)


@pytest.mark.parametrize('dtype', [torch.float32, torch.bfloat16])
def test_half_precision_is_computed_in_float32(dtype):
    pred = torch.full((100, 100), 3.0, dtype=torch.bfloat16)
    errors = depth_error(pred, torch.full((100, 100), 2.0, dtype=dtype))
    assert errors['rmse'].dtype == torch.float32
    assert errors['rmse'] == 1


@pytest.mark.parametrize('pred, target', [((2, 3, 4), (2, 4, 3)),
                                          ((2, 1, 3, 4), (2, 3, 4)),
                                          ((4, ), (4, ))])
def test_shapes(pred, target):
    with pytest.raises(ValueError) as error:
        depth_error(torch.ones(pred), torch.ones(target))
    assert str(pred) in str(error.value) and str(target) in str(error.value)


@pytest.mark.parametrize('name, size, bounds', [
    ('eigen', (480, 640), (45, 471, 41, 601)),
    ('eigen', (240, 320), (22, 235, 20, 300)),
    ('eigen', (960, 1280), (90, 942, 82, 1202)),
    ('garg', (375, 1242), (153, 371, 44, 1197)),
    ('garg', (370, 1226), (151, 366, 44, 1181)),
])
def test_crops(name, size, bounds):
    rows, columns = eval_crop(name, *size)
    assert (rows.start, rows.stop, columns.start, columns.stop) == bounds

"""Changing the unit of depth changes an error by its own unit only.

Exceptions, at the end, are published constants that have a unit.
"""
import math

import pytest
import torch
from depth_maps import evaluate as evaluate_pairs
from depth_maps import make_scene

from mmdepth_gradloss.evaluation.depth_boundary import BOUNDARY_PROTOCOLS
from mmdepth_gradloss.evaluation.depth_error import DEPTH_ERRORS, depth_error
from mmdepth_gradloss.functional.alignment import FITS

METRES = {'rmse', 'mae', 'sq_rel',
          *(f'{region}_{error}' for region in ('edge', 'flat', 'thin', 'far')
            for error in ('rmse', 'mae')),
          *(f'gradient_mae_level{i}' for i in range(4))}
"""Errors in metres; the others are unitless."""

BOUNDARIES = [dict(type='DepthBoundaryMetric', protocol=name)
              for name in BOUNDARY_PROTOCOLS]
ALIGNABLE = [dict(type='DepthErrorMetric'), dict(type='DepthEdgeErrorMetric'),
             *BOUNDARIES]
SCALED = dict(type='DepthErrorMetric', median_scaling=True)
DTYPES = {torch.float32: 1e-4, torch.float64: 1e-9}

each_dtype = pytest.mark.parametrize('dtype', DTYPES)


@pytest.fixture(scope='module')
def scene():
    """Prediction and ground truth with holes, 1 to 6 m."""
    pred, target = map(torch.from_numpy, make_scene())
    target[3:5, 4:9] = 0
    pred[10, 11], pred[12, 3], target[10, 11] = -0.5, 0.0, 2.0
    return pred, target


def evaluate(metric, pred, target, **options):
    metric = {**metric, **options}
    return evaluate_pairs(metric.pop('type'), (pred, target), **metric)


def assert_scales(before, after, factor, tolerance):
    """Check that only errors in metres changed, and by the factor."""
    assert before.keys() == after.keys()
    for name, value in before.items():
        assert math.isfinite(value)
        unit = factor if name in METRES else 1.0
        assert after[name] == pytest.approx(
            unit * value, rel=tolerance, abs=tolerance * unit), name


@each_dtype
@pytest.mark.parametrize('metric', [SCALED, *ALIGNABLE], ids=str)
@pytest.mark.parametrize('factor', [1e-3, 0.7, 1e4])
def test_metric(metric, dtype, scene, factor):
    pred, target = (x.to(dtype) for x in scene)
    assert_scales(
        evaluate(metric, pred, target),
        evaluate(metric, factor * pred, factor * target), factor,
        DTYPES[dtype])


@each_dtype
@pytest.mark.parametrize('metric', ALIGNABLE, ids=str)
@pytest.mark.parametrize('alignment', FITS)
@pytest.mark.parametrize('factor, unknown', [
    (1e4, 1e-12), (1e-3, 1e12), (0.7, 1.0)])
def test_aligned_metric(metric, alignment, dtype, scene, factor, unknown):
    """The prediction is inverse depth in an unknown unit."""
    pred, target = (x.to(dtype) for x in scene)
    relative = 1 / pred.clamp(min=0.5)
    relative[5, 5] = -1.0  # becomes negative inverse depth
    assert_scales(
        evaluate(metric, relative, target, alignment=alignment),
        evaluate(
            metric, unknown * relative, factor * target, alignment=alignment),
        factor, 10 * DTYPES[dtype])


@each_dtype
@pytest.mark.parametrize('metric', [SCALED, *(
    x for x in BOUNDARIES if x['protocol'] != 'sharpdepth')], ids=str)
@pytest.mark.parametrize('unknown', [1e-12, 0.7, 1e12])
def test_scale_of_a_relative_prediction(metric, dtype, scene, unknown):
    pred, target = (x.to(dtype) for x in scene)
    assert_scales(
        evaluate(metric, pred, target),
        evaluate(metric, unknown * pred, target), 1.0, DTYPES[dtype])


@pytest.mark.parametrize('middle', [-2.0, 0.0])
def test_prediction_without_a_positive_median_counts_as_0(middle):
    target = torch.tensor([[2.0, 3.0, 4.0]])
    pred = torch.tensor([[middle, middle, 5.0]])
    errors = depth_error(pred, target, median_scaling=True)
    expected = depth_error(0 * target, target)
    assert all(torch.equal(errors[x], expected[x]) for x in DEPTH_ERRORS)
    assert errors['abs_rel'] == 1 and errors['delta3'] == 0


# Exceptions: constants in published formulas


@pytest.mark.parametrize('protocol, masked', [
    ('depth_pro', False), ('sharpdepth', False), ('sharpdepth', True)])
def test_published_protocol_bounds_depth_at_1e_6(protocol, masked, scene):
    """Smaller depths of a prediction all become equal."""
    pred, target = scene
    usual, tiny = (BOUNDARY_PROTOCOLS[protocol](x, target, masked=masked)
                   for x in (pred, 1e-8 * pred))
    assert tiny != usual and all(map(math.isfinite, tiny.values()))

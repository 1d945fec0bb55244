"""The unit of depth: another one changes an error by its own unit alone.

Published constants that have a unit are the exceptions, and named at the end.
"""
from __future__ import annotations

import math

import pytest
import torch
from depth_maps import evaluate as evaluate_pairs
from depth_maps import make_scene
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mmdepth_gradloss.evaluation.depth_boundary import BOUNDARY_PROTOCOLS
from mmdepth_gradloss.evaluation.depth_error import DEPTH_ERRORS, depth_error
from mmdepth_gradloss.functional.alignment import FITS

METRES = {'rmse', 'mae', 'sq_rel',
          *(f'{region}_{error}' for region in ('edge', 'flat', 'thin', 'far')
            for error in ('rmse', 'mae')),
          *(f'gradient_mae_level{i}' for i in range(4))}
"""Errors in metres; the others have no unit."""

METRIC_TYPES = [
    dict(type='DepthErrorMetric'),
    dict(type='DepthErrorMetric', median_scaling=True),
    dict(type='DepthEdgeErrorMetric'),
    *(dict(type='DepthBoundaryMetric', protocol=name)
      for name in BOUNDARY_PROTOCOLS),
]
DTYPES = {torch.float32: 1e-4, torch.float64: 1e-9}

factors = st.floats(-3, 4).map(lambda exponent: 10**exponent)
each_dtype = pytest.mark.parametrize('dtype', DTYPES)
each_metric = pytest.mark.parametrize('metric', METRIC_TYPES, ids=str)
few = settings(max_examples=10)


@pytest.fixture(scope='module')
def scene():
    """Prediction and ground truth with holes, 1 to 6 m."""
    pred, target = map(torch.from_numpy, make_scene())
    target[3:5, 4:9] = 0
    pred[10, 11], pred[12, 3], target[10, 11] = -0.5, 0.0, 2.0
    return pred, target


def evaluate(metric, pred, target, **options):
    settings = {**metric, **options}
    return evaluate_pairs(settings.pop('type'), (pred, target), **settings)


def assert_scales(before, after, factor, tolerance):
    """Whether errors in metres changed by the factor, and no other did."""
    assert before.keys() == after.keys()
    for name, value in before.items():
        assert math.isfinite(value)
        unit = factor if name in METRES else 1.0
        assert after[name] == pytest.approx(
            unit * value, rel=tolerance, abs=tolerance * unit), name


@each_dtype
@each_metric
@few
@given(factor=factors)
@example(factor=1e-3)
@example(factor=1e4)
def test_metric(metric, dtype, scene, factor):
    pred, target = (x.to(dtype) for x in scene)
    assert_scales(
        evaluate(metric, pred, target),
        evaluate(metric, factor * pred, factor * target), factor,
        DTYPES[dtype])


@each_dtype
@each_metric
@pytest.mark.parametrize('alignment', FITS)
@few
@given(factor=factors, unknown=factors)
@example(factor=1e4, unknown=1.0)
@example(factor=1e-3, unknown=1e4)
def test_aligned_metric(metric, alignment, dtype, scene, factor, unknown):
    """The prediction is inverse depth in a unit that is not known."""
    if 'median_scaling' in metric:
        return  # is refused: the scale is fitted already
    pred, target = (x.to(dtype) for x in scene)
    relative = 1 / pred.clamp(min=0.5)
    relative[5, 5] = -1.0  # fitted to less than nothing
    assert_scales(
        evaluate(metric, relative, target, alignment=alignment),
        evaluate(
            metric, unknown * relative, factor * target, alignment=alignment),
        factor, 10 * DTYPES[dtype])


@each_dtype
@pytest.mark.parametrize('metric', [
    dict(type='DepthErrorMetric', median_scaling=True),
    *(dict(type='DepthBoundaryMetric', protocol=name)
      for name in ('depth_pro', 'moge', 'ibims'))
], ids=str)
@few
@given(unknown=st.floats(-12, 12).map(lambda exponent: 10**exponent))
@example(unknown=1e-12)
def test_scale_of_a_relative_prediction(metric, dtype, scene, unknown):
    pred, target = (x.to(dtype) for x in scene)
    assert_scales(
        evaluate(metric, pred, target),
        evaluate(metric, unknown * pred, target), 1.0, DTYPES[dtype])


def test_depth_in_kilometres_is_not_flattened():
    """Half a metre is 5e-4 km."""
    target = torch.linspace(0.5, 5, 100).view(10, 10) / 1000
    errors = depth_error(1.1 * target, target)
    assert errors['rmse_log'].item() == pytest.approx(math.log(1.1), rel=1e-4)
    assert errors['delta1'] == 1


@pytest.mark.parametrize('middle', [-2.0, 0.0])
def test_prediction_without_a_positive_median_counts_as_0(middle):
    target = torch.tensor([[2.0, 3.0, 4.0]])
    pred = torch.tensor([[middle, middle, 5.0]])
    errors = depth_error(pred, target, median_scaling=True)
    expected = depth_error(0 * target, target)
    assert all(torch.equal(errors[x], expected[x]) for x in DEPTH_ERRORS)
    assert errors['abs_rel'] == 1 and errors['delta3'] == 0


# Exceptions: constants that are part of somebody's formula


@pytest.mark.parametrize('protocol,published', [
    ('depth_pro', dict(masked=False)),
    ('sharpdepth', dict(masked=False)),
    ('sharpdepth', dict(masked=True)),
])
def test_published_protocol_bounds_depth_at_1e_6(protocol, published, scene):
    """Below that, all of a prediction is one depth."""
    pred, target = scene
    tiny = BOUNDARY_PROTOCOLS[protocol](1e-8 * pred, target, **published)
    scores = [x for name, x in tiny.items() if name != 'num_edges']
    usual = BOUNDARY_PROTOCOLS[protocol](pred, target, **published)
    assert any(x != usual[name] for name, x in tiny.items())
    assert all(map(math.isfinite, scores))

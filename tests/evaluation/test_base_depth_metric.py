"""How depth metrics handle samples, images and ranks."""
import math
import re
from contextlib import nullcontext

import numpy as np
import pytest
import torch
import torch.distributed as dist
from depth_maps import evaluate, sample
from mmengine.evaluator import Evaluator
from mmengine.registry import METRICS
from mmengine.structures import BaseDataElement, PixelData

from mmdepth_gradloss.evaluation import (BaseDepthMetric, DepthErrorMetric,
                                         base_depth_metric)

METRIC_TYPES = ['DepthErrorMetric', 'DepthBoundaryMetric',
                'DepthEdgeErrorMetric']
each_metric = pytest.mark.parametrize('name', METRIC_TYPES)
each_alignment = pytest.mark.parametrize('alignment',
                                         ['least_squares', 'median_mad'])


def random_pairs(count):
    generator = torch.Generator().manual_seed(0)
    pairs = []
    for _ in range(count):
        target = torch.rand(8, 9, generator=generator) + 0.5
        noise = torch.rand(8, 9, generator=generator) + 0.5
        pairs.append((target * noise, target))
    pairs[1][1].zero_()  # no ground truth
    return pairs


def samples_of(pairs):
    return [sample(*pair, img_path=f'scene/{i}.jpg')
            for i, pair in enumerate(pairs)]


def test_batches_and_earlier_evaluations_do_not_matter():
    evaluator = Evaluator([dict(type=name) for name in METRIC_TYPES])
    samples = samples_of(random_pairs(5))
    elements = []
    for (pred, target), plain in zip(random_pairs(5), samples):
        element = BaseDataElement(metainfo=dict(img_path=plain['img_path']))
        element.pred_depth_map = PixelData(data=pred[None])
        element.gt_depth_map = PixelData(data=target[None])
        elements.append(element)
    evaluator.process(samples)
    whole = evaluator.evaluate(5)
    evaluator.process(elements[:2])
    evaluator.process(elements[2:])
    np.testing.assert_equal(evaluator.evaluate(5), whole)
    regions = 'edge', 'flat', 'thin', 'far'
    expected = {
        'rmse', 'mae', 'abs_rel', 'sq_rel', 'rmse_log', 'log10', 'silog',
        'delta1', 'delta2', 'delta3', 'num_missing', 'gradient_num_missing',
        *(f'boundary_{x}' for x in ('f1', 'precision', 'recall',
                                    'num_missing')),
        *(f'gradient_mae_level{i}' for i in range(4)),
        *(f'{region}_{x}' for region in regions
          for x in ('rmse', 'mae', 'num_missing')),
    }
    assert {*whole} == {f'depth/{name}' for name in expected}
    assert whole['depth/num_missing'] == whole['depth/edge_num_missing'] == 1
    # without images, none is missing
    assert {*Evaluator([dict(type=name) for name in METRIC_TYPES]).evaluate(
        0).values()} == {0}


@each_metric
def test_valid_pixels_are_found_once(name, monkeypatch):
    found = []
    rule = base_depth_metric.valid_depth_mask
    metric = METRICS.build(
        dict(type=name, min_depth=0.6, max_depth=1.0, prefix='val'))
    assert metric.prefix == 'val'
    pred, target = random_pairs(2)[0]
    alone = metric.score(pred, target)
    for module in ('base_depth_metric', 'depth_error', 'depth_edge_error'):
        monkeypatch.setattr(
            f'mmdepth_gradloss.evaluation.{module}.valid_depth_mask',
            lambda *args: found.append(args) or rule(*args))
    metric.process(None, [sample(pred, target)])
    assert len(found) == 1
    np.testing.assert_equal(metric.results[0][1],
                            {key: x.item() for key, x in alone.items()})


@pytest.mark.parametrize('name', METRIC_TYPES[:2])
def test_all_images_missing(name, warnings_seen):
    millimetres = torch.full((4, 5), 2e3)
    metrics = evaluate(name, *[(millimetres, millimetres)] * 2, max_depth=10)
    missing = [key for key in metrics if key.endswith('num_missing')]
    assert [metrics.pop(key) for key in missing] == [2]
    assert metrics and all(map(math.isnan, metrics.values()))
    line, = warnings_seen
    assert line.startswith(f'{name}: nothing to score (num_')
    assert line.endswith(
        ' is 0) (is there ground truth of 0 to 10 m? If its '
        'unit is wrong, set depth_scale of the data set) in 2 of 2 images, '
        'the first of them #0')


@pytest.mark.parametrize('name', METRIC_TYPES[:2])
@pytest.mark.parametrize('value', [math.nan, math.inf])
def test_non_finite_prediction_is_nan_and_named(name, value, warnings_seen):
    pairs = random_pairs(4)
    pairs[3][0][2, 2] = value
    evaluator = Evaluator(dict(type=name, max_depth=100))
    evaluator.process(samples_of(pairs))
    metrics = evaluator.evaluate(4)
    missing = [key for key in metrics if key.endswith('num_missing')]
    assert [metrics.pop(key) for key in missing] == [1]
    assert all(map(math.isnan, metrics.values()))
    assert warnings_seen[-1] == (
        f'{name}: the prediction is not finite at a valid pixel in 1 of 4 '
        'images, the first of them scene/3.jpg')


def test_unit_is_only_doubted_without_valid_depth(warnings_seen):
    evaluator = Evaluator(dict(type='DepthEdgeErrorMetric'))
    evaluator.process(samples_of([(torch.ones(8, 8), torch.ones(8, 8))]))
    evaluator.evaluate(1)
    assert any('num_thin_pixels is 0' in x for x in warnings_seen)
    assert not any('unit' in x for x in warnings_seen)


class Mistaken(BaseDepthMetric):
    missing_keys = {'count': 'num_missing'}
    scores = dict(error=0.5, count=1)

    def score(self, pred, target, **extra):
        return self.scores


@pytest.mark.parametrize('scores, error, message', [
    (dict(error=0.5), KeyError, r"score\(\) of Mistaken .* lacks \['count'\]"),
    (dict(error=torch.ones(2), count=1), ValueError,
     r"'error' of Mistaken must be a scalar, got the shape \(2,\)"),
])
def test_mistakes_of_a_metric_are_explained(monkeypatch, scores, error,
                                            message):
    pairs = samples_of(random_pairs(2)[:1])
    metric = Mistaken()
    metric.process(None, pairs)
    assert metric.compute_metrics(metric.results) == dict(
        error=0.5, num_missing=0)
    monkeypatch.setattr(Mistaken, 'scores', scores)
    with pytest.raises(error, match=message):
        metric.process(None, pairs)
    monkeypatch.delattr(Mistaken, 'missing_keys')
    with pytest.raises(TypeError, match='Mistaken must define missing_keys'):
        Mistaken()


@pytest.mark.parametrize('value', [math.nan, math.inf])
def test_score_that_is_not_finite_is_named(monkeypatch, warnings_seen, value):
    monkeypatch.setattr(Mistaken, 'scores', dict(error=value, count=1))
    metric = Mistaken()
    metric.process(None, samples_of(random_pairs(2)[:1]))
    metric.compute_metrics(metric.results)
    assert 'not finite' in warnings_seen[-1]


@each_metric
@pytest.mark.parametrize('shape', [(1, 12), (12, 1)])
def test_maps_with_a_channel_and_of_one_row_or_column(name, shape):
    target = torch.linspace(1, 8, 12).reshape(shape)
    np.testing.assert_equal(
        evaluate(name, (2 * target[None], target[None])),
        evaluate(name, (2 * target, target)))


def test_different_shapes_name_the_image():
    bad = sample(torch.ones(4, 5), torch.ones(8, 10), img_path='a/b.jpg')
    with pytest.raises(
            ValueError,
            match=r'a/b.jpg has shape \(4, 5\) .*\(8, 10\); the model must '
            "predict at the ground truth's size"):
        DepthErrorMetric().process(None, [bad])


@pytest.mark.parametrize('key', ['gt_depth_map', 'pred_depth_map'])
@pytest.mark.parametrize('data, error, message', [
    (None, KeyError, 'x.png has no .{key}., only .*img_path'),
    (np.ones((4, 4)), TypeError, '{key} of image x.png must be a'),
    (torch.ones(3, 4, 4), ValueError, r'{key}.*\(1, H, W\), got \(3, 4, 4\)'),
    (torch.ones(1, 1, 4, 4), ValueError, r'{key}.*got \(1, 1, 4, 4\)'),
])
def test_what_is_no_map_is_named(key, data, error, message):
    bad = sample(torch.ones(4, 4), torch.ones(4, 4), img_path='x.png')
    bad[key] = dict(data=data)
    if data is None:
        del bad[key]
    with pytest.raises(error, match=message.format(key=key)):
        DepthErrorMetric().process(None, [bad])


@each_metric
@pytest.mark.parametrize('options, message', [
    *((dict(min_depth=low, max_depth=high),
       f'0 <= min_depth must be below max_depth, got {low} and {high}')
      for low, high in ((5, 2), (2, 2), (-1, 2), (None, 0))),
    (dict(alignment='mean'),
     "unknown alignment 'mean'; known: least_squares, median_mad"),
])
def test_options_are_checked_at_once(name, options, message):
    with pytest.raises(ValueError, match=message):
        METRICS.build(dict(type=name, **options))


def depth_map(far, holes=0):
    """100 pixels at 2 m, except ``far`` at 20 m and ``holes`` at 0."""
    depth = torch.full((100, ), 2.0)
    depth[:far] = 20.0
    depth[far:far + holes] = 0.0
    return depth.reshape(10, 10)


@each_metric
def test_share_out_of_the_range_is_told_once(name, warnings_seen):
    evaluator = Evaluator(dict(type=name, min_depth=0.1, max_depth=15.0))
    maps = depth_map(24, holes=20), depth_map(0)  # 24 of 80 and 0 of 100
    for _ in range(2):
        evaluator.process([sample(x, x) for x in maps])
        evaluator.evaluate(2)
    assert [line for line in warnings_seen if 'lies outside' in line] == [
        f'{name}: 13.3 % of the ground truth lies outside 0.1 to 15 m '
        'and is not scored']


@pytest.mark.parametrize('far, depth_range, told', [
    (60, dict(min_depth=3.0), '40 % .* outside 3 to inf m'),
    (60, dict(max_depth=0.5), 'depth_scale'),  # missing images
    (100, dict(max_depth=15.0), 'depth_scale'),
    (5, dict(max_depth=15.0), None),
    (6, dict(max_depth=15.0), '6 % .* outside 0 to 15 m'),
    (0, dict(min_depth=2.0, max_depth=2.5), None),
])
def test_what_is_told_of_the_range(far, depth_range, told, warnings_seen):
    target = depth_map(far)
    evaluate('DepthErrorMetric', (target, target), **depth_range)
    assert len(warnings_seen) == (told is not None)
    assert told is None or re.search(told, warnings_seen[0])


class DepthRange(BaseDepthMetric):
    """Smallest and largest depth passed to ``score``."""

    missing_keys = {'num': 'num_missing'}

    def score(self, pred, target, **extra):
        return dict(num=torch.tensor(1), low=pred.min(), high=pred.max())


def depth_range_of(pred, target, **options):
    metric = DepthRange(**options)
    metric.process(None, [sample(pred, target)])
    metrics = metric.evaluate(1)
    return metrics['depth/low'], metrics['depth/high']


def test_a_single_pixel_is_enough_to_be_not_finite(warnings_seen):
    pixel = torch.ones(1, 1)  # image of one pixel
    assert math.isnan(depth_range_of(pixel * math.nan, pixel)[0])
    assert len(warnings_seen) == 1 and 'not finite' in warnings_seen[0]


def target_with_a_hole():
    target = random_pairs(2)[0][1] * 4
    target[2, 3] = 0
    return target


def relative_prediction(target, scale=1.0, shift=0.0):
    """Noisy relative inverse depth of a map with holes."""
    noise = torch.rand(
        target.shape, generator=torch.Generator().manual_seed(0))
    return scale * (1 / target.where(target > 0, 1) + 0.1 * noise) + shift


def aligned_by_numpy(pred, target, alignment, max_depth):
    """Aligned depth in metres by definition, in float64."""
    pred, target = pred.double().numpy(), target.double().numpy()
    known, inverse = pred[target > 0], 1 / target[target > 0]
    if alignment == 'least_squares':
        scale, shift = np.polyfit(known, inverse, 1)
    else:
        medians = [np.sort(x)[(x.size - 1) // 2] for x in (known, inverse)]
        scale = (np.abs(inverse - medians[1]).mean() /
                 np.abs(known - medians[0]).mean())
        shift = medians[1] - scale * medians[0]
    return torch.from_numpy(
        1 / np.maximum(scale * pred + shift, 1 / max_depth))


@each_alignment
@each_metric
@pytest.mark.parametrize('low, high', [(0.0, 4.0), (3.0, 5.0), (0.0, 100.0)])
def test_relative_predictions_are_aligned_in_the_range_then_inverted(
        name, alignment, low, high):
    target = target_with_a_hole()
    pred = relative_prediction(target, 50.0, -3.0)
    depth_range = dict(min_depth=low, max_depth=high)
    aligned = evaluate(name, (pred, target), alignment=alignment,
                       **depth_range)
    target[(target < low) | (target > high)] = 0
    depth = aligned_by_numpy(pred, target, alignment, high)
    assert aligned == pytest.approx(
        evaluate(name, (depth, target), **depth_range), rel=1e-4, abs=1e-5,
        nan_ok=True)


@each_alignment
@pytest.mark.parametrize('max_depth, highest', [
    (5.0, 5.0),
    (None, 1e6 / (53 / 71)),  # relative to the mean inverse depth
])
def test_inverse_depth_below_0_is_the_largest_depth(alignment, max_depth,
                                                    highest):
    target = torch.ones(8, 9)
    target[::2] = 2.0
    pred = 1 / target
    pred[3, 4], target[3, 4] = -50.0, math.nan  # without ground truth
    assert depth_range_of(
        pred, target, max_depth=max_depth, alignment=alignment
    ) == pytest.approx((1.0, highest))


@pytest.mark.parametrize('alignment, expected', [
    ('least_squares', 1.6),  # 1 / 0.625, the mean inverse depth
    ('median_mad', 2.0),
])
def test_prediction_of_0_everywhere_is_a_constant(alignment, expected):
    target = torch.full((8, 8), 2.0)
    target[:2] = 1.0
    assert depth_range_of(target * 0, target, alignment=alignment) == (
        pytest.approx((expected, expected)))


@each_alignment
def test_relative_prediction_that_is_not_finite_is_nan_and_named(
        alignment, warnings_seen):
    target = target_with_a_hole()
    pred = relative_prediction(target)
    for place, is_finite in (((2, 3), True), ((0, 0), False)):
        pred[place] = math.nan  # the first has no ground truth
        metrics = evaluate(
            'DepthErrorMetric', (pred, target), alignment=alignment)
        assert math.isfinite(metrics['rmse']) == is_finite
        assert len(warnings_seen) == (not is_finite)
    assert 'not finite' in warnings_seen[0]


@each_metric
@pytest.mark.parametrize('alignment, prediction, advice', [
    (None, 'relative_inverse',
     "set alignment='least_squares' of the metric"),
    ('median_mad', 'depth', 'leave out the alignment'),
    (None, 'depth', None),
    ('median_mad', 'relative_inverse', None),
])
def test_what_a_sample_says_of_its_prediction_is_heeded(
        name, alignment, prediction, advice):
    target = target_with_a_hole()
    said = sample(relative_prediction(target), target, prediction=prediction)
    metric = METRICS.build(dict(type=name, alignment=alignment))
    message = (f"#0 is '{prediction}', and {name} with alignment="
               f"{alignment!r} scores '.*': {advice}$")
    with (pytest.raises(ValueError, match=message) if advice
          else nullcontext()):
        metric.process(None, [said])


def evaluate_on_rank(rank, world_size, folder):
    """Score every ``world_size``-th of five images, as a sampler would."""
    dist.init_process_group('gloo', init_method=f'file://{folder}/store',
                            rank=rank, world_size=world_size)
    evaluator = Evaluator([dict(type=name, collect_dir=f'{folder}/{name}')
                           for name in METRIC_TYPES[:2]])
    samples = samples_of(random_pairs(5))
    samples.append(samples[0])  # samplers pad to equal parts
    evaluator.process(samples[rank::world_size])
    torch.save(evaluator.evaluate(5), f'{folder}/metrics{rank}.pth')
    dist.destroy_process_group()


def test_ranks_together_score_as_one_process(tmp_path):
    torch.multiprocessing.spawn(
        evaluate_on_rank, args=(2, str(tmp_path)), nprocs=2)
    evaluator = Evaluator([dict(type=name) for name in METRIC_TYPES[:2]])
    evaluator.process(samples_of(random_pairs(5)))
    expected = evaluator.evaluate(5)
    for rank in range(2):
        assert torch.load(tmp_path / f'metrics{rank}.pth') == expected

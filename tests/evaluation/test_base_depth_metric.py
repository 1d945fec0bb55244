"""What every depth metric does with samples, images and ranks."""
import math
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.distributed as dist
from mmengine.evaluator import Evaluator
from mmengine.registry import METRICS
from mmengine.structures import BaseDataElement, PixelData

from mmdepth_gradloss.evaluation import (BaseDepthMetric, DepthBoundaryMetric,
                                         DepthErrorMetric)

METRIC_TYPES = ['DepthErrorMetric', 'DepthBoundaryMetric']


def depth_sample(pred, target, img_path='scene/1.jpg'):
    """Data element of one image, from two (H, W) maps."""
    sample = BaseDataElement(metainfo=dict(img_path=img_path))
    sample.gt_depth_map = PixelData(data=target[None])
    sample.pred_depth_map = PixelData(data=pred[None])
    return sample


def random_samples(count):
    generator = torch.Generator().manual_seed(0)
    samples = []
    for i in range(count):
        target = torch.rand(8, 9, generator=generator) + 0.5
        pred = target * (torch.rand(8, 9, generator=generator) + 0.5)
        samples.append(depth_sample(pred, target, f'scene/{i}.jpg'))
    # The second has nothing to score.
    samples[1].gt_depth_map.data.zero_()
    return samples


def test_both_metrics_in_one_evaluator():
    evaluator = Evaluator([dict(type=name) for name in METRIC_TYPES])
    samples = random_samples(5)
    evaluator.process(samples[:2])
    evaluator.process(samples[2:])
    metrics = evaluator.evaluate(5)
    assert set(metrics) == {
        f'depth/{name}'
        for name in ('rmse', 'mae', 'abs_rel', 'sq_rel', 'rmse_log', 'log10',
                     'silog', 'delta1', 'delta2', 'delta3', 'num_missing',
                     'boundary_f1', 'boundary_precision', 'boundary_recall',
                     'boundary_num_missing')
    }
    assert metrics['depth/num_missing'] == 1
    assert metrics['depth/boundary_num_missing'] == 1
    assert all(math.isfinite(value) for value in metrics.values())


@pytest.mark.parametrize('name', METRIC_TYPES)
def test_registered_in_the_root_registry(name):
    metric = METRICS.build(
        dict(type=name, prefix='val', min_depth=0.1, collect_dir='parts'))
    assert isinstance(metric, BaseDepthMetric)
    assert metric.prefix == 'val'
    assert metric.collect_dir == 'parts'


@pytest.mark.parametrize('name', METRIC_TYPES)
def test_batches_do_not_matter(name):
    whole, single = (Evaluator(dict(type=name)) for _ in range(2))
    samples = random_samples(4)
    whole.process(samples)
    for sample in samples:
        single.process([sample])
    assert whole.evaluate(4) == single.evaluate(4)


@pytest.mark.parametrize('name', METRIC_TYPES)
def test_evaluates_again_from_nothing(name):
    evaluator = Evaluator(dict(type=name))
    samples = random_samples(4)
    evaluator.process(samples)
    first = evaluator.evaluate(4)
    evaluator.process(samples)
    assert evaluator.evaluate(4) == first


@pytest.mark.parametrize('name', METRIC_TYPES)
def test_all_images_missing(name, warnings_seen):
    evaluator = Evaluator(dict(type=name, max_depth=10))
    # millimetres
    evaluator.process([
        depth_sample(torch.ones(4, 5), torch.full((4, 5), 2e3), f'{i}.jpg')
        for i in (7, 8)
    ])
    metrics = evaluator.evaluate(2)
    missing = [key for key in metrics if key.endswith('num_missing')]
    assert [metrics.pop(key) for key in missing] == [2]
    assert metrics and all(map(math.isnan, metrics.values()))
    assert len(warnings_seen) == 1
    assert warnings_seen[0].startswith(f'{name}: num_')
    assert warnings_seen[0].endswith(
        ' is 0, not counted, (is there ground truth of 0 to 10 m? If its '
        'unit is wrong, set depth_scale of the data set) in 2 of 2 images, '
        'the first of them 7.jpg')


@pytest.mark.parametrize('name', METRIC_TYPES)
@pytest.mark.parametrize('value', [math.nan, math.inf])
def test_non_finite_prediction_is_nan_and_named(name, value, warnings_seen):
    evaluator = Evaluator(dict(type=name, max_depth=100))
    samples = random_samples(4)
    samples[3].pred_depth_map.data[0, 2, 2] = value
    evaluator.process(samples)
    metrics = evaluator.evaluate(4)
    missing = [key for key in metrics if key.endswith('num_missing')]
    assert [metrics.pop(key) for key in missing] == [1]
    assert all(map(math.isnan, metrics.values()))
    assert warnings_seen[-1] == (
        f'{name}: the prediction is not finite at a valid pixel in 1 of 4 '
        'images, the first of them scene/3.jpg')


@pytest.mark.parametrize('name', METRIC_TYPES)
def test_no_images(name):
    metrics = Evaluator(dict(type=name)).evaluate(0)
    assert list(metrics.values()) == [0]  # none of them is missing


@pytest.mark.parametrize('name', METRIC_TYPES)
@pytest.mark.parametrize('shape', [(1, 12), (12, 1)])
def test_maps_without_a_channel_and_of_one_row_or_column(name, shape):
    target = torch.linspace(1, 8, 12).reshape(shape)
    evaluator = Evaluator(dict(type=name))
    with_channel = depth_sample(2 * target, target).to_dict()
    without = {
        key: dict(data=with_channel[key]['data'][0])
        for key in ('gt_depth_map', 'pred_depth_map')
    }
    evaluator.process([with_channel])
    expected = evaluator.evaluate(1)
    evaluator.process([without])
    assert evaluator.evaluate(1) == expected


@pytest.mark.parametrize('name', METRIC_TYPES)
def test_different_shapes_name_the_image(name):
    evaluator = Evaluator(dict(type=name))
    with pytest.raises(ValueError) as error:
        evaluator.process(
            [depth_sample(torch.ones(4, 5), torch.ones(8, 10), 'a/b.jpg')])
    for part in ('(4, 5)', '(8, 10)', 'a/b.jpg',
                 "; the model must predict at the ground truth's size"):
        assert part in str(error.value)


@pytest.mark.parametrize('key', ['gt_depth_map', 'pred_depth_map'])
def test_absent_map_names_the_image(key):
    sample = random_samples(2)[0]
    delattr(sample, key)
    with pytest.raises(KeyError, match=f'scene/0.jpg.*{key}'):
        Evaluator(dict(type='DepthErrorMetric')).process([sample])


@pytest.mark.parametrize('metric_type',
                         [DepthErrorMetric, DepthBoundaryMetric])
@pytest.mark.parametrize('low, high', [(5, 2), (2, 2), (-1, 2), (None, 0)])
def test_empty_depth_range(metric_type, low, high):
    with pytest.raises(
            ValueError,
            match='expected 0 <= min_depth < max_depth, got '
            f'min_depth={low}, max_depth={high}'):
        metric_type(min_depth=low, max_depth=high)


def test_largest_depth_may_be_below_a_metre():
    target = torch.tensor([[0.25, 0.75]])
    evaluator = Evaluator(dict(type='DepthErrorMetric', max_depth=0.5))
    evaluator.process([depth_sample(target + 0.125, target)])
    assert evaluator.evaluate(1)['depth/mae'] == 0.125


def relative_prediction(target, scale, shift):
    """Relative inverse depth, off by noise, of a map with a hole."""
    generator = torch.Generator().manual_seed(0)
    noise = torch.rand(target.shape, generator=generator)
    known = target.where(target > 0, 1)
    return scale * (1 / known + 0.1 * noise) + shift


def target_with_a_hole():
    target = random_samples(2)[0].gt_depth_map.data[0] * 4
    target[2, 3] = 0
    return target


def aligned_by_numpy(pred, target, alignment, max_depth):
    """Depth in metres, by the definition, in float64."""
    valid = target > 0
    known, inverse = pred[valid], 1 / target[valid]
    if alignment == 'least_squares':
        design = np.stack([known, np.ones_like(known)], axis=1)
        scale, shift = np.linalg.lstsq(design, inverse, rcond=None)[0]
    else:
        medians = [
            np.sort(x)[(x.size - 1) // 2] for x in (known, inverse)
        ]
        scale = (np.abs(inverse - medians[1]).mean() /
                 np.abs(known - medians[0]).mean())
        shift = medians[1] - scale * medians[0]
    return 1 / np.maximum(scale * pred + shift, 1 / max_depth)


@pytest.mark.parametrize('alignment', ['least_squares', 'median_mad'])
@pytest.mark.parametrize('max_depth', [4.0, 100.0])
def test_relative_predictions_are_aligned_then_inverted(alignment, max_depth):
    target = target_with_a_hole()
    target[target > max_depth] = 0
    pred = relative_prediction(target, 50.0, -3.0)
    depth = aligned_by_numpy(pred.double().numpy(),
                             target.double().numpy(), alignment, max_depth)
    metric, plain = (
        [dict(type=name, max_depth=max_depth, **options)
         for name in METRIC_TYPES]
        for options in (dict(alignment=alignment), {}))
    evaluators = Evaluator(metric), Evaluator(plain)
    evaluators[0].process([depth_sample(pred, target)])
    evaluators[1].process([depth_sample(torch.from_numpy(depth), target)])
    actual, expected = (evaluator.evaluate(1) for evaluator in evaluators)
    assert actual.keys() == expected.keys()
    assert actual == pytest.approx(expected, rel=1e-4)


class DepthRange(BaseDepthMetric):
    """Smallest and largest depth that is scored."""

    missing_keys = {'num': 'num_missing'}

    def score(self, pred, target, **extra):
        return dict(num=torch.tensor(1), low=pred.min(), high=pred.max())


class NearAndFar(BaseDepthMetric):
    """Means of the depths on either side of 2 m, one count each."""

    missing_keys = {'num_near': 'near_missing', 'num_far': 'far_missing'}

    def count_key_of(self, name):
        return f'num_{name}'

    def score(self, pred, target, **extra):
        near = target < 2
        return dict(
            near=pred[near].mean(),
            far=pred[~near].mean(),
            num_near=near.sum(),
            num_far=(~near).sum())


def test_an_image_can_be_missing_for_one_score_only(warnings_seen):
    metric = NearAndFar()
    both = torch.tensor([[1.0, 3.0]])
    far = torch.tensor([[5.0, 5.0]])
    metric.process(None, [
        depth_sample(both, both).to_dict(),
        depth_sample(far, far, 'far.jpg').to_dict()
    ])
    assert metric.evaluate(2) == {
        'depth/near': 1,
        'depth/far': 4,
        'depth/near_missing': 1,
        'depth/far_missing': 0
    }
    # The NaN of what is missing is nobody's mistake.
    assert len(warnings_seen) == 1 and 'far.jpg' in warnings_seen[0]


def test_a_single_pixel_is_enough_to_be_not_finite(warnings_seen):
    metric = DepthRange()  # whose count is 1
    pixel = torch.ones(1, 1)
    metric.process(None, [depth_sample(pixel * math.nan, pixel).to_dict()])
    assert math.isnan(metric.evaluate(1)['depth/low'])
    assert len(warnings_seen) == 1 and 'not finite' in warnings_seen[0]


@pytest.mark.parametrize('alignment', ['least_squares', 'median_mad'])
@pytest.mark.parametrize('max_depth,highest', [
    (5.0, 5.0),
    (None, 1e6 / (53 / 71)),  # by the mean of 1/m
])
def test_inverse_depth_below_0_is_the_largest_depth(alignment, max_depth,
                                                    highest):
    target = torch.ones(8, 9)
    target[::2] = 2.0
    pred = 1 / target
    pred[3, 4], target[3, 4] = -50.0, math.nan  # far, and not known how far
    metric = DepthRange(max_depth=max_depth, alignment=alignment)
    metric.process(None, [depth_sample(pred, target).to_dict()])
    metrics = metric.evaluate(1)
    assert metrics['depth/low'] == pytest.approx(1.0)
    assert metrics['depth/high'] == pytest.approx(highest)


@pytest.mark.parametrize('alignment', ['least_squares', 'median_mad'])
@pytest.mark.parametrize('low, high', [(3.0, None), (None, 5.0), (3.0, 5.0)])
def test_depth_out_of_the_range_is_not_aligned_to(alignment, low, high):
    target = target_with_a_hole()
    outside = (target < (low or 0)) | (target > (high or math.inf))
    assert outside.sum() > 10
    pred = 8 / target.where(~outside, 0.1) - 2
    evaluator = Evaluator(
        dict(
            type='DepthErrorMetric',
            alignment=alignment,
            min_depth=low,
            max_depth=high))
    evaluator.process([depth_sample(pred, target)])
    assert evaluator.evaluate(1)['depth/rmse'] < 1e-4


@pytest.mark.parametrize('unit', [1e-12, 1e-6, 1e-3, 1.0, 1e3, 1e12])
@pytest.mark.parametrize('alignment', ['least_squares', 'median_mad'])
def test_exact_relative_prediction_has_no_error(alignment, unit):
    target = target_with_a_hole()
    pred = unit * (8 / target.where(target > 0, 0.1) - 2)
    evaluator = Evaluator(dict(type='DepthErrorMetric', alignment=alignment))
    evaluator.process([depth_sample(pred, target)])
    metrics = evaluator.evaluate(1)
    assert metrics['depth/rmse'] < 1e-4 and metrics['depth/delta1'] == 1


@pytest.mark.parametrize('alignment,expected', [
    ('least_squares', 1.6),  # of the mean of 1/m, 0.625
    ('median_mad', 2.0),
])
def test_prediction_of_0_everywhere_is_a_constant(alignment, expected):
    target = torch.full((8, 8), 2.0)
    target[:2] = 1.0
    metric = DepthRange(alignment=alignment)
    metric.process(None, [depth_sample(target * 0, target).to_dict()])
    metrics = metric.evaluate(1)
    assert metrics['depth/low'] == pytest.approx(expected)
    assert metrics['depth/high'] == pytest.approx(expected)


@pytest.mark.parametrize('alignment', ['least_squares', 'median_mad'])
def test_relative_prediction_that_is_not_finite_is_nan_and_named(
        alignment, warnings_seen):
    target = target_with_a_hole()
    pred = relative_prediction(target, 1.0, 0.0)
    pred[2, 3] = math.nan  # no ground truth here
    evaluator = Evaluator(dict(type='DepthErrorMetric', alignment=alignment))
    evaluator.process([depth_sample(pred, target)])
    assert math.isfinite(evaluator.evaluate(1)['depth/rmse'])
    pred[0, 0] = math.nan
    evaluator.process([depth_sample(pred, target, 'a.jpg')])
    assert math.isnan(evaluator.evaluate(1)['depth/rmse'])
    assert 'not finite' in warnings_seen[-1] and 'a.jpg' in warnings_seen[-1]


@pytest.mark.parametrize('name', METRIC_TYPES)
@pytest.mark.parametrize('alignment,prediction,advice', [
    (None, 'relative_inverse', "give the metric alignment='least_squares'"),
    ('median_mad', 'depth', 'leave out the alignment'),
    (None, 'depth', None),
    ('median_mad', 'relative_inverse', None),
])
def test_what_a_sample_says_of_its_prediction_is_heeded(
        name, alignment, prediction, advice):
    target = target_with_a_hole()
    sample = depth_sample(relative_prediction(target, 1.0, 0.0), target)
    sample.set_metainfo(dict(prediction=prediction))
    evaluator = Evaluator(dict(type=name, alignment=alignment))
    if advice is None:
        evaluator.process([sample])
        return
    with pytest.raises(
            ValueError,
            match=f"1.jpg is '{prediction}', and {name} with alignment="
            f"{alignment!r} scores '.*': {advice}$"):
        evaluator.process([sample])


@pytest.mark.parametrize('name', METRIC_TYPES)
def test_unknown_alignment_is_named(name):
    with pytest.raises(
            ValueError,
            match="unknown alignment 'mean'; known: least_squares, "
            'median_mad'):
        METRICS.build(dict(type=name, alignment='mean'))


def test_scale_is_not_fitted_twice():
    with pytest.raises(
            ValueError, match="'median_mad' .*; leave out median_scaling"):
        DepthErrorMetric(alignment='median_mad', median_scaling=True)


def evaluate_on_rank(rank, world_size, folder):
    """Score every ``world_size``-th of five images, as a sampler deals."""
    dist.init_process_group(
        'gloo',
        init_method=f'file://{folder}/store',
        rank=rank,
        world_size=world_size)
    evaluator = Evaluator([
        dict(type=name, collect_dir=f'{folder}/{name}')
        for name in METRIC_TYPES
    ])
    samples = random_samples(5)
    samples.append(samples[0])  # a sampler pads to equal parts
    evaluator.process(samples[rank::world_size])
    torch.save(evaluator.evaluate(5), f'{folder}/metrics{rank}.pth')
    dist.destroy_process_group()


def test_ranks_together_score_as_one_process(tmp_path: Path):
    torch.multiprocessing.spawn(
        evaluate_on_rank, args=(2, str(tmp_path)), nprocs=2)
    evaluator = Evaluator([dict(type=name) for name in METRIC_TYPES])
    evaluator.process(random_samples(5))
    expected = evaluator.evaluate(5)
    for rank in range(2):
        assert torch.load(tmp_path / f'metrics{rank}.pth') == expected


@pytest.mark.parametrize('data,error,message', [
    (np.ones((4, 4)), TypeError, 'pred_depth_map of image x.png must be a'),
    (torch.ones(3, 4, 4), ValueError, r'\(1, H, W\), got \(3, 4, 4\)'),
    (torch.ones(1, 1, 4, 4), ValueError, r'got \(1, 1, 4, 4\)'),
])
def test_what_is_no_map_is_named(data, error, message):
    sample = dict(
        img_path='x.png',
        gt_depth_map=dict(data=torch.ones(4, 4)),
        pred_depth_map=dict(data=data))
    with pytest.raises(error, match=message):
        DepthErrorMetric().process(None, [sample])

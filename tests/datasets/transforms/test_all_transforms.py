"""What the transforms have in common."""
import math

import numpy as np
import pytest
from mmcv.transforms.utils import cache_random_params

from mmdepth_gradloss.datasets.transforms import (ConvertDepthType,
                                                  LoadDepthMap, LoadImage,
                                                  PackDepthInputs,
                                                  PhotometricJitter,
                                                  RandomCropDepth,
                                                  RandomFlipDepth, ResizeDepth,
                                                  SetGradientWeight,
                                                  SparsifyDepth)


@pytest.mark.parametrize('transform, arguments', [
    (ConvertDepthType(), "target='depth'"),
    (LoadDepthMap(keys=['gt_depth_map'], valid_range=[1, 9]),
     "backend_args=None, keys=('gt_depth_map',), valid_range=(1, 9)"),
    (LoadImage(), "to_float32=False, color_type='color', backend_args=None, "
     'ignore_orientation=True'),
    (PackDepthInputs(['flip']), "meta_keys=('flip',)"),
    (PhotometricJitter(), 'brightness=0.2, contrast=0.2, saturation=0.2, '
     'hue=0.05, prob=0.5'),
    (RandomCropDepth([8, 6]), 'crop_size=(8, 6)'),
    (RandomFlipDepth(0.5), "prob=[0.5], direction=['horizontal']"),
    (ResizeDepth(8), 'scale=(8, 8), scale_factor=None, keep_ratio=False'),
    (SetGradientWeight(0), 'weight=0.0'),
    (SparsifyDepth(), "mode='random', key='gt_depth_map', "
     "output_key='gt_depth_map', ratio=0.05"),
    (SparsifyDepth('lines', num_lines=8), "mode='lines', key='gt_depth_map', "
     "output_key='gt_depth_map', num_lines=8, max_slope=0.02, jitter=0.3, "
     'dropout=0.5'),
])
def test_repr(transform, arguments):
    assert repr(transform) == f'{type(transform).__name__}({arguments})'


@pytest.mark.parametrize('kind, arguments, message', [
    (ConvertDepthType, dict(target='range'),
     "'range'; known: depth, distance"),
    (LoadDepthMap, dict(keys=['depth']),
     "'depth'; known: gt_depth_map, sparse_depth_map"),
    (LoadDepthMap, dict(keys=[]), 'keys must .*known: gt_depth_map, sparse'),
    (LoadDepthMap, dict(keys=''), 'keys must .*known: gt_depth_map, sparse'),
    (LoadDepthMap, dict(valid_range=(2, 1)), 'must be below max_depth, got'),
    (LoadDepthMap, dict(valid_range=(-1, 3)), 'must be below max_depth, got'),
    (LoadDepthMap, dict(valid_range=(1, 1)), 'must be below max_depth, got'),
    *((PhotometricJitter, {name: -0.1}, f'{name}.*-0.1') for name in (
        'brightness', 'contrast', 'saturation', 'hue', 'prob')),
    (PhotometricJitter, dict(hue=0.6), 'hue.*0.6'),
    (PhotometricJitter, dict(prob=1.1), 'prob.*1.1'),
    (RandomCropDepth, dict(crop_size=0), 'crop_size must be'),
    (RandomCropDepth, dict(crop_size=(8, -1)), 'crop_size must be'),
    (RandomCropDepth, dict(crop_size=(8, 8, 3)), 'crop_size must be'),
    (RandomFlipDepth, dict(prob=-0.1), r'\[0, 1\].*-0.1'),
    (RandomFlipDepth, dict(prob=1.5), r'\[0, 1\].*1.5'),
    (RandomFlipDepth, dict(prob=[.6, .6], direction=['horizontal',
                                                     'vertical']), '0.6'),
    (RandomFlipDepth, dict(prob=[.6], direction=['horizontal', 'vertical']),
     'each'),
    (RandomFlipDepth, dict(direction='sideways'), 'sideways.*horizontal'),
    (ResizeDepth, {}, 'one of scale and scale_factor'),
    (ResizeDepth, dict(scale=8, scale_factor=0.5), 'one of scale and scale'),
    (SetGradientWeight, dict(weight=-0.1), 'at least 0, got -0.1'),
    (SetGradientWeight, dict(weight=math.inf), 'at least 0, got inf'),
    (SetGradientWeight, dict(weight=math.nan), 'at least 0, got nan'),
    (SparsifyDepth, dict(mode='grid'), r"'grid'.*\['lines', 'random'\]"),
    (SparsifyDepth, dict(ratio=0), r'ratio.*\(0, 1\].*0'),
    (SparsifyDepth, dict(ratio=1.5), 'ratio.*1.5'),
    (SparsifyDepth, dict(ratio=(0.5, 0.1)), 'ratio'),
    (SparsifyDepth, dict(mode='lines', num_lines=0), 'num_lines.*0'),
    (SparsifyDepth, dict(mode='lines', max_slope=-1), 'max_slope.*-1'),
    (SparsifyDepth, dict(mode='lines', jitter=-1), 'jitter.*-1'),
    (SparsifyDepth, dict(mode='lines', dropout=1), 'dropout.*1'),
])
def test_bad_arguments(kind, arguments, message):
    with pytest.raises(ValueError, match=message):
        kind(**arguments)


@pytest.mark.parametrize('transform', [
    RandomFlipDepth(), RandomCropDepth(4), PhotometricJitter(),
    SparsifyDepth(ratio=0.5)])
def test_randomness_can_be_seeded_and_cached(random_sample, transform):

    def draw(seed=None):
        if seed is not None:
            np.random.seed(seed)
        results = transform(random_sample())
        return b''.join(
            results[key].tobytes() for key in ('img', 'gt_depth_map'))

    assert draw(3) == draw(3)
    assert len({draw() for _ in range(20)}) > 1
    with cache_random_params(transform):
        assert len({draw() for _ in range(20)}) == 1

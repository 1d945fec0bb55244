"""Properties that all transforms share."""
import math

import numpy as np
import pytest
from mmcv.transforms.utils import cache_random_params
from mmengine.registry import TRANSFORMS

import mmdepth_gradloss  # noqa: F401  registers the transforms


def build(name, **arguments):
    return TRANSFORMS.build(dict(type=name, **arguments))


@pytest.mark.parametrize('name, arguments, text', [
    ('ConvertDepthType', {}, "target='depth'"),
    ('LoadDepthMap', dict(keys=['gt_depth_map'], valid_range=[1, 9]),
     "backend_args=None, keys=('gt_depth_map',), valid_range=(1, 9)"),
    ('LoadImage', {}, "to_float32=False, color_type='color', "
     'backend_args=None, ignore_orientation=True'),
    ('PackDepthInputs', dict(meta_keys=['flip']), "meta_keys=('flip',)"),
    ('PhotometricJitter', {}, 'brightness=0.2, contrast=0.2, saturation=0.2, '
     'hue=0.05, prob=0.5'),
    ('RandomCropDepth', dict(crop_size=[8, 6]), 'crop_size=(8, 6)'),
    ('RandomFlipDepth', {}, "prob=[0.5], direction=['horizontal']"),
    ('ResizeDepth', dict(scale=8),
     'scale=(8, 8), scale_factor=None, keep_ratio=False'),
    ('SetGradientWeight', dict(weight=0), 'weight=0.0'),
    ('SparsifyDepth', {}, "mode='random', key='gt_depth_map', "
     "output_key='gt_depth_map', ratio=0.05"),
    ('SparsifyDepth', dict(mode='lines', num_lines=8),
     "mode='lines', key='gt_depth_map', output_key='gt_depth_map', "
     'num_lines=8, max_slope=0.02, jitter=0.3, dropout=0.5'),
])
def test_defaults_in_repr(name, arguments, text):
    assert repr(build(name, **arguments)) == f'{name}({text})'


BOTH = dict(direction=['horizontal', 'vertical'])
LINES = dict(mode='lines')


@pytest.mark.parametrize('name, arguments, message', [
    ('ConvertDepthType', dict(target='range'),
     "'range'; known: depth, distance"),
    ('LoadDepthMap', dict(keys=['depth']),
     "'depth'; known: gt_depth_map, sparse_depth_map"),
    *(('LoadDepthMap', dict(keys=keys), 'keys must .*known: gt_depth_map, sp')
      for keys in ([], '')),
    *(('LoadDepthMap', dict(valid_range=limits), 'must be below max_depth, go')
      for limits in ((2, 1), (-1, 3), (1, 1))),
    *(('PhotometricJitter', {x: -0.1}, f'{x}.*-0.1') for x in (
        'brightness', 'contrast', 'saturation', 'hue', 'prob')),
    ('PhotometricJitter', dict(hue=0.6), 'hue.*0.6'),
    ('PhotometricJitter', dict(prob=1.1), 'prob.*1.1'),
    *(('RandomCropDepth', dict(crop_size=size), 'crop_size must be')
      for size in (0, (8, -1), (8, 8, 3))),
    *(('RandomFlipDepth', dict(prob=x), rf'\[0, 1\].*{x}')
      for x in (-0.1, 1.5)),
    ('RandomFlipDepth', dict(prob=[.6, .6], **BOTH), '0.6'),
    ('RandomFlipDepth', dict(prob=[.6], **BOTH), 'each'),
    ('RandomFlipDepth', dict(direction='sideways'), 'sideways.*horizontal'),
    *(('ResizeDepth', x, 'one of scale and scale_factor')
      for x in ({}, dict(scale=8, scale_factor=0.5))),
    *(('SetGradientWeight', dict(weight=x), f'weight must be .*, got {x}')
      for x in (-0.1, math.inf, math.nan)),
    ('SparsifyDepth', dict(mode='grid'), "'grid'; known: lines, random"),
    *(('SparsifyDepth', dict(ratio=x), r'ratio.*\(0, 1\]')
      for x in (0, 1.5, (0.5, 0.1))),
    *(('SparsifyDepth', {**LINES, key: x}, f'{key}.*{x}') for key, x in (
        ('num_lines', 0), ('max_slope', -1), ('jitter', -1), ('dropout', 1))),
])
def test_bad_arguments(name, arguments, message):
    with pytest.raises(ValueError, match=message):
        build(name, **arguments)


@pytest.mark.parametrize('name, arguments', [
    ('RandomFlipDepth', {}), ('RandomCropDepth', dict(crop_size=4)),
    ('PhotometricJitter', {}), ('SparsifyDepth', dict(ratio=0.5))])
def test_randomness_can_be_seeded_and_cached(random_sample, name, arguments):
    transform = build(name, **arguments)

    def draw(seed=None):
        if seed is not None:
            np.random.seed(seed)
        results = transform(random_sample())
        return results['img'].tobytes() + results['gt_depth_map'].tobytes()

    assert draw(3) == draw(3)
    assert len({draw() for _ in range(20)}) > 1
    with cache_random_params(transform):
        assert len({draw() for _ in range(20)}) == 1

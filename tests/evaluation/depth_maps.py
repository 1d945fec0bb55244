"""Depth maps, and the metrics of pairs of them."""
import hypothesis.extra.numpy as hnp
import numpy as np
import torch
from hypothesis import strategies as st
from mmengine.evaluator import Evaluator


def make_scene(seed=0, shape=(24, 31), noise=0.05):
    """A noisy prediction and its ground truth: boxes in front of a wall."""
    rng = np.random.default_rng(seed)
    target = np.full(shape, 4.0)
    for _ in range(8):
        y, x = (rng.integers(0, size - 6) for size in shape)
        target[y:y + 6, x:x + 6] = rng.uniform(1, 6)
    return target * rng.uniform(1 - noise, 1 + noise, shape), target


def random_mask(shape, density, seed=1):
    return np.random.default_rng(seed).random(shape) < density


def pairs(min_side=1, max_side=7, depths=(1.0, 1.08, 1.17, 1.3, 2.0, 5.0)):
    """Predictions with their ground truths, (2, H, W).

    No ratio of two depths is so close to a threshold that rounding matters.
    """
    shapes = hnp.array_shapes(
        min_dims=2, max_dims=2, min_side=min_side, max_side=max_side)
    return hnp.arrays(np.float64, shapes.map(lambda shape: (2, *shape)),
                      elements=st.sampled_from(depths))


DIRECTIONS = [(0, 1), (0, -1), (1, 0), (-1, 0)]


def contours(depth, mask, offsets, threshold, border=0):
    """Set of (y, x, v, u): a pixel, and a neighbour deeper by the threshold.

    Both are valid, and the pixel is outside the ``border`` of the image.
    """
    height, width = depth.shape
    found = set()
    for y in range(border, height - border):
        for x in range(border, width - border):
            for down, right in offsets:
                v, u = y + down, x + right
                if (0 <= v < height and 0 <= u < width and mask[y, x]
                        and mask[v, u]
                        and depth[v, u] / depth[y, x] > threshold):
                    found.add((y, x, v, u))
    return found


def call(function, pred, target, mask=None, **options):
    """Call a function of tensors with arrays; returns lists and numbers."""
    tensors = (None if x is None else torch.from_numpy(np.ascontiguousarray(x))
               for x in (pred, target, mask))
    return {name: value.tolist()
            for name, value in function(*tensors, **options).items()}


def sample(pred, target, **extra):
    """Data sample of one image."""
    return dict(pred_depth_map=dict(data=pred), gt_depth_map=dict(data=target),
                **extra)


def evaluate(metric, *pairs, **options):
    """Metrics of (pred, target) pairs of maps, without the prefix."""
    evaluator = Evaluator(dict(type=metric, **options))
    evaluator.process([sample(*pair) for pair in pairs])
    return {name.removeprefix('depth/'): value
            for name, value in evaluator.evaluate(len(pairs)).items()}

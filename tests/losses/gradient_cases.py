"""Depth maps and losses that several test files share."""
import torch
from hypothesis import example, given
from hypothesis import strategies as st

from mmdepth_gradloss.functional.presets import PRESETS

RELATIVE = dict(preset='valid_mean', scales=3, domain='inverse')

LOSSES = {name: dict(preset=name) for name in PRESETS} | {
    # predictions up to scale and shift
    'least_squares': dict(RELATIVE, alignment='least_squares'),
    'median_mad': dict(RELATIVE, alignment='median_mad'),
}
"""Arguments of the losses under test."""


def depth_pair(shape, density=1.0, seed=0, dtype=torch.float32):
    """Prediction, ground truth (1 to 10 m, 0 where missing) and its mask.

    The prediction has random errors of up to 30 %, large compared to rounding
    errors.
    """
    rng = torch.Generator().manual_seed(seed)
    height, width = shape[-2:]
    ramp = torch.linspace(0, 4, height, dtype=torch.float64)[:, None] + (
        torch.linspace(0, 4, width, dtype=torch.float64))
    target = 1 + ramp + torch.rand(shape, generator=rng, dtype=torch.float64)
    pred = target * torch.empty_like(target).uniform_(
        0.7, 1.3, generator=rng)
    mask = torch.rand(shape, generator=rng) < density
    return pred.to(dtype), target.where(mask, 0).to(dtype), mask


def value_and_gradient(loss, pred, target, mask=None):
    """Detached loss, and its gradient with respect to ``pred``."""
    pred = pred.detach().clone().requires_grad_()
    value = loss(pred, target, mask)
    value.backward()
    return value.detach(), pred.grad


def relative(actual, expected):
    """Largest difference, relative to the largest expected value."""
    difference = (actual.double() - expected.double()).abs().max()
    return (difference / expected.double().abs().max()).item()


def given_depth_maps(function):
    """Decorate a property test of (shape, density, seed).

    The shapes include maps too small for any window or for coarse levels.
    """
    for shape, density in (((1, 1, 1, 1), 1.0), ((2, 1, 1, 9), 1.0),
                           ((2, 1, 5, 2), 0.7), ((2, 1, 33, 2000), 0.3),
                           ((3, 1, 65, 47), 0.0)):
        function = example(shape=shape, density=density, seed=0)(function)
    sides = st.integers(1, 40)
    return given(
        shape=st.tuples(st.integers(1, 3), st.just(1), sides, sides),
        density=st.sampled_from([0.0, 0.05, 0.5, 0.9, 1.0]),
        seed=st.integers(0, 2**16))(function)

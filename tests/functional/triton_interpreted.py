"""Compute losses with the Triton kernels, interpreted, and save them.

    TRITON_INTERPRET=1 python triton_interpreted.py FILE

A separate program, because Triton selects the interpreter at import.
"""
from __future__ import annotations

import math
import sys
from unittest.mock import patch

import torch
import torch.distributed as dist

from mmdepth_gradloss.functional import (GradientFormula, formula_loss,
                                         triton_gradient)
from mmdepth_gradloss.functional.presets import PRESETS

FORMULAS = {
    'nearest': GradientFormula(
        (1, 2, 6), 'laplace', 'nearest', mask_policy='every',
        normalizer='full_pixels', penalty='charbonnier'),
    'nearest, odd factors': GradientFormula(
        (1, 3, 5), 'forward', 'nearest', 'inverse', mask_policy='support',
        normalizer='pooled_windows'),
    'bilinear, not the full size': GradientFormula(
        (2, 6), 'central', domain='log', normalizer='pixels',
        batch_reduction='image'),
    'gaussian, not every level': GradientFormula(
        (1, 4, 8), 'central', 'gaussian', 'inverse', penalty='l2'),
    'area, not the full size': GradientFormula(
        (2, 8), 'forward', 'area', 'log', mask_policy='support',
        level_reduction='sum', batch_reduction='image'),
    'aligned': GradientFormula(
        2, 'central', 'stride', alignment='least_squares'),
}
SIZES = [(1, 1, 1, 1), (2, 1, 5, 2), (1, 1, 3, 50), (1, 1, 13, 35),
         (0, 1, 4, 4)]


def depth_batch(shape, density, seed=0):
    """Maps with NaN as missing depth."""
    generator = torch.Generator().manual_seed(seed)
    pred, target, noise = torch.rand(3, *shape, generator=generator)
    density = torch.as_tensor(density).view(-1, 1, 1, 1)
    valid = noise < density
    return (*(x.mul(5).add(1).where(valid, math.nan)
              for x in (pred, target)), valid)


def evaluate(pred, target, valid, formula, **options):
    """Loss and the gradient of its sum."""
    pred = pred.detach().requires_grad_()
    loss = formula_loss(pred, target, valid, formula, **options)
    return loss.detach(), torch.autograd.grad(loss.sum(), pred)[0]


def both(pred, target, valid, formula, weight=None, **options):
    """Results of the kernels in float32 and the plain formula in float64."""
    wide = None if weight is None else weight.double()
    return dict(
        actual=evaluate(
            pred, target, valid, formula, weight=weight, backend='triton',
            **options),
        expected=evaluate(
            pred.double(), target.double(), valid, formula, weight=wide,
            fused=False, **options))


def preset_cases():
    """One image of each density, in one tile because interpreting is slow."""
    maps = depth_batch((4, 1, 19, 37), [0.0, 0.05, 0.5, 1.0])
    with patch.object(triton_gradient, 'TILE', (32, 64)):
        return {name: both(*maps, PRESETS[name]) for name in PRESETS}


def size_cases():
    cases = {}
    for name, formula in FORMULAS.items():
        for shape in SIZES:
            maps = depth_batch(shape, 0.7)
            options = dict(weight=torch.rand(shape[0]) + 0.5)
            if formula.batch_reduction == 'image':
                options['reduction'] = 'none'
            cases[f'{name}, {shape}'] = both(*maps, formula, **options)
    return cases


def other_cases():
    pred, target, valid = depth_batch((1, 1, 18, 40), 0.8)
    formula = PRESETS['valid_mean']
    cases = {}
    strided = (x[:, :, ::2, 1::2] for x in (pred, target, valid))
    cases['strided'] = both(*strided, formula)
    cases['rubbish'] = dict(
        actual=evaluate(pred, target, valid, formula, backend='triton'),
        expected=evaluate(
            pred.where(valid, 1e30), target.where(valid, -7.0), valid, formula,
            backend='triton'))
    known = pred.where(valid, 1.0)
    known[0, 0, 9, 32] = math.nan
    valid = valid.clone()
    valid[0, 0, 8:11, 31:34] = True
    cases['nan'] = both(known, target.where(valid, 2.0).nan_to_num(2.0),
                        valid, PRESETS['midas'])
    return cases


def processes_case():
    """Two processes with one image each, and one with both."""
    maps = depth_batch((2, 1, 9, 17), [0.2, 0.9])
    formula = PRESETS['midas']
    seen = []

    def spy(counts):
        seen.append(counts.clone())

    def process(rank, all_reduce):
        half = [x[rank:rank + 1] for x in maps]
        with patch.object(dist, 'get_world_size', lambda: 2), patch.object(
                dist, 'all_reduce', all_reduce):
            return evaluate(
                *half, formula, backend='triton', over_processes=True)

    for rank in range(2):
        process(rank, spy)
    losses, grads = zip(*(process(rank, lambda x: x.add_(seen[1 - rank]))
                          for rank in range(2)))
    expected = evaluate(*(x.double() for x in maps[:2]), maps[2], formula)
    return dict(processes=dict(
        actual=(sum(losses) / 2, torch.cat(grads) / 2), expected=expected))


if __name__ == '__main__':
    torch.set_num_threads(1)
    others = other_cases() | processes_case()
    torch.save(dict(presets=preset_cases(), sizes=size_cases(), others=others),
               sys.argv[1])

"""Losses of heads that predict metres."""
from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch
from mmengine.registry import MODELS
from torch import nn

from mmdepth_gradloss.models.depth_losses import (apply_loss, apply_losses,
                                                  build_losses)

METRES = dict(type='SSISilogLoss', input_domain='depth')
INVERSE = dict(type='SSISilogLoss')


def build(cfgs):
    return build_losses(cfgs, SimpleNamespace(prediction='depth'))


def test_builds_one_or_several():
    term = dict(type='MultiScaleGradientLoss')
    assert len(build(METRES)) == 1
    assert len(build([METRES, term])) == 2


@pytest.mark.parametrize('head,channels', [
    ('UNetDepthHead', (16, 16)),
    ('SANDepthHead', (16, 16, 16, 16, 16)),
    ('SANDualDepthHead', (16, 16, 16, 16, 16)),
])
def test_heads_refuse_a_loss_of_inverse_depth(head, channels):
    cfg = dict(type=head, in_channels=channels)
    MODELS.build(dict(cfg, loss=[METRES]))
    with pytest.raises(ValueError, match="input_domain='depth'"):
        MODELS.build(dict(cfg, loss=[INVERSE]))


class Foreign(nn.Module):
    """A loss of someone else, to whom a weight means something else."""
    loss_name = 'loss_foreign'

    def forward(self, pred, target, weight=None):
        assert weight is None
        return (pred - target).abs().mean()


def test_only_gradient_terms_are_weighted():
    pred, target = torch.rand(2, 2, 1, 16, 16) + 1
    weight = torch.tensor([0.0, 1.0])
    losses = [
        Foreign(), *build([METRES, dict(type='MultiScaleGradientLoss')])
    ]
    plain = apply_losses(losses, pred, target)
    weighted = apply_losses(losses, pred, target, weight)
    gradient = losses[-1]
    for name, value in plain.items():
        same = torch.equal(value, weighted[name])
        assert same == (name != 'loss_gradient')
    assert torch.equal(weighted['loss_gradient'],
                       gradient(pred, target, weight=weight))


def test_gradient_term_inside_another_loss_is_weighted():
    pred, target = torch.rand(2, 2, 1, 16, 16) + 1
    loss = build(dict(METRES, gradient_weight=0.2))[0]
    nothing = apply_loss(loss, pred, target, torch.zeros(2))
    without = apply_loss(build(METRES)[0], pred, target)
    assert torch.equal(nothing, without)
    assert loss.components['gradient_component'] == 0

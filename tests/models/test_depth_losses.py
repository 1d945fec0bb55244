"""Losses of heads that predict metres."""
from types import SimpleNamespace

import pytest
import torch
from mmengine.registry import MODELS
from samples import GRADIENT_LOSS, METRIC_LOSS
from torch import nn

from mmdepth_gradloss.models.depth_losses import apply_losses, build_losses


def build(*cfgs):
    return build_losses(cfgs, SimpleNamespace(prediction='depth'))


@pytest.mark.parametrize('head,levels', [
    ('UNetDepthHead', 2), ('SANDepthHead', 5), ('SANDualDepthHead', 5)])
def test_heads_refuse_a_loss_of_inverse_depth(head, levels):
    cfg = dict(type=head, in_channels=(16, ) * levels)
    MODELS.build(dict(cfg, loss=METRIC_LOSS))
    with pytest.raises(ValueError, match="input_domain='depth'"):
        MODELS.build(dict(cfg, loss=[dict(type='SSISilogLoss')]))


class Foreign(nn.Module):
    """A loss of another package, with another meaning of ``weight``."""
    loss_name = 'loss_foreign'

    def forward(self, pred, target, weight=None):
        assert weight is None
        return (pred - target).abs().mean()


def test_only_gradient_terms_are_weighted():
    pred, target = torch.rand(2, 2, 1, 16, 16) + 1
    weight = torch.tensor([0.0, 1.0])
    with_term = dict(METRIC_LOSS, loss_name='loss_with_term')
    losses = [Foreign(), *build(
        dict(METRIC_LOSS, gradient_weight=0.0), with_term, GRADIENT_LOSS)]
    plain = apply_losses(losses, pred, target)
    weighted = apply_losses(losses, pred, target, weight)
    for loss in losses[2:]:
        expected = loss(pred, target, weight=weight)
        assert not torch.equal(expected, plain.pop(loss.loss_name))
        assert torch.equal(expected, weighted.pop(loss.loss_name))
    assert weighted == plain and len(plain) == 2


def test_losses_of_one_name_are_added():
    pred, target = torch.rand(2, 2, 1, 16, 16) + 1
    losses = build(GRADIENT_LOSS, dict(GRADIENT_LOSS, loss_weight=0.4))
    total = apply_losses(losses, pred, target)['loss_gradient']
    component = losses[0].components['gradient_component']
    assert total.item() == pytest.approx(0.6 * component.item())

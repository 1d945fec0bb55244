"""Losses of heads that predict metres."""
from __future__ import annotations

import pytest
from mmengine.registry import MODELS

from mmdepth_gradloss.models.depth_losses import build_depth_losses

METRES = dict(type='SSISilogLoss', input_domain='depth')
INVERSE = dict(type='SSISilogLoss')


def test_builds_one_or_several():
    assert len(build_depth_losses(METRES)) == 1
    assert len(
        build_depth_losses([METRES,
                            dict(type='MultiScaleGradientLoss')])) == 2


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

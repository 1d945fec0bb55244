"""Warning of ground truth that a model cannot reach."""
from __future__ import annotations

import logging
from types import SimpleNamespace

import pytest
import torch
from mmengine.structures import BaseDataElement, PixelData
from torch import nn

from mmdepth_gradloss.losses import MultiScaleGradientLoss, SSISilogLoss
from mmdepth_gradloss.runner.depth_range_hook import BATCHES, DepthRangeHook


class Head(nn.Module):

    def __init__(self, min_depth, max_depth, *losses):
        super().__init__()
        self.min_depth = min_depth
        self.max_depth = max_depth
        self.losses = nn.ModuleList(losses)


@pytest.fixture
def warn(caplog):
    """Function that trains on depths and returns the warnings."""

    def run(model, *depths, batches=BATCHES):
        runner = SimpleNamespace(model=model, logger=logging.getLogger('run'))
        hook = DepthRangeHook()
        for i in range(batches):
            depth = depths[i % len(depths)]
            sample = BaseDataElement()
            sample.gt_depth_map = PixelData(data=torch.tensor([[depth]]))
            hook.before_train_iter(runner, i, dict(data_samples=[sample]))
        return [x.getMessage() for x in caplog.records]

    return run


def test_share_median_and_settings_are_told(warn):
    message, = warn(Head(0.3, 15.0), [0.0, 1.0, 2.0, 21.0, 22.0, 23.0])
    assert message.startswith('60 % of the ground truth lies outside of the '
                              '0.3 to 15 m of Head, median 21 m: set ')
    assert 'max_depth' in message and 'depth_scale' in message


@pytest.mark.parametrize('depth,warned', [
    (0.29, True), (0.31, False), (14.9, False), (15.1, True)])
def test_both_ends_count(warn, depth, warned):
    assert bool(warn(Head(0.3, 15.0), [depth, 1.0])) == warned


@pytest.mark.parametrize('far,warned', [(1, False), (2, True)])
def test_one_percent_is_let_pass(warn, far, warned):
    assert bool(warn(Head(0.3, 15.0), [50.0] * far + [2.0] *
                     (100 - far))) == warned


def test_what_is_no_measurement_does_not_count(warn):
    nothing = [0.0, -1.0, float('nan'), float('inf')]
    assert not warn(Head(0.3, 15.0), nothing + [1.0, 2.0])
    assert not warn(Head(0.3, 15.0), nothing)


def test_clamp_of_a_loss_is_a_range_too(warn):
    message, = warn(Head(0.1, 500.0, SSISilogLoss()), [150.0, 160.0])
    assert '100 % of the ground truth' in message
    assert 'the 0.001 to 100 m of SSISilogLoss' in message


def test_what_has_no_end_reaches_everything(warn):
    assert not warn(nn.Sequential(MultiScaleGradientLoss()), [1e5, 1e-5])


def test_head_without_a_lower_end_begins_at_0(warn):
    head = Head(None, 10.0)
    assert not warn(head, [1e-3, 2.0])
    assert '0 to 10 m' in warn(head, [11.0, 2.0])[0]


def test_is_told_once_after_the_first_batches(warn):
    assert not warn(Head(0.3, 15.0), [50.0], batches=BATCHES - 1)
    assert len(warn(Head(0.3, 15.0), [50.0], batches=3 * BATCHES)) == 1


def test_first_batch_does_not_decide_alone(warn):
    assert not warn(Head(0.3, 15.0), [50.0] + [2.0] * 99, [2.0] * 100)

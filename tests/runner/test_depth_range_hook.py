"""Warning of ground truth that a model cannot reach."""
import logging
from types import SimpleNamespace

import pytest
import torch
from mmengine.structures import BaseDataElement, PixelData
from torch import nn

from mmdepth_gradloss.losses import MultiScaleGradientLoss, SSISilogLoss
from mmdepth_gradloss.runner.depth_range_hook import BATCHES, DepthRangeHook


def head(min_depth, max_depth, *losses):
    module = nn.ModuleList(losses)
    module.min_depth, module.max_depth = min_depth, max_depth
    return module


@pytest.fixture
def warn(caplog):
    """Function that trains on depths and returns the warnings."""

    def run(model, *depths, batches=BATCHES):
        caplog.clear()
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
    message, = warn(head(0.3, 15.0), [0.0, 1.0, 2.0, 21.0, 22.0, 23.0])
    assert message.startswith('60 % of the ground truth lies outside the '
                              '0.3 to 15 m of ModuleList, median 21 m: set ')
    assert 'max_depth' in message and 'depth_scale' in message


NOTHING = [0.0, -1.0, float('nan'), float('inf')]


@pytest.mark.parametrize('low,depths,warned', [
    (0.3, [0.29, 1.0], True), (0.3, [0.31, 1.0], False),
    (0.3, [14.9, 1.0], False), (0.3, [15.1, 1.0], True),
    # the range of a head without min_depth starts at 0
    (None, [1e-3, 2.0], False),
    # one percent is tolerated
    (0.3, [50.0] + [2.0] * 99, False),
    (0.3, [50.0] * 2 + [2.0] * 98, True),
    (0.3, [*NOTHING, 1.0, 2.0], False)])
def test_what_counts(warn, low, depths, warned):
    assert len(warn(head(low, 15.0), depths)) == warned


def test_ground_truth_without_a_valid_pixel(warn):
    message, = warn(head(0.3, 15.0), NOTHING)
    assert 'first 4 batches is valid' in message
    assert 'depth_scale' in message and 'valid_range' in message
    assert not warn(head(0.3, 15.0), NOTHING, [1.0])


def test_clamp_of_a_loss_is_a_range_too(warn):
    message, = warn(head(0.1, 500.0, SSISilogLoss()), [150.0, 160.0])
    assert '100 % of the ground truth' in message
    assert 'the 0.001 to 100 m of SSISilogLoss' in message
    assert '0 to 10 m' in warn(head(None, 10.0), [11.0, 2.0])[0]
    # no range, no warning
    assert not warn(nn.Sequential(MultiScaleGradientLoss()), [1e5, 1e-5])


def test_is_told_once_after_the_first_batches(warn):
    assert not warn(head(0.3, 15.0), [50.0], batches=BATCHES - 1)
    assert len(warn(head(0.3, 15.0), [50.0], batches=3 * BATCHES)) == 1
    # the share is taken over all first batches
    assert not warn(head(0.3, 15.0), [50.0] + [2.0] * 99, [2.0] * 100)

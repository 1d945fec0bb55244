"""A resumed run gets the random numbers of the unbroken one."""
from __future__ import annotations

from types import SimpleNamespace

import pytest

from mmdepth_gradloss.runner import ReplayDataHook


class Batches:
    """Iterator of a loop that draws a random number for each batch."""

    def __init__(self):
        self.drawn = 0

    def __next__(self):
        self.drawn += 1
        return self.drawn


class SkippingBatches(Batches):
    """As that of MMEngine's fork, which draws nothing for what it skips."""

    def skip_iter(self, number):
        pass


@pytest.mark.parametrize('kind', [Batches, SkippingBatches])
def test_skipped_batches_are_loaded(kind):
    batches = kind()
    loop = SimpleNamespace(dataloader_iterator=batches)
    ReplayDataHook().before_train(SimpleNamespace(train_loop=loop))
    if kind is SkippingBatches:
        batches.skip_iter(3)
        assert next(batches) == 4
    else:  # MMEngine loads them by itself
        assert not hasattr(batches, 'skip_iter')


def test_loop_that_counts_epochs_is_left_alone():
    loop = SimpleNamespace()
    ReplayDataHook().before_train(SimpleNamespace(train_loop=loop))
    assert not vars(loop)

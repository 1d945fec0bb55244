"""A resumed run gets the random numbers of the unbroken one."""
from types import SimpleNamespace

import pytest

from mmdepth_gradloss.runner import ReplayDataHook


class Batches:
    """Iterator like that of MMEngine's fork, which skips without loading."""

    def __init__(self):
        self.drawn = 0

    def __next__(self):
        self.drawn += 1
        return self.drawn

    def skip_iter(self, number):
        pass


def before_train(**loop):
    loop = SimpleNamespace(**loop)
    ReplayDataHook().before_train(SimpleNamespace(train_loop=loop))
    return loop


def test_skipped_batches_are_loaded():
    batches = before_train(dataloader_iterator=Batches()).dataloader_iterator
    batches.skip_iter(3)
    assert next(batches) == 4


@pytest.mark.parametrize('loop', [
    {},  # epoch-based
    dict(dataloader_iterator=iter([]))])  # MMEngine loads skipped batches
def test_other_loops_are_left_alone(loop):
    assert vars(before_train(**loop)) == loop

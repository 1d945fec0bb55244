"""Resumed runs that draw the random numbers of the unbroken run."""
from __future__ import annotations

from typing import Any

from mmengine.hooks import Hook
from mmengine.runner import Runner


class ReplayDataHook(Hook):
    """Load again what a resumed run had trained on before.

    MMEngine does so by itself. Its fork only moves the sampler on, which is
    faster, but the augmentation of the skipped images then draws no random
    numbers, and all that follow get others than in the unbroken run.
    """

    def before_train(self, runner: Runner) -> None:
        """Replace how the loop skips iterations."""
        batches: Any = getattr(runner.train_loop, 'dataloader_iterator', None)

        def load(number: int) -> None:
            for _ in range(number):
                next(batches)

        if hasattr(batches, 'skip_iter'):
            batches.skip_iter = load

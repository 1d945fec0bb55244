from __future__ import annotations

from typing import Any

from mmengine.hooks import Hook
from mmengine.runner import Runner


class ReplayDataHook(Hook):
    """Load the batches before the checkpoint again in a resumed run.

    MMEngine does this by default. Its fork only advances the sampler, which is
    faster, but skips the random numbers of the images' augmentation, so that
    later ones differ from an uninterrupted run.
    """

    def before_train(self, runner: Runner) -> None:
        """Replace the loop's function to skip iterations."""
        batches: Any = getattr(runner.train_loop, 'dataloader_iterator', None)

        def load(number: int) -> None:
            for _ in range(number):
                next(batches)

        if hasattr(batches, 'skip_iter'):
            batches.skip_iter = load

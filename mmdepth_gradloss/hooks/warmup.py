"""Short forms of a warm-up schedule."""
from __future__ import annotations

from typing import Any

from ..functional.lookup import lookup

WARMUPS: dict[str, dict[str, Any]] = {
    'linear': dict(type='LinearParamScheduler', start_factor=0.01),
    'constant': dict(type='ConstantParamScheduler', factor=0.01),
}
"""Short forms of a warm-up; ``end`` and ``by_epoch`` are filled in."""


def check_warmup(warmup: str, iters: int | None) -> None:
    """ValueError for an unknown warm-up or a length below 2 iterations,
    TypeError if that is not an int."""
    lookup('warmup', warmup, WARMUPS)
    if iters is None:
        return
    if not isinstance(iters, int):
        raise TypeError(f'warmup_iters must be an int, got {iters!r}')
    if iters < 2:
        raise ValueError(f'warmup_iters must be >= 2, got {iters}')


def warmup_schedule(warmup: str, iters: int | None,
                    max_iters: int) -> list[dict[str, Any]]:
    """Schedulers of a warm-up, as configs for ``param_scheduler``. ``iters``
    defaults to a tenth of the run, at most 500."""
    end = max(2, min(500, max_iters // 10)) if iters is None else iters
    return [dict(WARMUPS[warmup], begin=0, end=end, by_epoch=False)]

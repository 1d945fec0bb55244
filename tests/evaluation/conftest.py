"""Fixtures for the tests of metrics."""
from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from mmengine.logging import MMLogger

DATA = Path(__file__).resolve().parents[1] / 'data'


@pytest.fixture(scope='session')
def make_scene() -> Callable[..., tuple[np.ndarray, np.ndarray]]:
    """Function of a seed and a shape to a prediction and a ground truth."""

    def make(seed: int = 0,
             shape: tuple[int, int] = (24, 31),
             noise: float = 0.05) -> tuple[np.ndarray, np.ndarray]:
        rng = np.random.default_rng(seed)
        target = np.full(shape, 4.0)
        for _ in range(8):
            y, x = (rng.integers(0, size - 6) for size in shape)
            target[y:y + 6, x:x + 6] = rng.uniform(1, 6)
        return target * rng.uniform(1 - noise, 1 + noise, shape), target

    return make


@pytest.fixture(scope='session')
def reference() -> dict[str, np.ndarray]:
    """Maps, and the scores that other projects' code gives them."""
    return dict(np.load(DATA / 'boundary_metrics.npz'))


@pytest.fixture
def warnings_seen(monkeypatch) -> list[str]:
    """Warnings that were logged, in order."""
    seen: list[str] = []
    monkeypatch.setattr(MMLogger, 'warning',
                        lambda logger, message: seen.append(message))
    return seen

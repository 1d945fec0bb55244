"""Fixtures for the tests of metrics."""
from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from mmengine.logging import MMLogger

DATA = Path(__file__).resolve().parents[1] / 'data'


@pytest.fixture(scope='session')
def reference() -> dict[str, np.ndarray]:
    """Maps with their scores from other projects' code."""
    return dict(np.load(DATA / 'boundary_metrics.npz'))


@pytest.fixture
def warnings_seen(monkeypatch) -> list[str]:
    """Logged warnings, in order."""
    seen: list[str] = []
    monkeypatch.setattr(MMLogger, 'warning',
                        lambda logger, message: seen.append(message))
    return seen

"""Fixtures for all tests."""
from __future__ import annotations

from pathlib import Path

import pytest
import torch
from hypothesis import settings

# A shared or busy machine is no reason to fail.
settings.register_profile('no_deadline', deadline=None)
settings.load_profile('no_deadline')

# Real samples and values computed by other projects, kept out of this
# repository: tests that want them are skipped where they are absent.
SAMPLES = Path(__file__).resolve().parents[1].parent / 'shared'


@pytest.fixture
def samples() -> Path:
    """Folder of sample data beside the repository."""
    if not SAMPLES.is_dir():
        pytest.skip(f'no sample data beside the repository at {SAMPLES.name}/')
    return SAMPLES


@pytest.fixture(autouse=True)
def seed() -> None:
    """Same random numbers in each test, in whatever order they run."""
    torch.manual_seed(0)

"""Fixtures for all tests."""
from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import torch
import yapf  # noqa: F401 -- see below
from hypothesis import settings

# Any test may use fake_sets.py (tiny data sets) and plain_loops.py
# (reference implementations).
for _folder in ('datasets', 'functional'):
    sys.path.append(str(Path(__file__).resolve().parent / _folder))

# yapf, which MMEngine imports, writes a cache at its first import. Importing
# it here, before pytest-xdist starts its workers, keeps them from reading a
# half-written cache.

# Tensors are small, and several processes share the cores.
torch.set_num_threads(1)

# Tests must not fail on a busy machine.
settings.register_profile('no_deadline', deadline=None)
settings.load_profile('no_deadline')

DATA = Path(__file__).resolve().parent / 'data'


@pytest.fixture(scope='session')
def gradient_references() -> dict[str, np.ndarray]:
    """Maps with their losses and gradients from published code."""
    return dict(np.load(DATA / 'gradient_losses.npz'))


@pytest.fixture(scope='session')
def ncdb_root(tmp_path_factory) -> Path:
    """Tiny NCDB, shared by all tests: do not modify it."""
    from fake_sets import make_ncdb
    return make_ncdb(tmp_path_factory.mktemp('ncdb'))


@pytest.fixture(scope='session')
def nyu_root(tmp_path_factory) -> Path:
    """Tiny NYU Depth v2 in mmsegmentation's layout, shared by all tests."""
    from fake_sets import make_nyu_layout
    return make_nyu_layout(tmp_path_factory.mktemp('nyu'))


@pytest.fixture(scope='session')
def kitti_fake_root(tmp_path_factory) -> Path:
    """Tiny KITTI raw, shared by all tests."""
    from fake_sets import make_kitti
    return make_kitti(tmp_path_factory.mktemp('kitti'))


@pytest.fixture(scope='session')
def dgp_root(tmp_path_factory) -> Path:
    """Tiny DDAD, shared by all tests."""
    from fake_sets import make_dgp
    return make_dgp(tmp_path_factory.mktemp('dgp'))


@pytest.fixture(autouse=True)
def seed() -> None:
    """Same random numbers in each test, independent of the test order."""
    torch.manual_seed(0)

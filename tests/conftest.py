"""Fixtures for all tests."""
from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import torch
import yapf  # noqa: F401 -- see below
from hypothesis import settings

# Where fake_sets.py lies, which makes tiny data sets for any test, and
# plain_loops.py, against which losses and metrics are compared.
for _folder in ('datasets', 'functional'):
    sys.path.append(str(Path(__file__).resolve().parent / _folder))

# yapf, which MMEngine imports, writes a cache at its first import.
# pytest-xdist loads this file before its processes start, so that they do not
# read the cache while it is half written.

# Tensors are small here, and several processes share the cores.
torch.set_num_threads(1)

# A shared or busy machine is no reason to fail.
settings.register_profile('no_deadline', deadline=None)
settings.load_profile('no_deadline')

DATA = Path(__file__).resolve().parent / 'data'


@pytest.fixture(scope='session')
def gradient_references() -> dict[str, np.ndarray]:
    """Maps, and the losses and gradients that others' code gives them."""
    return dict(np.load(DATA / 'gradient_losses.npz'))


@pytest.fixture(scope='session')
def ncdb_root(tmp_path_factory) -> Path:
    """Tiny NCDB, shared by all tests: read it, do not change it."""
    from fake_sets import make_ncdb
    return make_ncdb(tmp_path_factory.mktemp('ncdb'))


@pytest.fixture(scope='session')
def nyu_root(tmp_path_factory) -> Path:
    """Tiny NYU Depth v2 as mmsegmentation reads it, shared like the above."""
    from fake_sets import make_nyu_layout
    return make_nyu_layout(tmp_path_factory.mktemp('nyu'))


@pytest.fixture(scope='session')
def kitti_fake_root(tmp_path_factory) -> Path:
    """Tiny KITTI raw, shared like the above."""
    from fake_sets import make_kitti
    return make_kitti(tmp_path_factory.mktemp('kitti'))


@pytest.fixture(scope='session')
def dgp_root(tmp_path_factory) -> Path:
    """Tiny DDAD, shared like the above."""
    from fake_sets import make_dgp
    return make_dgp(tmp_path_factory.mktemp('dgp'))


@pytest.fixture(autouse=True)
def seed() -> None:
    """Same random numbers in each test, in whatever order they run."""
    torch.manual_seed(0)

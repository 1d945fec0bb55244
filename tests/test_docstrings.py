"""The docstring examples run and print the documented output."""
from __future__ import annotations

import doctest
import pkgutil
from importlib import import_module

import pytest

import mmdepth_gradloss

MODULES = [
    module.name for module in pkgutil.walk_packages(
        mmdepth_gradloss.__path__, 'mmdepth_gradloss.')
]


WITH_TRITON = 'mmdepth_gradloss.functional.triton_'


@pytest.mark.parametrize('name', MODULES)
def test_examples(name):
    if name.startswith(WITH_TRITON):
        pytest.importorskip('triton', reason='needs pip install -e .[triton]')
    assert doctest.testmod(import_module(name)).failed == 0


def test_examples_are_found():
    finder = doctest.DocTestFinder(exclude_empty=True)
    counts = [
        len(test.examples) for name in MODULES
        if not name.startswith(WITH_TRITON)
        for test in finder.find(import_module(name))
    ]
    assert sum(counts) > 80

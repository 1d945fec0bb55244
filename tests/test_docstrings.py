"""The examples in docstrings run, and give what they say."""
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


@pytest.mark.parametrize('name', MODULES)
def test_examples(name):
    assert doctest.testmod(import_module(name)).failed == 0


def test_examples_are_found():
    finder = doctest.DocTestFinder(exclude_empty=True)
    counts = [
        len(test.examples) for name in MODULES
        for test in finder.find(import_module(name))
    ]
    assert sum(counts) > 80

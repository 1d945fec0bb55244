"""The Triton kernels, interpreted and compiled without a GPU."""
from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

pytest.importorskip('triton', reason='needs pip install -e .[triton]')

from triton_interpreted import (FORMULAS, SIZES, depth_batch,  # noqa: E402
                                evaluate)

from mmdepth_gradloss.functional import fused_gradient  # noqa: E402
from mmdepth_gradloss.functional.presets import PRESETS  # noqa: E402

FOLDER = Path(__file__).parent


def run(script, argument, interpret):
    """Output of a script: Triton selects its mode at import."""
    environment = dict(os.environ, TRITON_INTERPRET=str(int(interpret)))
    result = subprocess.run(
        [sys.executable, FOLDER / script, argument], capture_output=True,
        text=True, env=environment)
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.fixture(scope='module')
def results(tmp_path_factory):
    path = tmp_path_factory.mktemp('triton') / 'results'
    run('triton_interpreted.py', path, interpret=True)
    return torch.load(path)


def check_equal(actual, expected, tolerance=1e-6):
    """Compare loss and gradient relative to their largest values."""
    for x, y in zip(actual, expected):
        assert x.dtype == torch.float32 and x.shape == y.shape
        if y.numel():
            error = (x - y).abs().max() / y.abs().max().clamp(min=1e-30)
            assert error < tolerance


@pytest.mark.parametrize('name', PRESETS)
def test_preset_is_the_plain_loss_at_every_density(results, name):
    case = results['presets'][name]
    check_equal(**case)
    loss, grad = case['actual']
    assert loss > 0 and grad[0].eq(0).all() and grad[1:].any()


@pytest.mark.parametrize('size', SIZES)
@pytest.mark.parametrize('name', FORMULAS)
def test_formula_is_the_plain_loss_at_any_size(results, name, size):
    case = results['sizes'][f'{name}, {size}']
    # charbonnier is steep: its slope changes sign within 1e-3
    steep = FORMULAS[name].penalty == 'charbonnier'
    check_equal(**case, tolerance=1e-5 if steep else 1e-6)


@pytest.mark.parametrize('case', ['strided', 'processes'])
def test_strided_maps_and_halves_of_a_batch(results, case):
    check_equal(**results['others'][case])


def test_invalid_pixels_change_no_bit(results):
    case = results['others']['rubbish']
    for actual, expected in zip(case['actual'], case['expected']):
        assert torch.equal(actual, expected)


def test_a_prediction_that_is_nan_and_counts_shows(results):
    case = results['others']['nan']
    assert case['actual'][0].isnan() and case['expected'][0].isnan()


@pytest.mark.parametrize('capability', [80, 90])
def test_every_preset_compiles_without_spills(capability):
    output = run('triton_compiled.py', str(capability), interpret=False)
    used = json.loads(output.splitlines()[-1])
    assert set(used) == set(PRESETS)
    for kernels in used.values():
        assert len({name for name, *_ in kernels}) == 4
        for name, registers, stack in kernels:
            assert registers <= 168 and stack == 0, name


@pytest.mark.skipif(torch.cuda.is_available(), reason='served on CUDA')
def test_maps_that_are_not_served_take_the_other_path(monkeypatch):
    monkeypatch.delenv('TRITON_INTERPRET', raising=False)
    calls = []
    compute = fused_gradient.loss_and_gradient
    monkeypatch.setattr(fused_gradient, 'loss_and_gradient',
                        lambda *args: calls.append(args) or compute(*args))
    maps = depth_batch((1, 1, 9, 9), 0.8)
    results = [evaluate(*maps, PRESETS['midas'], backend=backend)
               for backend in ('triton', 'auto', 'torch')]
    assert len(calls) == 3
    assert all(torch.equal(grad, results[0][1]) for _, grad in results)


@pytest.mark.skipif(not torch.cuda.is_available(), reason='no CUDA device')
@pytest.mark.parametrize('name', PRESETS)
def test_on_a_gpu(name):
    pred, target, valid = (
        x.cuda() for x in depth_batch((4, 1, 219, 337), [0., 0.05, 0.5, 1.]))
    formula = PRESETS[name]
    actual = evaluate(pred, target, valid, formula, backend='triton')
    expected = evaluate(
        pred.double(), target.double(), valid, formula, fused=False)
    check_equal(actual, expected)
    torch.cuda.set_sync_debug_mode('error')
    try:
        evaluate(pred, target, valid, formula, backend='triton')
    finally:
        torch.cuda.set_sync_debug_mode('default')

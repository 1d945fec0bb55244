"""Choice of the backend if Triton is missing, old or broken."""
from __future__ import annotations

import warnings

import pytest
import torch

from mmdepth_gradloss.functional import GradientFormula, triton_support
from mmdepth_gradloss.functional.domains import DOMAINS
from mmdepth_gradloss.functional.formula_loss import formula_loss
from mmdepth_gradloss.functional.mask_policies import MASK_POLICIES
from mmdepth_gradloss.functional.normalizers import NORMALIZERS
from mmdepth_gradloss.functional.penalties import PENALTIES
from mmdepth_gradloss.functional.pyramids import PYRAMIDS

TABLES = {
    'pyramid': PYRAMIDS,
    'domain': DOMAINS,
    'mask_policy': MASK_POLICIES,
    'penalty': PENALTIES,
    'normalizer': NORMALIZERS,
}


def fail(device):
    raise RuntimeError('no C compiler')


@pytest.fixture
def triton_is(monkeypatch):
    """Function that simulates a GPU and a Triton version."""
    monkeypatch.setenv('TRITON_INTERPRET', '1')

    def pretend(version, try_out=lambda device: None):
        triton_support._find_problem.cache_clear()
        monkeypatch.setattr(triton_support, '_triton_version', lambda: version)
        monkeypatch.setattr(triton_support, '_try_out', try_out)

    yield pretend
    triton_support._find_problem.cache_clear()


@pytest.mark.parametrize('version,serves', [
    ('3.4.0', True), ('3.10.0+git12', True), ('4.0.0', True),
    ('3.3.9', False), ('2.1.0', False), (None, False)])
def test_versions(triton_is, version, serves):
    triton_is(version)
    assert triton_support.triton_serves(
        torch.ones(1), GradientFormula(), 'auto') is serves


def test_float64_is_not_served(triton_is):
    triton_is('3.4.0')
    assert not triton_support.triton_serves(
        torch.ones(1).double(), GradientFormula(), 'triton')


def test_all_choices_of_the_package_have_kernels():
    assert {
        option: set(table) for option, table in TABLES.items()
    } == {
        option: set(names) for option, names in triton_support.CHOICES.items()
    }


@pytest.mark.parametrize('option', TABLES)
def test_a_choice_of_your_own_is_computed_without_triton(
        option, triton_is, monkeypatch):
    """The kernels do not know it and would compute something else."""
    triton_is('3.4.0')
    default = GradientFormula()
    monkeypatch.setitem(TABLES[option], 'mine',
                        TABLES[option][getattr(default, option)])
    formula = GradientFormula(**{option: 'mine'})
    pred = torch.rand(1, 1, 9, 9, requires_grad=True)
    maps = (pred, pred.detach() + 1 + torch.rand(1, 1, 9, 9),
            torch.ones_like(pred, dtype=torch.bool))
    torch.testing.assert_close(
        formula_loss(*maps, formula, backend='auto'),
        formula_loss(*maps, default, backend='torch'))
    with pytest.raises(RuntimeError, match=f"no kernels for {option}='mine'"):
        formula_loss(*maps, formula, backend='triton')


@pytest.mark.parametrize('version,try_out,message', [
    (None, fail, 'needs triton>=3.4, found None'),
    ('3.3.1', fail, 'needs triton>=3.4, found 3.3.1'),
    ('3.6.0', fail, 'RuntimeError: no C compiler'),
])
def test_a_triton_that_does_not_work(triton_is, version, try_out, message):
    triton_is(version, try_out)
    pred = torch.rand(1, 1, 9, 9, requires_grad=True)
    maps = (pred, pred.detach() + 1, torch.ones_like(pred, dtype=torch.bool))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter('always')
        for _ in range(2):
            formula_loss(*maps, backend='auto').backward()
    assert pred.grad.any()
    said = [x for x in caught if 'without Triton' in str(x.message)]
    assert len(said) == (version == '3.6.0')
    with pytest.raises(RuntimeError, match=f"backend='triton' .*{message};"):
        formula_loss(*maps, backend='triton')

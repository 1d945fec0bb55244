import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from plain_loops import KERNELS, windows

from mmdepth_gradloss.functional.mask_policies import MASK_POLICIES
from mmdepth_gradloss.functional.operators import OPERATORS

# of an even number of pixels 'center' takes the second of the two middle
# ones; no formula uses this, because 'center' is not allowed with 'forward'
CASES = [(policy, operator, index)
         for policy in ('center', 'support', 'every') for operator in KERNELS
         for index in range(len(KERNELS[operator]))]


def test_all_policies_are_tested():
    assert {policy for policy, *_ in CASES} == set(MASK_POLICIES)


@pytest.mark.parametrize('policy,operator,index', CASES)
@given(h=st.integers(0, 9), w=st.integers(0, 9), seed=st.integers(0, 99))
def test_against_loops(policy, operator, index, h, w, seed):
    valid = torch.rand(
        2, 1, h, w, generator=torch.Generator().manual_seed(seed)) < 0.8
    kernel, stencil = KERNELS[operator][index], OPERATORS[operator][index]
    actual = MASK_POLICIES[policy](valid, stencil)
    assert actual.dtype == torch.bool
    assert actual.shape == (2, 1, max(h + 1 - len(kernel), 0),
                            max(w + 1 - len(kernel[0]), 0))
    if actual.numel():
        assert actual[:, 0].tolist() == [
            windows(mask.tolist(), kernel, policy) for mask in valid[:, 0]]
    for dtype in (torch.int32, torch.int64):  # all bits or none
        bits = MASK_POLICIES[policy](-valid.to(dtype), stencil)
        assert torch.equal(bits, -actual.to(dtype))

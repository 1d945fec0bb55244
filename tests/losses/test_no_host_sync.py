"""The losses never wait for the device."""
import pytest
import torch
from gradient_cases import LOSSES, depth_pair, value_and_gradient
from mmengine.registry import MODELS
from torch._subclasses import FakeTensorMode
from torch.utils._python_dispatch import TorchDispatchMode

import mmdepth_gradloss.losses  # noqa: F401
from mmdepth_gradloss.functional import gradient_operator

MODULES = {
    f'{name}_{kind}':
    dict(arguments, type='MultiScaleGradientLoss', fused=kind == 'fused')
    for name, arguments in LOSSES.items() for kind in ('fused', 'plain')
} | {
    f'ssi_silog_{domain}':
    dict(type='SSISilogLoss', gradient_weight=0.2, input_domain=domain)
    for domain in ('inverse', 'depth')
} | {
    f'scale_shift_{alignment}':
    dict(type='ScaleShiftInvariantLoss', alignment=alignment)
    for alignment in ('least_squares', 'median_mad')
} | {'dual_head': dict(type='DualHeadDepthLoss')}
every_loss = pytest.mark.parametrize('name', MODULES)


def build(name):
    """A loss as a function of prediction, target and mask."""
    loss = MODELS.build(MODULES[name])
    if name == 'dual_head':
        return lambda pred, target, mask=None: loss(pred, pred, target, mask)
    return loss


# operators that read values or whose output shape depends on values
WAITING = {
    'aten::_local_scalar_dense', 'aten::item', 'aten::is_nonzero',
    'aten::nonzero', 'aten::masked_select', 'aten::equal', 'aten::unique',
    'aten::_unique2', 'aten::bincount', 'aten::repeat_interleave'
}


class RecordWaits(TorchDispatchMode):
    """Collect operators that wait for a device, including backward."""

    def __init__(self):
        super().__init__()
        self.waits = []
        self.operators = set()

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        name = func._schema.name
        self.operators.add(name)
        by_mask = name.startswith('aten::index') and any(
            isinstance(index, torch.Tensor) and index.dtype == torch.bool
            for indices in args if isinstance(indices, (list, tuple))
            for index in indices)
        if name in WAITING or by_mask:
            self.waits.append(name)
        if name == gradient_operator.NAME:
            with self:  # look inside
                return gradient_operator.loss_and_gradient(*args)
        return func(*args, **(kwargs or {}))


@every_loss
def test_no_operator_waits_for_the_device(name):
    pred, target, mask = depth_pair((2, 1, 33, 47), 0.6)
    loss = build(name)
    with RecordWaits() as record:
        value_and_gradient(loss, pred, target, mask)
    assert record.waits == []
    assert 'aten::sub' in record.operators  # the loss was recorded


@every_loss
def test_runs_without_values(name):
    """With tensors without data, on which nothing can branch."""
    with FakeTensorMode():
        pred, target = torch.empty(2, 2, 1, 33, 47)
        value, grad = value_and_gradient(build(name), pred, target)
    assert value.shape == () and grad.shape == pred.shape


@pytest.mark.skipif(not torch.cuda.is_available(), reason='no CUDA device')
@every_loss
def test_cuda_sees_no_synchronisation(name):
    maps = [x.cuda() for x in depth_pair((2, 1, 33, 47), 0.6)]
    loss = build(name)
    value_and_gradient(loss, *maps)  # the first call may initialize
    torch.cuda.set_sync_debug_mode('error')
    try:
        value_and_gradient(loss, *maps)
    finally:
        torch.cuda.set_sync_debug_mode('default')


@pytest.mark.parametrize('wait', [
    lambda x: x.sum().item(),
    lambda x: bool(x.any()),
    lambda x: x[x > 0],
    lambda x: x.masked_select(x > 0),
    lambda x: x.nonzero(),
    lambda x: x.index_put((x > 0, ), torch.tensor(1.0)),
])
def test_waiting_operators_are_recognised(wait):
    with RecordWaits() as record:
        wait(torch.rand(3))
    assert record.waits

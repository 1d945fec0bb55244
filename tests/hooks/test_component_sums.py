"""The reported components are those that were added to the total loss."""
import pytest
import torch
import torch.distributed as dist
from mmengine.model import BaseModel, MMDistributedDataParallel
from torch import nn
from torch.utils.checkpoint import checkpoint

from mmdepth_gradloss.hooks.component_sums import ComponentSums
from mmdepth_gradloss.losses import MultiScaleGradientLoss, SSISilogLoss

TARGET = torch.rand(2, 1, 12, 16) + 0.5


class Model(BaseModel):
    """Predicts a scale; ``give`` turns its loss into the model's result."""

    def __init__(self, loss, give):
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(1.5))
        self.loss = loss
        self.give = give

    def forward(self, inputs, mode='tensor'):
        return self.give(lambda factor=1.0: self.loss(
            factor * self.scale * inputs, TARGET), self.scale)


def watched(give, loss=None):
    """A model, its loss and the component sums."""
    loss = loss or MultiScaleGradientLoss(0.5)
    model, sums = Model(loss, give), ComponentSums()
    sums.watch(model, {'head.loss': loss})
    return model, loss, sums


def sums_of(give, mode='loss', loss=None):
    """Sums after one iteration."""
    model, loss, sums = watched(give, loss)
    result = model(TARGET, mode=mode)
    before_backward = sums.of(loss)
    if mode == 'loss':
        total, _ = model.parse_losses(result)
        total.backward()
        assert sums.of(loss) == before_backward
    return before_backward


def component(factor=1.0):
    """Gradient component of one call."""
    loss = MultiScaleGradientLoss(0.5)
    loss(factor * 1.5 * TARGET, TARGET)
    return loss.components['gradient_component'].item()


def beside_a_call_to_be_logged(call, p):
    with torch.no_grad():
        call(2)
    return dict(loss_a=call())


@pytest.mark.parametrize('give,first,second', [
    (lambda call, p: dict(loss_a=call()), 1, 0),
    (lambda call, p: dict(loss_a=call(), loss_b=p - 9), 1, 0),
    (lambda call, p: dict(loss_a=call() + call(2)), 1, 1),
    (lambda call, p: dict(loss_a=[call(), call(2)]), 1, 1),
    (lambda call, p: {'loss_a': call(), 'aux.loss_a': call(2)}, 1, 1),
    (lambda call, p: dict(loss_a=(call() + call(2)) / 2), 0.5, 0.5),
    (lambda call, p: dict(loss_a=0.4 * call()), 0.4, 0),
    (lambda call, p: dict(loss_a=call().expand(2, 3)), 1, 0),
    (lambda call, p: dict(loss_a=checkpoint(call, use_reentrant=False)), 1, 0),
    (beside_a_call_to_be_logged, 1, 0),
], ids=['once', 'beside_a_negative_loss', 'twice', 'list', 'two_keys',
        'mean_of_two', 'scaled', 'map', 'checkpointed', 'no_grad'])
def test_component_is_what_was_added(give, first, second):
    value = sums_of(give)['gradient_component']
    assert value.item() == pytest.approx(
        first * component() + second * component(2), rel=1e-5)
    assert not value.requires_grad


@pytest.mark.parametrize('give', [
    lambda call, p: dict(gradient=call(), other_loss=p),
    lambda call, p: dict(gradient=call()),
    lambda call, p: dict(loss_a=p, loss_b=call().detach()),
    lambda call, p: dict(loss_a=call(), gradient=call(2)),
], ids=['other_key', 'alone', 'detached', 'one_of_two'])
def test_loss_that_is_not_in_the_total_is_refused(give):
    with pytest.raises(
            RuntimeError,
            match=r"head\.loss was computed, but is not part of the total "
            r"loss of Model.*of \['"):
        sums_of(give)


def test_calls_that_cannot_be_compared_count_as_they_are():
    sums = sums_of(lambda call, p: 0.4 * (call() + call(2)), mode='tensor')
    assert sums['gradient_component'].item() == pytest.approx(
        component() + component(2))


def test_parts_of_a_loss_scale_and_counts_do_not():
    loss = SSISilogLoss(
        gradient_weight=0.2, input_domain='depth', max_depth=1.0)
    sums = sums_of(lambda call, p: dict(loss_a=(call(2) + call(2)) / 2),
                   loss=loss)
    parts = loss.components
    for key in ('ssi_component', 'silog_component', 'gradient_component'):
        assert sums[key].item() == pytest.approx(parts[key].item())
    assert sums['clamped_predictions'] == 2 * parts['clamped_predictions'] > 0


def test_term_inside_a_loss_is_summed_until_it_is_cleared():
    model, loss, sums = watched(
        lambda call, p: dict(loss_a=call() + call()),
        SSISilogLoss(gradient_weight=0.2, input_domain='depth'))
    model(TARGET, mode='loss')
    inner = loss.gradient_loss
    assert sums.of(inner)['gradient_component'].item() == pytest.approx(
        2 * inner.components['gradient_component'].item())
    sums.clear()
    assert sums.of(loss) == sums.of(inner) == {}


def test_nothing_is_left_on_the_model():
    model, loss, sums = watched(lambda call, p: dict(loss_a=call()))
    assert loss._forward_hooks and model._forward_hooks
    sums.close()
    assert not loss._forward_hooks and not model._forward_hooks


def test_compiled_calls_add_up():

    class Trainee(nn.Module):

        def __init__(self):
            super().__init__()
            self.scale = nn.Parameter(torch.tensor(1.5))
            self.loss = MultiScaleGradientLoss(0.5, scales=1)

        def forward(self, x):
            return self.loss(self.scale * x, TARGET) + self.loss(
                2 * self.scale * x, TARGET)

    torch._dynamo.reset()
    model = Trainee()
    sums = ComponentSums()
    sums.watch(model, {'loss': model.loss})
    compiled = torch.compile(model, fullgraph=True, backend='aot_eager')
    for _ in range(2):
        sums.clear()
        total = compiled(TARGET)
        assert 0.5 * sums.of(model.loss)['gradient_component'].item() == (
            pytest.approx(total.item()))
    torch._dynamo.reset()


@pytest.fixture
def process_group(tmp_path):
    dist.init_process_group(
        'gloo', init_method=f'file://{tmp_path}/store', world_size=1, rank=0)
    yield
    # After the test has freed its model: if a model frees the group, it holds
    # Python's lock, which a thread of the group may wait for.
    dist.destroy_process_group()


def test_model_that_is_wrapped_for_distribution(process_group):
    loss = MultiScaleGradientLoss(0.5)
    model = MMDistributedDataParallel(
        Model(loss, lambda call, p: dict(loss_a=0.4 * call())))
    sums = ComponentSums()
    sums.watch(model, {'loss': loss})
    model(TARGET, mode='loss')
    assert sums.of(loss)['gradient_component'].item() == pytest.approx(
        0.4 * component())

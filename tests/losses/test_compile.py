"""The losses inside a compiled model."""
import pytest
import torch
from gradient_cases import LOSSES, depth_pair, relative
from mmengine.registry import MODELS
from mmengine.utils import digit_version
from torch import nn
from torch._dynamo.testing import CompileCounterWithBackend
from torch._dynamo.utils import counters

from mmdepth_gradloss import multi_scale_gradient_loss
from mmdepth_gradloss.losses import MultiScaleGradientLoss, SSISilogLoss

pytestmark = pytest.mark.skipif(
    digit_version(torch.__version__) < digit_version('2.2'),
    reason='the compiler of PyTorch 2.1 does not take in checks of arguments')

# few levels, because compilation is slow
MODULES = {
    name: dict(arguments, type='MultiScaleGradientLoss', scales=2)
    for name, arguments in LOSSES.items()
} | {
    'factors':
    dict(type='MultiScaleGradientLoss', preset='megadepth', scales=[1, 2, 6]),
    'ssi_silog':
    dict(type='SSISilogLoss', gradient_weight=0.2, input_domain='depth'),
}


class Trainee(nn.Module):
    """A network and its loss, compiled as one module."""

    def __init__(self, loss):
        super().__init__()
        self.network = nn.Sequential(nn.Conv2d(1, 1, 3, padding=1),
                                     nn.Softplus())
        self.loss = loss

    def forward(self, image, target):
        return self.loss(self.network(image), target)


@pytest.fixture(autouse=True)
def fresh_compiler():
    torch._dynamo.reset()
    counters.clear()
    yield
    torch._dynamo.reset()


def compile_whole(model):
    """Compile; fails on graph breaks."""
    return torch.compile(model, fullgraph=True, backend='aot_eager')


@pytest.mark.parametrize('name', MODULES)
def test_value_and_gradients_are_those_of_eager(name):
    image, target, _ = depth_pair((2, 1, 17, 23), 0.7)
    model = Trainee(MODELS.build(MODULES[name]))
    parameters = list(model.parameters())
    values, grads = [], []
    for call in (model, compile_whole(model)):
        value = call(image, target)
        grad = torch.autograd.grad(value, parameters)
        values.append(value.item())
        grads.append(torch.cat([x.flatten() for x in grad]))
    assert values[1] == pytest.approx(values[0], rel=1e-5)
    assert relative(grads[1], grads[0]) < 1e-5
    assert grads[0].any()


def test_a_weight_that_changes_after_compilation_is_honoured():
    """A hook's schedule changes the weight of a nested loss."""
    image, target, _ = depth_pair((2, 1, 9, 9))
    loss = SSISilogLoss(
        gradient_weight=1.0, gradient_scales=1, input_domain='depth')
    model = Trainee(loss)
    compiled = compile_whole(model)
    for n in range(1, 12):
        loss.gradient_weight = 1 / n
        assert compiled(image, target).item() == pytest.approx(
            model(image, target).item())


@pytest.mark.parametrize('name', ['valid_mean', 'ssi_silog'])
def test_compiled_once_and_once_more_for_another_batch_size(name):
    """No further recompilation for other sizes or scheduled weights."""
    loss = MODELS.build(MODULES[name])
    compiled = compile_whole(Trainee(loss))
    graphs = []
    for images, weight in ((4, 1.0), (4, 0.5), (3, 0.5), (2, 0.25), (5, 0.1)):
        for term in loss.gradient_terms():
            term.module.loss_weight = weight
        image, target, _ = depth_pair((images, 1, 17, 23), 0.7)
        compiled(image, target).backward()
        graphs.append(counters['stats']['unique_graphs'])
    if digit_version(torch.__version__) < digit_version('2.4'):
        pytest.skip('no custom operators: the plain loss is compiled')
    assert graphs == [1, 1, 2, 2, 2]


def test_the_graph_has_one_operator_for_the_gradient_loss():
    image, target, _ = depth_pair((2, 1, 17, 23), 0.7)
    counter = CompileCounterWithBackend('eager')
    model = Trainee(MultiScaleGradientLoss())
    torch.compile(model, fullgraph=True, backend=counter)(image, target)
    graph, = counter.graphs
    names = [str(node.target) for node in graph.graph.nodes]
    assert sum('gradient_loss' in name for name in names) == int(
        hasattr(torch.library, 'custom_op'))


def test_component_of_a_compiled_loss_can_be_read():
    image, target, _ = depth_pair((2, 1, 9, 9))
    loss = MultiScaleGradientLoss(scales=1, loss_weight=0.5)
    value = compile_whole(Trainee(loss))(image, target)
    component = loss.components['gradient_component']
    assert component.item() == pytest.approx(2 * value.item())
    assert not component.requires_grad


@pytest.mark.parametrize('preset', ['packnet_san', 'valid_mean'])
def test_function_inside_a_compiled_one(preset):
    pred, target, mask = depth_pair((2, 1, 17, 23), 0.7)

    def call(pred):
        return multi_scale_gradient_loss(
            pred, target, mask, preset=preset, scales=2)

    torch.testing.assert_close(compile_whole(call)(pred), call(pred))

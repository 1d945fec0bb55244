"""The snippets of docs/training_loops.md, run as printed."""
from __future__ import annotations

import ast
import copy
from types import SimpleNamespace
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from mmengine.config import Config
from mmengine.registry import MODELS
from pages import DOCS, read_boxes, run
from torch import Tensor, nn
from torch.nn.modules.module import register_module_forward_hook
from torch.utils.data import DataLoader, TensorDataset

from mmdepth_gradloss import MultiScaleGradientLoss
from mmdepth_gradloss.config.config_scope import CONFIG_DIR

PAGE = DOCS / 'training_loops.md'
SNIPPETS = {box.heading: box for box in read_boxes(PAGE)}
"""By the heading of their section."""

RECIPE = Config.fromfile(
    CONFIG_DIR / '_base_' / 'gradient_loss' / 'recommended.py')
TERM, RELATIVE = RECIPE.gradient_term, RECIPE.relative_gradient_term
"""The losses that the snippets should use."""

HF_CONFIG = (
    CONFIG_DIR / 'huggingface' /
    'depth-anything-v2-tiny-random_nyu_baseline.py')
"""Config of a model that predicts metres."""

WARMUP_STEPS = 500
WARMUP_ENDS = [498, 499, 510]
"""Completed optimizer steps just before, at and after the end of warm-up."""
SGD = dict(lr=0.1)
DEVICE = 'cuda' if torch.cuda.is_available() else 'cpu'

DepthMaps = tuple[Tensor, Tensor, Tensor]


def warmup(first: int, last: int) -> list[float]:
    """Weights of optimizer steps from ``first`` to ``last``, exclusive."""
    return [
        TERM.loss_weight * min(1.0, (step + 1) / WARMUP_STEPS)
        for step in range(first, last)
    ]


def my_loss(pred: Tensor, depth: Tensor, mask: Tensor | None = None) -> Tensor:
    """A loss whose mean over equal micro-batches is that of the batch."""
    mask = depth > 0 if mask is None else mask
    return ((pred - depth) * mask).abs().mean()


def train_by_hand(model: nn.Module, data: DepthMaps,
                  weights: list[float]) -> list[Tensor]:
    """Parameters after one step per weight, each on all data."""
    image, depth, mask = data
    model = copy.deepcopy(model).train()
    gradient_loss = MODELS.build(dict(TERM, loss_weight=1.0))
    optimizer = torch.optim.SGD(model.parameters(), **SGD)
    for weight in weights:
        pred = model(image)
        loss = my_loss(pred, depth, mask)
        loss = loss + weight * gradient_loss(pred, depth, mask)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return list(model.parameters())


def assert_trained(model: nn.Module, before: nn.Module, data: DepthMaps,
                   weights: list[float]) -> None:
    """Check the trained parameters against training by hand."""
    parameters = list(model.parameters())
    expected = train_by_hand(before, data, weights)
    torch.testing.assert_close(parameters, expected, rtol=1e-9, atol=1e-9)
    without = train_by_hand(before, data, [0.0 for _ in weights])
    assert any((x - y).abs().max() > 1e-6 for x, y in zip(expected, without))


@pytest.fixture
def used_weights():
    """Weight of each gradient term in the loss that was differentiated."""
    weights: list[float] = []

    def record(module, inputs, output):
        if isinstance(module, MultiScaleGradientLoss) and output.requires_grad:
            base = module.loss_weight
            output.register_hook(lambda x: weights.append(base * x.item()))

    handle = register_module_forward_hook(record)
    yield weights
    handle.remove()


@pytest.fixture
def data() -> DepthMaps:
    """Two images; only the mask marks invalid depth."""
    image = torch.rand(2, 3, 24, 32, dtype=torch.float64)
    depth = 1 + 4 * torch.rand(2, 1, 24, 32, dtype=torch.float64)
    mask = torch.rand(2, 1, 24, 32) < 0.7
    return image, depth.where(mask, 7), mask


@pytest.fixture
def network() -> nn.Module:
    """Network in evaluation mode, as after a validation."""
    return nn.Sequential(nn.Conv2d(3, 1, 3, padding=1),
                         nn.Softplus()).double().eval()


def repeat(data: DepthMaps, times: int) -> DepthMaps:
    """Repeat the same images."""
    image, depth, mask = (x.repeat(times, 1, 1, 1) for x in data)
    return image, depth, mask


def loader(data: DepthMaps, batch_size: int) -> DataLoader:
    return DataLoader(TensorDataset(*data), batch_size)


def accumulated(weights: list[float]) -> Any:
    """Weights used in steps of two batches: half the weight in each."""
    return pytest.approx([weight / 2 for weight in weights for _ in range(2)],
                         rel=1e-12)


def test_each_section_has_one_snippet():
    text = PAGE.read_text()
    assert len(SNIPPETS) == text.count('```') // 2 == text.count('\n## ') > 0


@pytest.mark.parametrize('heading', SNIPPETS)
def test_a_snippet_is_short(heading):
    lines = list(filter(str.strip, SNIPPETS[heading].code.splitlines()))
    assert len(lines) <= 15
    assert max(map(len, lines)) <= 79


@pytest.mark.parametrize('heading', SNIPPETS)
def test_a_snippet_has_the_recommended_loss(heading):
    """Where the library that it is for is missing, too."""
    tree = ast.parse(SNIPPETS[heading].code)
    call, = (ast.unparse(node) for node in ast.walk(tree)
             if isinstance(node, ast.Call)
             and ast.unparse(node.func) == 'MultiScaleGradientLoss')
    term = RELATIVE if heading == 'Relative depth' else TERM
    assert repr(eval(call)) == repr(MODELS.build(term))


def test_the_loss_has_nothing_to_move_or_save():
    loss = MODELS.build(TERM)
    assert not [*loss.parameters(), *loss.buffers()]


# The first steps, and those at the end of warm-up.
@pytest.mark.parametrize('first_step', [0, WARMUP_ENDS[0]])
def test_plain_pytorch(data, network, used_weights, first_step):
    model = copy.deepcopy(network).to(DEVICE)
    names = run(
        SNIPPETS['Plain PyTorch'], model=model, my_loss=my_loss,
        loader=loader(data, batch_size=2), device=DEVICE, epochs=4,
        optimizer=torch.optim.SGD(model.parameters(), **SGD),
        first_step=first_step)
    weights = warmup(first_step, first_step + 4)
    assert used_weights == pytest.approx(weights, rel=1e-12)
    assert names['step'] == first_step + 4
    assert model.training
    assert_trained(model.cpu(), network, data, weights)


@pytest.fixture
def lightning_run(tmp_path, network):
    lightning = pytest.importorskip('lightning')

    class DepthModule(lightning.LightningModule):

        def __init__(self):
            super().__init__()
            self.network = copy.deepcopy(network)

        def forward(self, image):
            return self.network(image)

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), **SGD)

    def start(steps: int) -> dict[str, Any]:
        return run(
            SNIPPETS['Lightning'], DepthModule=DepthModule, my_loss=my_loss,
            trainer_options=dict(
                max_steps=steps, accumulate_grad_batches=2, accelerator='cpu',
                default_root_dir=tmp_path, logger=False,
                enable_checkpointing=False, enable_progress_bar=False,
                enable_model_summary=False))

    return start


@pytest.mark.filterwarnings('ignore::UserWarning')  # e.g. about few workers
def test_lightning(tmp_path, data, network, used_weights, lightning_run):
    """Two steps of two batches each, and two more in the resumed run."""
    path = tmp_path / 'last.ckpt'
    batches = loader(repeat(data, 4), batch_size=1)
    names = lightning_run(steps=2)
    names['trainer'].fit(names['SharpDepthModule'](), batches)
    names['trainer'].save_checkpoint(path)
    weights = warmup(0, 4)
    assert used_weights == accumulated(weights[:2])

    names = lightning_run(steps=4)
    module = names['SharpDepthModule']()
    names['trainer'].fit(module, batches, ckpt_path=path)
    assert used_weights == accumulated(weights)
    assert_trained(module.network, network, data, weights)


@pytest.mark.parametrize('done', WARMUP_ENDS)
def test_lightning_warmup_ends(lightning_run, done):
    names = lightning_run(steps=1)
    module = names['SharpDepthModule']()
    names['GradientWarmup']().on_train_batch_start(
        SimpleNamespace(global_step=done), module, None, 0)
    assert [module.gradient_loss.loss_weight] == warmup(done, done + 1)


def test_lightning_checkpoints_stay_as_they_are(lightning_run):
    module = lightning_run(steps=1)['SharpDepthModule']()
    assert set(module.state_dict()) == {'network.0.weight', 'network.0.bias'}


class FullSize(nn.Module):
    """A model of transformers that predicts at the ground truth's size."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, image: Tensor) -> Tensor:
        pred = self.network(pixel_values=image).predicted_depth[:, None]
        return F.interpolate(pred, (40, 48), mode='bilinear')


@pytest.fixture
def hf_data() -> DepthMaps:
    image = torch.rand(2, 3, 56, 56, dtype=torch.float64)
    depth = 1 + 4 * torch.rand(2, 1, 40, 48, dtype=torch.float64)
    mask = torch.rand(2, 1, 40, 48) < 0.7
    return image, depth.where(mask, 0), mask


@pytest.fixture
def hf_network() -> nn.Module:
    transformers = pytest.importorskip('transformers')
    config = Config.fromfile(HF_CONFIG).model.config.to_dict()
    return transformers.AutoModelForDepthEstimation.from_config(
        transformers.AutoConfig.for_model(**config)).double()


@pytest.fixture
def hf_run(tmp_path, hf_data, monkeypatch):
    pytest.importorskip(
        'accelerate', reason="transformers' Trainer needs accelerate")
    transformers = pytest.importorskip('transformers')
    # it mistakes the folder tests/datasets, on pytest's path, for a package
    monkeypatch.setattr('transformers.trainer.is_datasets_available',
                        lambda: False)
    image, depth, _ = hf_data
    dataset = [
        dict(pixel_values=x, labels=y[0]) for x, y in zip(image, depth)
    ]

    def start(network: nn.Module, steps: int) -> Any:
        args = transformers.TrainingArguments(
            tmp_path, max_steps=steps, per_device_train_batch_size=1,
            gradient_accumulation_steps=2, optim='sgd',
            learning_rate=SGD['lr'], lr_scheduler_type='constant',
            max_grad_norm=0, save_steps=2, use_cpu=True, report_to='none',
            disable_tqdm=True)
        return run(
            SNIPPETS['Hugging Face Trainer'], model=copy.deepcopy(network),
            args=args, dataset=dataset, my_loss=my_loss)['trainer']

    return start


def test_hugging_face_trainer(tmp_path, hf_data, hf_network, used_weights,
                              hf_run):
    """Two steps of two batches each, and two more in the resumed run."""
    hf_run(hf_network, steps=2).train()
    weights = warmup(0, 4)
    assert used_weights == accumulated(weights[:2])

    checkpoint = str(tmp_path / 'checkpoint-2')
    resumed = type(hf_network).from_pretrained(checkpoint).double()
    trainer = hf_run(resumed, steps=4)
    trainer.train(resume_from_checkpoint=checkpoint)
    assert used_weights == accumulated(weights)
    assert_trained(
        FullSize(trainer.model), FullSize(hf_network), hf_data, weights)


@pytest.mark.parametrize('done', WARMUP_ENDS)
def test_hugging_face_trainer_evaluates(hf_data, hf_network, hf_run, done):
    """The evaluation uses the weight of the current step."""
    trainer = hf_run(hf_network, steps=1)
    trainer.state.global_step = done
    metrics = trainer.evaluate(trainer.train_dataset)
    image, depth, mask = hf_data
    pred = FullSize(hf_network).eval()(image)
    [weight] = warmup(done, done + 1)
    gradient_loss = MODELS.build(dict(TERM, loss_weight=weight))
    expected = my_loss(pred, depth) + gradient_loss(pred, depth, mask)
    assert metrics['eval_loss'] == pytest.approx(expected.item(), rel=1e-6)


@pytest.mark.parametrize('first_step', [0, WARMUP_ENDS[0]])
def test_accelerate(data, network, used_weights, first_step):
    accelerate = pytest.importorskip('accelerate')
    model = copy.deepcopy(network)
    names = run(
        SNIPPETS['Accelerate'], accelerator=accelerate.Accelerator(
            gradient_accumulation_steps=2, cpu=True),
        model=model, loader=loader(repeat(data, 4), batch_size=1),
        optimizer=torch.optim.SGD(model.parameters(), **SGD),
        my_loss=my_loss, first_step=first_step)
    weights = warmup(first_step, first_step + 4)
    assert used_weights == accumulated(weights)
    assert names['step'] == first_step + 4
    assert model.training
    assert_trained(model, network, data, weights)


def test_relative_depth(data):
    """The loss ignores only scale and shift of inverse depth."""
    _, depth, mask = data
    loss = run(SNIPPETS['Relative depth'])['gradient_loss']
    assert loss(5 / depth + 3, depth, mask) < 1e-9
    assert loss(depth, depth, mask) > 0.1

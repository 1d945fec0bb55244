"""Two processes with half the batch each equal one with the whole batch.

One pair of processes computes everything, because starting them takes longer
than all losses together; the tests check the saved results.
"""
from datetime import timedelta
from unittest.mock import patch

import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from gradient_cases import depth_pair, relative, value_and_gradient
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from mmdepth_gradloss.functional.presets import PRESETS
from mmdepth_gradloss.losses import MultiScaleGradientLoss

# share of valid pixels in each process's half
DENSITIES = {
    'equal': (0.8, 0.8),
    'unequal': (1.0, 0.01),
    'one_empty': (0.6, 0.0),
    'both_empty': (0.0, 0.0),
}
COMPILES = hasattr(torch.library, 'custom_op')
every_case = pytest.mark.parametrize('case', DENSITIES)
every_preset = pytest.mark.parametrize('name', PRESETS)


def halves(case):
    """(pred, target) of the two halves of the batch."""
    return [depth_pair((2, 1, 40, 56), density, seed)[:2]
            for seed, density in enumerate(DENSITIES[case])]


def whole(case):
    return [torch.cat(maps) for maps in zip(*halves(case))]


def small_model():
    """Model with the same parameters in each process."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return nn.Sequential(
            nn.Conv2d(1, 4, 3, padding=1), nn.Tanh(), nn.Conv2d(4, 1, 1),
            nn.Softplus())


def model_gradients(model, loss, inputs, target):
    model.zero_grad()
    loss(model(inputs), target).backward()
    return torch.cat([p.grad.flatten() for p in model.parameters()])


def evaluate_alone():
    with torch.no_grad():
        pred, target = halves('equal')[0]
        MultiScaleGradientLoss()(pred.requires_grad_(), target)


def work(rank, folder):
    """Save what one process computes for every preset and case."""
    torch.set_num_threads(1)
    dist.init_process_group(
        'gloo', init_method=f'file://{folder}/init', rank=rank, world_size=2,
        timeout=timedelta(seconds=120))
    if rank == 0:  # the other process must not be needed
        evaluate_alone()
    model = DistributedDataParallel(small_model())
    results = {}
    for name in PRESETS:
        for case in DENSITIES:
            pred, target = halves(case)[rank]
            loss = MultiScaleGradientLoss(preset=name)
            with patch.object(
                    dist, 'all_reduce', wraps=dist.all_reduce) as all_reduce:
                value, grad = value_and_gradient(loss, pred, target)
            results[name, case] = dict(
                value=value, grad=grad, collectives=all_reduce.call_count,
                ddp=model_gradients(model, loss, pred, target))
    if COMPILES:
        compiled = torch.compile(
            MultiScaleGradientLoss(), fullgraph=True, backend='aot_eager')
        results['compiled'] = value_and_gradient(
            compiled, *halves('unequal')[rank])
    torch.save(results, f'{folder}/{rank}')
    # closing connections while the other process still works may hang
    dist.barrier()
    # a model that frees the group holds Python's lock, which a thread of the
    # group may wait for
    del model
    dist.destroy_process_group()


@pytest.fixture(scope='module')
def ranks(tmp_path_factory):
    """Results of both processes."""
    folder = tmp_path_factory.mktemp('distributed')
    mp.spawn(work, (str(folder), ), nprocs=2)
    return [torch.load(folder / str(rank)) for rank in range(2)]


@every_case
@every_preset
def test_mean_over_processes_is_the_loss_of_the_whole_batch(
        ranks, name, case):
    value, grad = value_and_gradient(
        MultiScaleGradientLoss(preset=name), *whole(case))
    parts = [results[name, case] for results in ranks]
    assert sum(part['value'] for part in parts).item() / 2 == pytest.approx(
        value.item(), rel=1e-6)
    # each process has the gradient of its own half of the predictions
    torch.testing.assert_close(
        torch.cat([part['grad'] for part in parts]) / 2, grad, rtol=0,
        atol=1e-6 * grad.abs().max().item())
    assert grad.any() == (case != 'both_empty')


@every_case
@every_preset
def test_distributed_data_parallel_is_one_process(ranks, name, case):
    first, second = (results[name, case]['ddp'] for results in ranks)
    assert torch.equal(first, second)
    expected = model_gradients(
        small_model(), MultiScaleGradientLoss(preset=name), *whole(case))
    if case == 'both_empty':
        assert not first.any() and not expected.any()
    else:
        assert relative(first, expected) < 1e-5


@pytest.mark.skipif(not COMPILES, reason='no custom operators')
def test_compiled_loss_shares_the_batch_too(ranks):
    for results in ranks:
        value, grad = results['compiled']
        expected = results['packnet_san', 'unequal']
        assert value.item() == pytest.approx(expected['value'].item())
        assert relative(grad, expected['grad']) < 1e-6


@every_preset
def test_one_small_collective_and_none_for_images_on_their_own(ranks, name):
    expected = int(PRESETS[name].batch_reduction == 'batch')
    for results in ranks:
        assert results[name, 'equal']['collectives'] == expected


@every_preset
def test_one_process_makes_no_collective(name):
    with patch.object(dist, 'all_reduce', side_effect=AssertionError):
        MultiScaleGradientLoss(preset=name)(*whole('equal'))


def test_averages_of_ranks_alone_would_differ():
    """The halves differ enough for the tests to detect errors."""
    loss = MultiScaleGradientLoss()
    alone = [loss(*half).item() for half in halves('unequal')]
    assert sum(alone) / 2 != pytest.approx(
        loss(*whole('unequal')).item(), rel=0.05)

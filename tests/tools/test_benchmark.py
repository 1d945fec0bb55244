"""tools/benchmark.py: what it compares with, and what it counts."""
import json

import benchmark
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from benchmarks import loss, measure, peer_losses, random_maps
from tool_runs import run

from mmdepth_gradloss.losses import MultiScaleGradientLoss

CPU = torch.device('cpu')


def maps_float64(n=2, height=33, width=47, density=0.6):
    pred, target, mask = random_maps.random_depth_maps(
        (n, height, width), density, CPU)
    return pred.double(), target.double(), mask


# Peer losses match published code


@pytest.mark.parametrize('name, peer', [
    ('packnet_san_gradient', 'PackNet/ResNet-SAN'), ('midas', 'MiDaS'),
    ('g2_monodepth', 'G2-MonoDepth'), ('megadepth', 'MegaDepth (DINOv2)')])
def test_literal_peer_equals_its_published_code(gradient_references, name,
                                                peer):
    values = {key.removeprefix('half/'): torch.from_numpy(np.array(value))
              for key, value in gradient_references.items()}
    pred = values['pred'].requires_grad_()
    maps = pred, values['target']
    peer = peer_losses.PEERS[peer]
    if peer.takes_inverse:
        maps = 1 / maps[0], 1 / maps[1]
    value = peer.loss(*maps, values['mask'])
    value.backward()
    for actual, key in ((value, 'loss'), (pred.grad, 'grad')):
        expected = values[f'{name}/{key}']
        assert actual.dtype == torch.float64
        assert (actual - expected).abs().max() < 1e-9 * expected.abs().max()


def test_kornia_loss_from_its_definition():
    pytest.importorskip('kornia')
    maps = maps_float64(n=1, height=32, width=48, density=0.8)
    value = peer_losses.kornia_sobel(*maps)
    pred, target, mask = (x[0, 0].numpy() for x in maps)
    residual, total = mask * (pred - target), 0.0
    for _ in range(4):
        p = np.pad(residual, 1, mode='edge')
        smooth_y = p[:-2] + 2 * p[1:-1] + p[2:]
        smooth_x = p[:, :-2] + 2 * p[:, 1:-1] + p[:, 2:]
        dx = (smooth_y[:, 2:] - smooth_y[:, :-2]) / 8
        dy = (smooth_x[2:] - smooth_x[:-2]) / 8
        total += (np.abs(dx) + np.abs(dy))[mask].sum() / mask.sum()
        residual = residual.reshape(residual.shape[0] // 2, 2, -1, 2).mean(
            (1, 3))
        mask = mask[::2, ::2]
    assert value.item() == pytest.approx(total / 4, rel=1e-9)


def test_silog_from_its_formula():
    pred, target, mask = maps_float64()
    d = np.log(target.numpy()[mask] + 1e-4) - np.log(pred.numpy()[mask] + 1e-4)
    assert peer_losses.silog(pred, target, mask).item() == pytest.approx(
        (d.var() + 0.5 * d.mean()**2)**0.5, rel=1e-9)


# Measurements


def test_every_candidate_runs_once_a_round_and_takes_turns_to_be_first():
    calls = []
    runs = {name: (lambda name=name: calls.append(name)) for name in 'abc'}
    times = measure.interleaved_times(
        runs, rounds=4, device=CPU, reset=lambda: calls.append('-'), warmup=1)
    rounds = ''.join(calls).replace('-', '')
    rounds = [rounds[i:i + 3] for i in range(0, len(rounds), 3)]
    assert rounds == ['cab', 'abc', 'bca', 'cab', 'abc']
    assert calls[::2] == ['-'] * 15
    assert all(len(times[name]) == 4 for name in 'abc')


@pytest.mark.parametrize('forward,num_saved', [
    (lambda x: x.exp().sum(), 1),
    (lambda x: (x * x).sum(), 0),
    (lambda x: (x[1:] * x[:-1]).sum(), 0),
    (lambda x: (lambda y: (y * y[:1] * y.view(-1)[0]).sum())(x + 1), 2),
    (lambda x: (x.exp() + x.tanh()).sum(), 2),
])
def test_saved_bytes_counts_each_storage_once(forward, num_saved):
    x = torch.rand(10, 100, requires_grad=True)
    saved = measure.saved_bytes(lambda: forward(x), [x])
    assert saved == num_saved * 4000


def test_peak_memory_from_the_allocations():
    x = torch.rand(1000)

    def run():
        y = x + 1  # 1
        y = y.repeat(3)  # 1 + 3
        y = y[:1000] + 1  # 3 + 1
        return y.repeat(2)  # 1 + 2

    peak = measure.footprint(run, CPU).peak_bytes
    assert 16000 <= peak < 16100  # plus the two results


@pytest.mark.parametrize('run,kernels,size', [
    (lambda x, m: x + 1, 1, 2 * 256), (lambda x, m: x.add_(1), 1, 2 * 256),
    (lambda x, m: x + x[:1].expand(8, -1), 1, 256 + 32 + 256),
    (lambda x, m: torch.where(m, x, x), 1, 2 * 256 + 64 + 256),
    (lambda x, m: x.mean(), 1, 256 + 4),
    (lambda x, m: torch.zeros_like(x), 1, 256),
    (lambda x, m: F.conv2d(x[None, None], x[None, None, :3, :3]).abs(), 2,
     256 + 36 + 144 + 2 * 144),
    (lambda x, m: torch.empty_like(x), 0, 0),
    (lambda x, m: x.t()[2:].expand(2, -1, -1).view(2, 6, 8)[..., None], 0, 0),
])
def test_operators_that_compute_and_bytes_that_they_move(run, kernels, size):
    x = torch.rand(8, 8)
    mask = x > 0.5
    traffic = measure.count_traffic(lambda: run(x, mask))
    assert (traffic.launches, traffic.bytes) == (kernels, size)
    assert measure.count_traffic(lambda: x[mask]).launches == 1


def test_operators_of_the_backward_pass_count():
    x = torch.rand(8, requires_grad=True)
    # sum, sin; ones_like, cos, mul
    traffic = measure.count_traffic(lambda: x.sin().sum().backward())
    assert traffic.launches == 5


@pytest.mark.parametrize('preset,launches,size', [
    ('packnet_san', 20, 70), ('valid_mean', 27, 80), ('depth_pro', 35, 80)])
def test_triton_kernels_are_few(preset, launches, size):
    pytest.importorskip('triton')
    maps = random_maps.random_depth_maps((1, 96, 128), 0.9, CPU)
    loss_module = MultiScaleGradientLoss(preset=preset, backend='triton')
    candidate = loss.Candidate(loss_module, maps[0].requires_grad_(),
                               *maps[1:])
    traffic = measure.count_traffic(candidate.run)
    assert traffic.launches <= launches
    assert traffic.bytes < size * maps[0].numel()


@pytest.mark.parametrize('run,syncs', [
    (lambda x, m: x[m], 1), (lambda x, m: x.sum().item(), 1),
    (lambda x, m: 1 if x.sum() == 0 else 2, 1),
    (lambda x, m: torch.where(m, x, 0).sum(), 0),
])
def test_host_syncs(run, syncs):
    x = torch.rand(8, 8)
    assert measure.footprint(lambda: run(x, x > 0.5), CPU).host_syncs == syncs


def test_our_loss_keeps_one_gradient_and_never_waits():
    maps = random_maps.random_depth_maps((1, 64, 96), 0.9, CPU)
    candidates = loss.make_candidates(['packnet_san'], *maps)
    ours = candidates['ours: packnet_san']
    # plus the weight of the loss
    assert measure.saved_bytes(ours.forward, ours[1:4]) == 4 * 64 * 96 + 4
    assert measure.footprint(ours.run, CPU, ours.reset).host_syncs == 0
    theirs = candidates['MiDaS']  # four levels, each with a branch on a tensor
    assert measure.footprint(theirs.run, CPU, theirs.reset).host_syncs == 4


@pytest.mark.parametrize('density', [0.05, 0.9, 1.0])
def test_random_maps_have_the_density(density):
    pred, target, mask = random_maps.random_depth_maps((2, 20, 30), density,
                                                       CPU)
    assert mask.sum() == round(density * 1200)
    assert torch.equal(target > 0, mask) and (pred > 0).all()


# The command


def test_loss_command_as_a_user_runs_it(tmp_path):
    path = tmp_path / 'new' / 'loss.json'
    output = run('benchmark.py', 'loss', '--size', '1', '24', '40',
                 '--density', '0.5', '--rounds', '2', '--presets',
                 'packnet_san', 'valid_mean', '--json', str(path))
    assert f'torch {torch.__version__} | threads 1' in output
    assert 'size 1x1x24x40 float32 | valid 50 %' in output
    rows = {row.pop('loss'): row
            for row in json.loads(path.read_text())['rows']}
    assert {
        'ours: packnet_san', 'ours: packnet_san, fused=False',
        'ours: valid_mean', 'PackNet/ResNet-SAN', 'MiDaS'} <= set(rows)
    assert 'ours: midas' not in rows
    floor = rows.pop('floor, at the speed of a copy')
    assert floor['ms'] < rows['MiDaS']['ms']
    for name, row in rows.items():
        assert name in output
        # at least both maps, the mask and the gradient
        assert row['launches'] > 10 and row['moved_bytes_per_pixel'] > 13
        if name.endswith('triton'):  # not run without a GPU
            continue
        seconds = row['seconds']
        assert row['ms'] == pytest.approx(1e3 * sum(seconds) / 2)
        assert row['times_midas'] == pytest.approx(
            row['ms'] / rows['MiDaS']['ms'])
        # at least the gradient
        assert row['peak_bytes_per_pixel'] > 4


def test_missing_kornia_is_said(monkeypatch, capsys):
    monkeypatch.setattr(loss.importlib.util, 'find_spec', lambda name: None)
    maps = random_maps.random_depth_maps((1, 16, 16), 0.9, CPU)
    assert 'kornia' not in loss.make_candidates(['midas'], *maps)
    assert 'pip install kornia' in capsys.readouterr().out


def test_step_command(tmp_path, capsys):
    path = tmp_path / 'step.json'
    benchmark.main(['step', '--models', 'default', '--rounds', '1', '--json',
                    str(path)])
    assert 'term alone ms' in capsys.readouterr().out
    row, = json.loads(path.read_text())['rows']
    assert row['input'] == '8x3x128x192'
    assert row['added_ms'] == pytest.approx(row['with_ms'] - row['without_ms'])
    assert row['term_percent'] == pytest.approx(
        100 * row['term_ms'] / row['without_ms'])
    assert 0 < row['term_ms'] < row['with_ms']


# Mistakes


@pytest.mark.parametrize('argv,message', [
    (['loss', '--presets', 'packnet'], "'packnet' (choose from"),
    (['loss', '--density', '0'], 'must be in (0, 1], got 0'),
    (['loss', '--size', '0', '4', '4'], 'must be at least 1, got 0'),
    (['loss', '--device', 'tpu'], "unknown device 'tpu'; known: cpu, cuda"),
    (['step', '--rounds', '0'], 'must be at least 1, got 0'),
])
def test_wrong_argument_is_named(argv, message, capsys):
    with pytest.raises(SystemExit) as error:
        benchmark.main(argv)
    assert error.value.code == 2
    assert message in capsys.readouterr().err


@pytest.mark.skipif(torch.cuda.is_available(), reason='a GPU is there')
@pytest.mark.parametrize('command', ['loss', 'step'])
def test_absent_gpu_is_said(command, capsys):
    with pytest.raises(SystemExit):
        benchmark.main([command, '--device', 'cuda'])
    assert 'finds no CUDA device' in capsys.readouterr().err


@pytest.mark.parametrize('command', benchmark.COMMANDS)
def test_help_explains_the_columns(command, capsys):
    with pytest.raises(SystemExit):
        benchmark.main([command, '--help'])
    assert f'python tools/benchmark.py {command}' in capsys.readouterr().out

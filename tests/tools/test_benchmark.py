"""tools/benchmark.py: what it compares with, and what it counts."""
from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import benchmark
import cv2
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from benchmarks import (coverage, direction, loss, measure, peer_losses,
                        random_maps)

from mmdepth_gradloss.functional import GradientFormula
from mmdepth_gradloss.functional.presets import PRESETS
from mmdepth_gradloss.losses import MultiScaleGradientLoss

ROOT = Path(__file__).resolve().parents[2]
CPU = torch.device('cpu')
REFERENCES = {
    'packnet_san_gradient': peer_losses.Peer(peer_losses.packnet_san, True),
    'g2_monodepth': peer_losses.Peer(peer_losses.g2_monodepth),
    'midas': peer_losses.Peer(peer_losses.midas),
    'megadepth': peer_losses.Peer(peer_losses.megadepth),
}
PRESET_OF = {'packnet_san_gradient': 'packnet_san'}


def value_and_grad(peer, pred, target, mask):
    """Of a peer, with respect to depth."""
    pred = pred.clone().requires_grad_()
    maps = (1 / pred, 1 / target) if peer.takes_inverse else (pred, target)
    value = peer.loss(*maps, mask)
    value.backward()
    return value.detach(), pred.grad


def relative_error(actual, expected):
    return (actual - expected).abs().max() / expected.abs().max()


def maps_float64(n=2, height=33, width=47, density=0.6):
    pred, target, mask = random_maps.random_depth_maps(
        (n, height, width), density, CPU)
    return pred.double(), target.double(), mask


# The peers, as literal as they claim to be


@pytest.mark.parametrize('name', REFERENCES)
def test_literal_peer_equals_its_published_code(gradient_references, name):
    values = gradient_references
    pred, target, mask = (
        torch.from_numpy(values[f'half/{key}'])
        for key in ('pred', 'target', 'mask'))
    value, grad = value_and_grad(REFERENCES[name], pred, target, mask)
    assert value.dtype == torch.float64
    expected = f'half/{name}'
    assert relative_error(
        value, torch.tensor(values[f'{expected}/loss'])) < 1e-9
    assert relative_error(grad, torch.tensor(
        values[f'{expected}/grad'])) < 1e-9


@pytest.mark.parametrize('name', REFERENCES)
def test_literal_peer_equals_our_preset(name):
    pred, target, mask = maps_float64()
    value, grad = value_and_grad(REFERENCES[name], pred, target, mask)
    ours = peer_losses.Peer(
        MultiScaleGradientLoss(preset=PRESET_OF.get(name, name)))
    expected_value, expected_grad = value_and_grad(ours, pred, target, mask)
    assert relative_error(value, expected_value) < 1e-9
    assert relative_error(grad, expected_grad) < 1e-9


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


# What is measured


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
    assert 16000 <= peak < 16100  # and the two numbers


@pytest.mark.parametrize('run,kernels', [
    (lambda x, m: x[1:] + x[:-1], 1),
    (lambda x, m: x.view(-1).expand(2, -1).transpose(0, 1)[..., None], 0),
    (lambda x, m: torch.empty_like(x), 0),
    (lambda x, m: torch.zeros_like(x), 1),
    (lambda x, m: x.mean(), 1),
    (lambda x, m: F.conv2d(x[None, None], x[None, None, :3, :3]).abs(), 2),
    (lambda x, m: x[m], 1),
])
def test_operators_that_compute(run, kernels):
    x = torch.rand(8, 8)
    mask = x > 0.5
    assert measure.count_traffic(lambda: run(x, mask)).launches == kernels


def test_operators_of_the_backward_pass_count():
    x = torch.rand(8, requires_grad=True)
    # sum, sin; ones_like, cos, mul
    traffic = measure.count_traffic(lambda: x.sin().sum().backward())
    assert traffic.launches == 5


@pytest.mark.parametrize('run,size', [
    (lambda x, m: x + 1, 2 * 256),
    (lambda x, m: x.add_(1), 2 * 256),
    (lambda x, m: x + x[:1].expand(8, -1), 256 + 32 + 256),
    (lambda x, m: torch.zeros_like(x), 256),
    (lambda x, m: torch.where(m, x, x), 2 * 256 + 64 + 256),
    (lambda x, m: x.t()[2:], 0),
])
def test_bytes_that_operators_move(run, size):
    x = torch.rand(8, 8)
    mask = x > 0.5
    assert measure.count_traffic(lambda: run(x, mask)).bytes == size


@pytest.mark.parametrize('preset,launches,size', [
    ('packnet_san', 20, 70), ('valid_mean', 24, 80), ('depth_pro', 35, 80)])
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
    (lambda x, m: x[m], 1),
    (lambda x, m: x.sum().item(), 1),
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
    # and the weight of the loss
    assert measure.saved_bytes(ours.forward, ours[1:4]) == 4 * 64 * 96 + 4
    assert measure.footprint(ours.run, CPU, ours.reset).host_syncs == 0
    theirs = candidates['MiDaS']  # four levels, one branch on a tensor each
    assert measure.footprint(theirs.run, CPU, theirs.reset).host_syncs == 4


@pytest.mark.parametrize('density', [0.05, 0.9, 1.0])
def test_random_maps_have_the_density(density):
    pred, target, mask = random_maps.random_depth_maps((2, 20, 30), density,
                                                       CPU)
    assert mask.sum() == round(density * 1200)
    assert torch.equal(target > 0, mask) and (pred > 0).all()


# The command


def read_rows(path):
    rows = json.loads(path.read_text())['rows']
    return {row.pop('loss'): row for row in rows}


def test_loss_command_as_a_user_runs_it(tmp_path):
    path = tmp_path / 'new' / 'loss.json'
    result = subprocess.run(
        [
            sys.executable, 'tools/benchmark.py', 'loss', '--size', '1', '24',
            '40', '--density', '0.5', '--rounds', '2', '--presets',
            'packnet_san', 'valid_mean', '--json',
            str(path)
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        env=dict(os.environ, OMP_NUM_THREADS='1'))
    assert result.returncode == 0, result.stderr
    assert f'torch {torch.__version__} | threads 1' in result.stdout
    assert 'size 1x1x24x40 float32 | valid 50 %' in result.stdout
    rows = read_rows(path)
    assert {
        'ours: packnet_san', 'ours: packnet_san, fused=False',
        'ours: valid_mean', 'PackNet/ResNet-SAN', 'MiDaS'
    } <= set(rows)
    assert 'ours: midas' not in rows
    floor = rows.pop('floor, at the speed of a copy')
    assert floor['ms'] < rows['MiDaS']['ms']
    for name, row in rows.items():
        assert name in result.stdout
        # at least the floor: both maps, the mask and the gradient
        assert row['launches'] > 10 and row['moved_bytes_per_pixel'] > 13
        if name.endswith('triton'):  # not run without a GPU
            continue
        seconds = row['seconds']
        assert row['ms'] == pytest.approx(1e3 * sum(seconds) / 2)
        assert row['times_midas'] == pytest.approx(row['ms'] /
                                                   rows['MiDaS']['ms'])
        # at least the gradient itself
        assert row['peak_bytes_per_pixel'] > 4


def test_missing_kornia_is_said(monkeypatch, capsys):
    monkeypatch.setattr(loss.importlib.util, 'find_spec', lambda name: None)
    maps = random_maps.random_depth_maps((1, 16, 16), 0.9, CPU)
    assert 'kornia' not in loss.make_candidates(['midas'], *maps)
    assert 'pip install kornia' in capsys.readouterr().out


def test_step_command(tmp_path, capsys):
    path = tmp_path / 'step.json'
    benchmark.main([
        'step', '--models', 'default', '--rounds', '1', '--json',
        str(path)
    ])
    assert 'term alone ms' in capsys.readouterr().out
    row, = json.loads(path.read_text())['rows']
    assert row['input'] == '8x3x128x192'
    assert row['added_ms'] == pytest.approx(row['with_ms'] - row['without_ms'])
    assert row['term_percent'] == pytest.approx(100 * row['term_ms'] /
                                                row['without_ms'])
    assert 0 < row['term_ms'] < row['with_ms']


@pytest.fixture
def scans(tmp_path):
    """Two sparse depth maps and an image among them."""
    rng = np.random.default_rng(0)
    depth = rng.uniform(4, 6, (60, 80)) * (rng.random((60, 80)) < 0.05)
    (tmp_path / 'drive' / 'depth').mkdir(parents=True)
    np.savez(tmp_path / 'drive' / 'depth' / '0.npz', velodyne_depth=depth)
    cv2.imwrite(
        str(tmp_path / 'drive' / '1.png'), (256 * depth).astype(np.uint16))
    cv2.imwrite(str(tmp_path / 'drive' / 'image.png'), np.ones((60, 80, 3)))
    cv2.imwrite(str(tmp_path / 'drive' / 'grey.png'), np.ones((60, 80)))
    return tmp_path


def test_coverage_command(scans, capsys):
    path = scans / 'coverage.json'
    benchmark.main(['coverage', str(scans), '--json', str(path)])
    assert 'depth maps 2 | valid 5.' in capsys.readouterr().out
    rows = read_rows(path)
    assert len(rows) == len(PRESETS) + 1
    for row in rows.values():
        assert 0 < row['reached'] <= 1 and row['gradient_norm'] > 0
    # the fill of 1e6 m takes digits that the residual keeps
    assert rows['PackNet/ResNet-SAN']['cosine'] < 0.99
    assert rows['ours: packnet_san']['cosine'] > 0.9999


def test_coverage_finds_sparse_lidar_in_the_layout_of_packnet(kitti_fake_root):
    paths = coverage.find_depth_maps(kitti_fake_root)
    # two cameras, three frames with depth
    assert [path.suffix for path in paths].count('.npz') == 6
    assert [path.suffix for path in paths].count('.png') == 6
    for path in paths:
        target = coverage.load_depth_map(path, 256.0, None)
        assert 0.05 < (target > 0).mean() < 0.35
        assert 1 < target.max() < 100


def test_depth_scale_is_of_png_files_alone(scans):
    paths = coverage.find_depth_maps(scans)
    png, npz = (coverage.load_depth_map(path, 512.0, None) for path in paths)
    assert 1.9 < png[png > 0].min() and png.max() < 3.1
    assert 3.9 < npz[npz > 0].min() and npz.max() < 6.1


def test_filled_with_the_nearest_measurement():
    rng = np.random.default_rng(0)
    target = rng.uniform(1, 9, (13, 17)) * (rng.random((13, 17)) < 0.1)
    target = target.astype(np.float32)
    filled = coverage.fill_with_nearest(target)
    known = np.argwhere(target > 0)
    for at in np.ndindex(*target.shape):
        distances = np.hypot(*(known - at).T)
        # the distance of the mask is off by up to 2 %
        near = known[distances <= 1.05 * distances.min()]
        assert filled[at] in [target[tuple(pixel)] for pixel in near]


def test_prediction_is_dense_near_the_ground_truth_and_repeatable():
    target = np.zeros((64, 96), np.float32)
    target[::8, ::8] = 10.0
    pred = coverage.make_prediction(target, seed=3)
    assert pred.dtype == np.float32 and pred.shape == target.shape
    error = pred / 10 - 1
    assert 0.01 < error.std() < 0.08 and np.abs(error).max() <= 0.151
    assert np.abs(np.diff(pred)).max() < 0.2
    assert np.array_equal(pred, coverage.make_prediction(target, seed=3))
    assert not np.array_equal(pred, coverage.make_prediction(target, seed=4))


def test_gradient_in_numbers_of_one_pair():
    # One pair of pixels, 3 and 2 m too far: f(p) = |(p1 - t1) - (p0 - t0)| / 2
    # over two valid pixels at level 0; the coarser levels have no pair.
    target = torch.zeros(1, 1, 4, 4)
    target[0, 0, 1, :2] = torch.tensor([1.0, 5.0])
    pred = torch.full_like(target, 7.0)
    pred[0, 0, 1, :2] = target[0, 0, 1, :2] + torch.tensor([3.0, 2.0])
    row = coverage.evaluate(MultiScaleGradientLoss(preset='midas'), pred,
                            target)
    assert row == {
        'value': pytest.approx(0.5),
        'gradient_norm': pytest.approx(0.5**0.5),
        'reached': 1.0,
        'cosine': pytest.approx(1.0)
    }


# Mistakes


@pytest.mark.parametrize('argv,message', [
    (['loss', '--presets', 'packnet'], "'packnet' (choose from"),
    (['loss', '--density', '0'], 'must be in (0, 1], got 0'),
    (['loss', '--size', '0', '4', '4'], 'must be at least 1, got 0'),
    (['loss', '--device', 'tpu'], "unknown device 'tpu'; known: cpu, cuda"),
    (['step', '--rounds', '0'], 'must be at least 1, got 0'),
    (['coverage'], 'DATA_ROOT'),
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


def test_missing_depth_maps_are_said(tmp_path):
    cv2.imwrite(str(tmp_path / 'image.png'), np.ones((6, 8, 3)))
    with pytest.raises(FileNotFoundError, match='no depth maps under.*16 bit'):
        benchmark.main(['coverage', str(tmp_path)])
    with pytest.raises(FileNotFoundError, match='no such folder: .*absent'):
        benchmark.main(['coverage', str(tmp_path / 'absent')])


def test_map_without_a_measurement_is_named(tmp_path):
    np.savez(tmp_path / 'empty.npz', depth=np.zeros((16, 16)))
    with pytest.raises(ValueError, match='no valid pixel in .*empty.npz'):
        benchmark.main(['coverage', str(tmp_path)])


@pytest.mark.parametrize('command', benchmark.COMMANDS)
def test_help_explains_the_columns(command, capsys):
    with pytest.raises(SystemExit):
        benchmark.main([command, '--help'])
    assert f'python tools/benchmark.py {command}' in capsys.readouterr().out


def test_direction_compares_presets_and_variants_of_valid_mean(tmp_path):
    path = tmp_path / 'direction.json'
    benchmark.main(
        ['direction', '--images', '2', '--masks', '1', '--json',
         str(path)])
    rows = {row['loss']: row for row in json.loads(path.read_text())['rows']}
    assert list(rows)[:len(PRESETS)] == list(PRESETS)
    assert len(rows) == len(PRESETS) + len(direction.VARIANTS)
    for kind in direction.MASKS:
        assert all(-1 <= row[kind] <= 1 for row in rows.values())
    # holes are edges to it
    assert rows['packnet_san']['lines'] < rows['valid_mean']['lines']
    # one pixel of a block says less than the mean of those that are known
    stride = rows['valid_mean, pyramid=stride']
    assert stride['random'] < rows['valid_mean']['random']


def test_direction_is_one_for_an_error_that_an_l2_penalty_takes_away():
    """A checkerboard of log depth is an eigenvector of step-1 differences."""
    rows, cols = torch.meshgrid(
        torch.arange(8), torch.arange(8), indexing='ij')
    wanted = 0.1 * (1 - 2 * ((rows + cols) % 2)).float()[None, None]
    # the middle, as the map's border has fewer neighbours
    middle = F.pad(torch.ones(1, 1, 4, 4), (2, ) * 4)
    formula = GradientFormula(
        scales=1,
        operator='forward',
        pyramid='stride',
        domain='log',
        mask_policy='support',
        penalty='l2')
    pred = torch.full((1, 1, 8, 8), 3.0)
    target = pred * wanted.exp()
    valid = torch.ones_like(pred, dtype=torch.bool)
    assert direction.cosine(formula, pred, target, valid,
                            wanted * middle) == pytest.approx(
                                1, abs=1e-5)


def test_pixels_near_edges():
    depth = torch.ones(1, 1, 20, 20)
    depth[..., 10:] = 2
    near = direction.near_edges(depth)[0, 0]
    columns = near.all(dim=0).nonzero().flatten().tolist()
    assert columns == list(range(5, 15))
    assert not near[:, :5].any() and not near[:, 15:].any()


@pytest.mark.parametrize('kind,density', [('random', 0.05),
                                          ('lines', 0.6 / 8), ('dense', 1)])
def test_direction_draws_masks_of_the_stated_density(kind, density):
    depth = torch.ones(4, 1, 128, 192)
    mask = direction.draw_mask(kind, depth, seed=0)
    assert mask.float().mean().item() == pytest.approx(density, rel=0.05)
    if kind == 'lines':
        rows = mask[0, 0].any(dim=1).nonzero().flatten()
        assert (rows.diff() == 8).all()

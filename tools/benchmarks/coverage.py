"""What each gradient loss sees of sparse ground truth.

    python tools/benchmark.py coverage DATA_ROOT

Finds the depth maps under DATA_ROOT: .npz and .npy files in metres, and PNG
files of 16 bit grey that hold metres times --depth-scale. Other PNG files,
such as the images, are passed over. KITTI's depth prediction set and
PackNet-SfM's layout of KITTI raw are of this kind.

A loss needs a prediction, and it must not take a network to see what a loss
does with a mask. So it is made from the ground truth: each pixel takes the
depth of the nearest valid one, a Gaussian blur of 2 pixels takes the edges of
these cells, and smooth noise of 5 % (a normal grid, one value in 32 pixels,
interpolated; the same in every run) makes it wrong the way a network is. The
columns, means over the images:

loss             value in float32
gradient         L2 norm of the loss's gradient
reached          share of the valid pixels whose gradient is not 0
cosine           between the gradient in float32 and in float64: 1 if
                 float32 loses nothing

The last row is the original of packnet_san, which fills invalid inverse
depth with 1e-6 instead of leaving it out.
"""
from __future__ import annotations

import argparse
import math
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor

from mmdepth_gradloss.datasets.transforms import LoadDepthMap
from mmdepth_gradloss.functional.presets import PRESETS
from mmdepth_gradloss.losses import MultiScaleGradientLoss

from .peer_losses import Loss, packnet_san
from .report import Column, Row, positive, report

BLUR = 2.0  # pixels
NOISE = 0.05
NOISE_CELL = 32  # pixels

COLUMNS = [
    Column('loss', 'loss'),
    Column('value', 'value', '.4g'),
    Column('gradient_norm', 'gradient', '.4g'),
    Column('reached', 'reached', '.1%'),
    Column('cosine', 'cosine', '.6f'),
]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument('data_root', type=Path, metavar='DATA_ROOT')
    parser.add_argument(
        '--depth-scale',
        type=float,
        default=256.0,
        help='stored value of one metre in PNG files: 256 in those of '
        'KITTI, 1000 for millimetres (default: %(default)g)')
    parser.add_argument(
        '--npz-key',
        metavar='KEY',
        help='array of the npz files; not needed where there is but one')
    parser.add_argument(
        '--max-images',
        type=positive,
        metavar='N',
        help='take only the first N')


def run(args: argparse.Namespace) -> None:
    """Evaluate all losses on all depth maps and report."""
    paths = find_depth_maps(args.data_root)[:args.max_images]
    rows: dict[str, list[Row]] = {name: [] for name in make_losses()}
    densities = []
    for number, path in enumerate(paths):
        target = load_depth_map(path, args.depth_scale, args.npz_key)
        densities.append((target > 0).mean())
        if densities[-1] == 0:
            raise ValueError(f'no valid pixel in depth map {path}')
        pred = make_prediction(target, seed=number)
        maps = tuple(
            torch.from_numpy(x)[None, None].to(args.device)
            for x in (pred, target))
        for name, loss in make_losses().items():
            rows[name].append(evaluate(loss, *maps))
    settings = {
        'data': str(args.data_root),
        'depth maps': len(paths),
        'valid': f'{100 * np.mean(densities):.2f} %'
    }
    report(args, settings, COLUMNS,
           [dict(loss=name, **_mean(rows[name])) for name in rows])


def find_depth_maps(data_root: Path) -> list[Path]:
    """All depth maps under a folder, sorted.

    Raises:
        FileNotFoundError: If there is no such folder, or nothing in it.
    """
    if not data_root.is_dir():
        raise FileNotFoundError(f'no such folder: {data_root}')
    paths = sorted(
        path for path in data_root.rglob('*') if _is_depth_map(path))
    if not paths:
        raise FileNotFoundError(
            f'no depth maps under {data_root}: expected .npz or .npy files '
            'in metres, or PNG files of 16 bit grey')
    return paths


def _is_depth_map(path: Path) -> bool:
    suffix = path.suffix.lower()
    return suffix in ('.npz', '.npy') or (suffix == '.png'
                                          and _is_16_bit_grey(path))


def _is_16_bit_grey(path: Path) -> bool:
    """Whether a PNG file's header says so, without decoding the file."""
    with path.open('rb') as file:
        header = file.read(26)
    return header[24:26] == bytes([16, 0])


def load_depth_map(path: Path, depth_scale: float,
                   npz_key: str | None) -> np.ndarray:
    """Read a depth map.

    Args:
        path (Path): .png, .npz or .npy.
        depth_scale (float): Stored value of one metre in a PNG file.
        npz_key (str, optional): Which array of an npz file.

    Returns:
        np.ndarray: (H, W) float32 metres, 0 where nothing was measured.
    """
    is_png = path.suffix.lower() == '.png'
    results = LoadDepthMap().transform(
        dict(
            depth_map_path=str(path),
            depth_scale=depth_scale if is_png else 1.0,
            npz_key=npz_key))
    return results['gt_depth_map']


def make_prediction(target: np.ndarray, seed: int) -> np.ndarray:
    """A dense and plausible prediction of sparse ground truth.

    Args:
        target (np.ndarray): (H, W) float32 metres, 0 where unknown, and
            known somewhere.
        seed (int): Of the noise.

    Returns:
        np.ndarray: (H, W) float32 metres, > 0.
    """
    smooth = cv2.GaussianBlur(fill_with_nearest(target), (0, 0), BLUR)
    height, width = target.shape
    grid = np.random.default_rng(seed).standard_normal(
        (math.ceil(height / NOISE_CELL), math.ceil(width / NOISE_CELL)))
    noise = cv2.resize(
        grid.clip(-3, 3).astype(np.float32), (width, height),
        interpolation=cv2.INTER_LINEAR)
    return smooth * (1 + np.float32(NOISE) * noise)


def fill_with_nearest(target: np.ndarray) -> np.ndarray:
    """Give each pixel the value of the nearest one that is not 0."""
    _, cells = cv2.distanceTransformWithLabels(
        (target == 0).astype(np.uint8),
        cv2.DIST_L2,
        cv2.DIST_MASK_5,
        labelType=cv2.DIST_LABEL_PIXEL)
    # cells are numbered from 1, each around one known pixel
    known = target > 0
    depth_of = np.zeros(cells.max() + 1, target.dtype)
    depth_of[cells[known]] = target[known]
    return depth_of[cells]


def make_losses() -> dict[str, Loss]:
    """Our presets, and the original of one, on depth."""
    losses: dict[str, Loss] = {
        f'ours: {preset}': MultiScaleGradientLoss(preset=preset)
        for preset in PRESETS
    }
    losses['PackNet/ResNet-SAN'] = _packnet_on_depth
    return losses


def _packnet_on_depth(pred: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    return packnet_san(1 / pred, 1 / target, mask)


def evaluate(loss: Loss, pred: Tensor, target: Tensor) -> Row:
    """What a loss makes of one image.

    Args:
        loss (Callable): (pred, target, mask) -> scalar.
        pred (Tensor): (1, 1, H, W) float32 metres.
        target (Tensor): Same shape; 0 where there is no ground truth.
    """
    valid = target > 0
    value, grad = _value_and_grad(loss, pred, target, valid)
    _, exact = _value_and_grad(loss, pred.double(), target.double(), valid)
    cosine = torch.cosine_similarity(
        grad.double().flatten(), exact.flatten(), dim=0, eps=0)
    return dict(
        value=value.item(),
        gradient_norm=grad.double().norm().item(),
        reached=(grad[valid] != 0).float().mean().item(),
        cosine=cosine.item())


def _value_and_grad(loss: Loss, pred: Tensor, target: Tensor,
                    valid: Tensor) -> tuple[Tensor, Tensor]:
    pred = pred.detach().requires_grad_()
    value = loss(pred, target, valid)
    grad, = torch.autograd.grad(value, pred)
    return value.detach(), grad


def _mean(rows: list[Row]) -> Row:
    """Mean of each number; NaN only where it is NaN for all images."""
    return {
        key: float(np.nanmean([row[key] for row in rows]))
        for key in rows[0]
    }

"""Train a tiny network without and with the gradient loss, in one minute.

    python docs/one_minute.py

A training loop in plain PyTorch. The network memorizes a few rendered rooms,
which shows the effect of the loss on edges. docs/results.md has the gains on
new images. Prints depth error and boundary F1 for the training rooms and for
new ones, and writes one_minute.png.
"""
from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
from matplotlib.image import imsave
from torch import Tensor, nn

from mmdepth_gradloss import MultiScaleGradientLoss
from mmdepth_gradloss.datasets import SyntheticDepthDataset
from mmdepth_gradloss.evaluation.depth_boundary import depth_pro_boundary
from mmdepth_gradloss.evaluation.depth_error import depth_error
from mmdepth_gradloss.models import ResidualEncoder, UNetDepthHead
from mmdepth_gradloss.visualization.colors import colorize
from mmdepth_gradloss.visualization.layout import Cell, ColorBar, draw_grid

SIZE = 64, 96
CHANNELS = 8, 16, 32, 64, 96
BATCH_SIZE = 8


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--iterations', type=int, default=400)
    parser.add_argument('--out', type=Path, default=Path('one_minute.png'))
    args = parser.parse_args()
    rooms, new_rooms = load_rooms(16, seed=0), load_rooms(32, seed=1)
    preds = {}
    for name, weight in (('without', 0.0), ('with', 20.0)):
        model = train(*rooms, weight, args.iterations).eval()
        with torch.no_grad():
            preds[name], new_pred = model(rooms[0]), model(new_rooms[0])
        print(f'{name:8} {score(preds[name], rooms[1])};'
              f' new rooms: {score(new_pred, new_rooms[1])}')
    draw(rooms[0], {**preds, 'ground truth': rooms[1]}, args.out)
    print(args.out)


def load_rooms(number: int, seed: int) -> tuple[Tensor, Tensor]:
    """Images from 0 to 1 and depths in metres, (N, C, H, W)."""
    rooms = SyntheticDepthDataset(number, SIZE, seed)
    items = [rooms[i] for i in range(number)]
    images = np.stack([item['img'] for item in items]).transpose(0, 3, 1, 2)
    depths = np.stack([item['gt_depth_map'] for item in items])
    return torch.from_numpy(images) / 255, torch.from_numpy(depths)[:, None]


def train(images: Tensor, depths: Tensor, weight: float,
          iterations: int) -> nn.Module:
    torch.manual_seed(0)
    model = nn.Sequential(
        ResidualEncoder(channels=CHANNELS, blocks=(1, 1, 1, 1)),
        UNetDepthHead(CHANNELS, loss=[], max_depth=10.0))
    gradient_loss = MultiScaleGradientLoss(weight, preset='valid_mean')
    optimizer = torch.optim.AdamW(model.parameters(), lr=4e-3)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=4e-3, total_steps=iterations)
    for _ in range(iterations):
        batch = torch.randint(len(images), (BATCH_SIZE, ))
        image, depth = images[batch], depths[batch]
        pred = model(image)
        loss = (pred.log() - depth.log()).abs().mean()
        loss = loss + gradient_loss(pred, depth)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        scheduler.step()
    return model


def score(pred: Tensor, target: Tensor) -> str:
    rmse = depth_error(pred, target)['rmse'].mean()
    f1 = depth_pro_boundary(pred, target)['boundary_f1'].nanmean()
    return f'RMSE {rmse:.3f} m, boundary F1 {f1:.3f}'


def draw(images: Tensor, depths: dict[str, Tensor], path: Path) -> None:
    rows = []
    for i in range(3):
        image = (255 * images[i].flip(0)).byte().permute(1, 2, 0).numpy()
        maps = {name: x[i, 0].numpy() for name, x in depths.items()}
        far = float(maps['ground truth'].max())
        bar = ColorBar('turbo_r', '0 m', f'{far:.1f} m')
        rows.append([Cell('image', image)] + [
            Cell(name, colorize(x, x > 0, 0, far, bar.colormap), bar)
            for name, x in maps.items()])
    imsave(path, draw_grid(rows, 'Rooms of the training'))


if __name__ == '__main__':
    main()

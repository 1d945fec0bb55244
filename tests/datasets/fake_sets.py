"""Tiny data sets in the layouts of real ones, made of rendered rooms.

Each function fills the given folder and returns it. All rooms use the camera
of :func:`room_camera`.
"""
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from mmengine.dataset import BaseDataset

from mmdepth_gradloss.datasets.scenes import random_scene, render

SIZE = (48, 80)  # height and width
KITTI_SIZE = (40, 132)

LOAD = [dict(type='LoadImage'), dict(type='LoadDepthMap')]


def build(kind: type[BaseDataset], root: Path, **kwargs) -> BaseDataset:
    """Build a data set that loads images and depth maps."""
    # MMEngine runs a slow garbage collection when it serializes.
    return kind(data_root=str(root), serialize_data=False,
                **{'pipeline': LOAD, **kwargs})


def paths(dataset: BaseDataset, key: str = 'img_path') -> list[str]:
    return [dataset.get_data_info(i)[key] for i in range(len(dataset))]


def room_camera(size: tuple[int, int] = SIZE) -> np.ndarray:
    """Intrinsics (3, 3) of all rooms, with pixel centres at integers."""
    height, width = size
    return np.array([[0.8 * width, 0, (width - 1) / 2],
                     [0, 0.8 * width, (height - 1) / 2], [0, 0, 1]])


def rooms(number: int, size: tuple[int, int] = SIZE,
          seed: int = 0) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """BGR images (H, W, 3), uint8, and depths along z (H, W) in metres."""
    for index in range(number):
        rng = np.random.default_rng((seed, index))
        scene = random_scene(rng, *size)
        camera = replace(scene.camera, focal=0.8 * size[1])
        yield render(replace(scene, camera=camera), rng)


def room_ray_lengths(size: tuple[int, int] = SIZE) -> np.ndarray:
    """Distance along the ray of each pixel at depth 1, (H, W)."""
    height, width = size
    v, u = np.mgrid[:height, :width]
    x = (u - (width - 1) / 2) / (0.8 * width)
    y = (v - (height - 1) / 2) / (0.8 * width)
    return np.sqrt(x**2 + y**2 + 1)


def thinned(depth: np.ndarray, share: float, seed: int = 0) -> np.ndarray:
    """``depth`` with about ``share`` of its pixels kept, the others 0."""
    return depth * (np.random.default_rng(seed).random(depth.shape) < share)


def write_image(path: Path, array: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), array)


def write_depth(path: Path, depth: np.ndarray, scale: float) -> None:
    write_image(path, np.rint(depth * scale).astype(np.uint16))


def write_npz(path: Path, **arrays: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, **arrays)


def write_map(path: Path, array: np.ndarray) -> Path:
    """Write stored values in the format that the suffix names."""
    if path.suffix == '.npz':
        write_npz(path, depth=array)
    elif path.suffix == '.npy':
        path.parent.mkdir(parents=True, exist_ok=True)
        np.save(path, array)
    else:
        write_image(path, array)
    return path


def make_ncdb(root: Path,
              splits: Mapping[str, int] = dict(train=4, val=2, test=2),
              with_cam2img: bool = False) -> Path:
    """NCDB: one drive per split, all four kinds of depth map, and a mask.

    ``splits`` gives the number of images. The mask drops the bottom quarter of
    the rows. The ``original`` maps have about 10 % of the pixels.
    """
    lengths = room_ray_lengths()
    for seed, (split, number) in enumerate(splits.items()):
        drive = f'drive_{split}/synced_data'
        entries = []
        for index, (img, depth) in enumerate(rooms(number, seed=seed)):
            name = f'{index:010d}'
            write_image(root / drive / f'image_a6/{name}.png', img)
            for kind, dense in (('depth', depth),
                                ('distance', depth * lengths)):
                sparse = thinned(dense, 0.1, index)
                for prefix, values in (('', dense), ('original_', sparse)):
                    folder = root / drive / f'newest_{prefix}{kind}_maps'
                    write_depth(folder / f'{name}.png', values, 256)
            entry: dict = dict(dataset_root=drive, new_filename=name)
            if with_cam2img:
                entry['cam2img'] = room_camera().tolist()
            entries.append(entry)
        path = root / 'splits' / f'combined_{split}.json'
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(entries))
    mask = np.full(SIZE, 255, np.uint8)
    mask[-12:] = 0
    write_image(root / 'binary_mask.png', mask)
    return root


def make_nyu_layout(root: Path,
                    splits: Mapping[str, int] = dict(train=4, test=2),
                    size: tuple[int, int] = SIZE) -> Path:
    """NYU Depth v2 in mmsegmentation's layout: millimetres, dense."""
    for seed, (split, number) in enumerate(splits.items()):
        for index, (img, depth) in enumerate(rooms(number, size, seed)):
            name = f'{split}/{index + 1:05d}'
            write_image(root / f'images/{name}.jpg', img)
            write_depth(root / f'annotations/{name}.png', depth, 1000)
    return root


def make_nyu_mat(root: Path) -> Path:
    """The official files of NYU Depth v2, 5 images, the third a test.

    The labelled images are stored as MATLAB v7.3 does, with reversed axes, and
    the splits in MATLAB's older format.
    """
    import h5py
    from scipy.io import savemat
    pairs = list(rooms(5))
    with h5py.File(root / 'nyu_depth_v2_labeled.mat', 'w') as file:
        file['images'] = np.stack(
            [img[..., ::-1].transpose(2, 1, 0) for img, _ in pairs])
        file['depths'] = np.stack([depth.T for _, depth in pairs])
    numbers = np.arange(1, 6, dtype=np.uint16)[:, None]
    savemat(root / 'splits.mat',
            dict(trainNdxs=numbers[[0, 1, 3, 4]], testNdxs=numbers[[2]]))
    return root


def make_kitti(root: Path, without_depth: Sequence[int] = (0, )) -> Path:
    """KITTI raw: one drive of four frames, projected and official depth.

    ``train.txt`` lists the frames with depth in PackNet-SfM's format,
    ``val.txt`` in Monodepth2's, ``test.txt`` in BTS's; ``all.txt`` lists all.
    """
    date, drive = '2011_09_26', '2011_09_26_drive_0001_sync'
    folder = root / date / drive
    for camera in (2, 3):
        for index, (img, depth) in enumerate(rooms(4, KITTI_SIZE, camera)):
            name = f'image_0{camera}/{{}}{index:010d}'.format
            write_image(folder / f'{name("data/")}.png', img)
            if index not in without_depth:
                maps = folder / 'proj_depth'
                write_npz(
                    maps / f'velodyne/{name("")}.npz',
                    velodyne_depth=thinned(depth, .1, index).astype('float32'))
                write_depth(maps / f'groundtruth/{name("")}.png',
                            thinned(depth, 0.3, index), 256)

    # Both cameras have the rooms' intrinsics, with a baseline of 10 mm.
    calibration = ['calib_time: 09-Jan-2012 13:57:47']
    for camera, shift in (('02', 0.0), ('03', -0.01)):
        projection = np.zeros((3, 4))
        projection[:, :3] = room_camera(KITTI_SIZE)
        projection[0, 3] = shift * projection[0, 0]
        # Intrinsics before rectification, which do not apply to the depth.
        calibration.append(f'K_{camera}: ' + ' '.join(['9.0e+02'] * 9))
        calibration.append(f'P_rect_{camera}: ' +
                           ' '.join(f'{x:e}' for x in projection.flat))

    names = [f'{i:010d}' for i in range(4)]
    known = [x for i, x in enumerate(names) if i not in without_depth]
    image = f'{date}/{drive}/image_0{{}}/data/{{}}.png'.format
    lines = dict(
        train=[f'{image(2, x)} {image(3, x)}' for x in known],
        val=[f'{date}/{drive} {int(x)} {side}' for x in known
             for side in 'lr'],
        test=[f'{image(2, x)} {drive}/proj_depth/groundtruth/image_02/{x}.png '
              '721.5377' for x in known],
        all=[image(2, x) for x in names])
    lines[f'{date}/calib_cam_to_cam'] = calibration
    for name, content in lines.items():
        (root / f'{name}.txt').write_text('\n'.join(content) + '\n')
    return root


def make_dgp(root: Path,
             splits: Mapping[str, int] = dict(train=2, val=1)) -> Path:
    """DDAD with projected LiDAR depth, two frames of two cameras in a scene;
    ``splits`` are numbers of scenes."""
    cameras = ['CAMERA_01', 'CAMERA_05']
    (fx, _, cx), (_, fy, cy), _ = room_camera()
    intrinsics = dict(fx=fx, fy=fy, cx=cx, cy=cy, skew=0.0)
    calibration = dict(
        names=['LIDAR', *cameras],
        intrinsics=[dict.fromkeys(intrinsics, 0.0), intrinsics, intrinsics])
    number = 0
    for split, scenes in splits.items():
        names = [f'{number + i:06d}' for i in range(scenes)]
        for scene in names:
            path = root / scene / 'calibration/a1b2c3.json'
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(calibration))
            for camera in cameras:
                for index, (img, depth) in enumerate(rooms(2, seed=number)):
                    stem = f'{camera}/{15616458247936530 + index}'
                    write_image(root / scene / f'rgb/{stem}.png', img)
                    write_npz(root / scene / f'depth/lidar/{stem}.npz',
                              depth=thinned(depth, 0.1, index))
                number += 1
        (root / f'{split}.json').write_text(json.dumps(names))
    return root

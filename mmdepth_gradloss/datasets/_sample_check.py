from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePath

import numpy as np
from mmengine import fileio
from mmengine.dataset import BaseDataset
from mmengine.logging import MMLogger
from torch.utils.data import get_worker_info

from ._files import count_files, first_ten
from .transforms._decoding import decode_array
from .transforms.load_depth_map import LoadDepthMap

# Number of samples whose maps are read: enough to see their unit, and quick
# even if they are large. Approximate number of depths per map for the median.
MAX_SAMPLES = 8
MAX_DEPTHS = 10_000
# Metres. Few cameras focus nearer than the first; scenes up to 50 m stored in
# metres fall below it if they are read as millimetres. Millimetres read as
# metres exceed the second from 1 m on.
MIN_MEDIAN = 0.05
MAX_MEDIAN = 1000.0
# Share of the depths that a valid range may drop without a warning.
MAX_DROPPED = 0.01
# Minimum depth in metres of 255, the largest 8-bit value. With the scale of
# millimetres it would be 0.255 m.
MIN_REACH = 1.0

_COARSE = ('1-bit', '2-bit', '4-bit', '8-bit', 'uint8', 'int8')
_KINDS = {
    'gt_depth_map': ('', 'depth maps'),
    'sparse_depth_map': ('sparse_', 'sparse depth maps')
}


@dataclass(frozen=True)
class _Map:
    """Content of a file; depths are in metres, shares of all pixels.
    ``depths`` are some of the valid ones, ``dropped`` is the share of stored
    depths outside ``valid_range``, ``limits`` are the smallest and the largest
    of them, valid or not, (inf, 0) if there are none."""
    path: str
    scale: float
    stored: str
    share: float
    nearest: float
    farthest: float
    depths: np.ndarray
    dropped: float
    valid_range: Sequence[float] | None
    limits: tuple[float, float]


def check_sample(dataset: BaseDataset, samples: Sequence[dict],
                 settings: str, notes: Sequence[str] = ()) -> None:
    """Log in one line what a data set holds; reject maps without depth.

    Reads the maps of up to ``MAX_SAMPLES`` samples with the pipeline's
    ``LoadDepthMap``, or none if it has no such step. Workers of a data loader
    skip this. ``settings`` says what to do about maps that are not depth in
    metres, ``notes`` are further remarks. Unreadable maps, or none with a
    valid pixel, are a ValueError.
    """
    if get_worker_info() is not None:
        return
    maps = _read_maps(dataset, samples)
    files = [
        count_files('images', [x['img_path'] for x in samples]),
        *(_describe(samples, key, maps[key]) for key in _KINDS
          if f'{_KINDS[key][0]}depth_map_path' in samples[0]), *notes
    ]
    place = dataset.ann_file or dataset.data_prefix['img_path']
    name = f'{type(dataset).__name__} {place}'
    logger = MMLogger.get_current_instance()
    logger.info(f'{name}: {"; ".join(files)}')
    for key, found in maps.items():
        kind = _KINDS[key][1]
        for doubt in _doubts(found):
            logger.warning(f'{name}: the {kind} {doubt}; {settings}')
        if found and not any(x.share for x in found):
            raise ValueError(
                f'{name}: none of the {len(found)} {kind} that were read has '
                f'a valid pixel: {_why_invalid(found)} '
                f'({first_ten([x.path for x in found])}); {settings}')


def _read_maps(dataset: BaseDataset,
               samples: Sequence[dict]) -> dict[str, list[_Map]]:
    steps = dataset.pipeline.transforms or [LoadDepthMap()]
    # A loader without its range shows what the range drops.
    loaders: list[LoadDepthMap] = []
    ranges: dict[str, Sequence[float] | None] = {}
    for step in steps:
        if isinstance(step, LoadDepthMap):
            loaders.append(copy.copy(step))
            loaders[-1].valid_range = None
            for key in step.keys or _KINDS:
                ranges.setdefault(key, step.valid_range)
    maps: dict[str, list[_Map]] = {key: [] for key in _KINDS}
    number = min(len(samples), MAX_SAMPLES)
    for index in np.linspace(0, len(samples) - 1, number).round().astype(int):
        sample = dict(samples[index])
        for loader in loaders:
            sample = loader(sample)
        for key, (prefix, _) in _KINDS.items():
            if key in sample:
                maps[key].append(_look_at(sample, key, prefix, ranges[key]))
    return maps


def _look_at(sample: dict, key: str, prefix: str,
             valid_range: Sequence[float] | None) -> _Map:
    path, depth = sample[f'{prefix}depth_map_path'], sample[key]
    stored = depth[depth > 0]
    low, high = valid_range or (0, np.inf)
    valid = stored[(low <= stored) & (stored <= high)]
    return _Map(
        path=path, scale=sample[f'{prefix}depth_scale'],
        stored=_stored_type(path, sample.get(f'{prefix}npz_key')),
        share=valid.size / max(depth.size, 1),
        nearest=float(valid.min(initial=np.inf)),
        farthest=float(valid.max(initial=0)),
        depths=valid[::max(1, valid.size // MAX_DEPTHS)],
        dropped=1 - valid.size / stored.size if stored.size else 0.0,
        valid_range=valid_range,
        limits=(stored.min(initial=np.inf), stored.max(initial=0)))


def _stored_type(path: str, npz_key: str | None) -> str:
    """Bits of an image or dtype of an array."""
    content = fileio.get(path)
    if PurePath(path).suffix.lower() in ('.npy', '.npz'):
        return str(decode_array(content, path, npz_key).dtype)
    # Images of other formats are decoded too, whatever their suffix.
    if content.startswith(b'\xff\xd8'):
        return '8-bit JPEG'
    is_png = content.startswith(b'\x89PNG')
    return f'{content[24]}-bit PNG' if is_png else 'not PNG'


def _describe(samples: Sequence[dict], key: str, maps: Sequence[_Map]) -> str:
    """Number of maps of one kind, and the content of those that were read."""
    prefix, kind = _KINDS[key]
    text = count_files(kind, [x[f'{prefix}depth_map_path'] for x in samples])
    if not maps:
        return f'{text}, none read, the pipeline has no LoadDepthMap'
    share = 100 * np.mean([x.share for x in maps])
    text += f', {len(maps)} read: {_stored(maps)}, {share:.3g} % valid'
    if share:
        text += (f', {min(x.nearest for x in maps):.4g} to '
                 f'{max(x.farthest for x in maps):.4g} m, '
                 f'median {_median(maps):.4g} m')
    return f'{text} (depth_scale={maps[0].scale:g})'


def _doubts(maps: Sequence[_Map]) -> Iterator[str]:
    """Reasons why maps do not look like depth in metres, if any."""
    filled = [x for x in maps if x.share]
    if not filled:
        return
    scale, median = filled[0].scale, _median(filled)
    coarse = [x for x in filled if x.stored.startswith(_COARSE)]
    if coarse and 255 / scale < MIN_REACH:
        yield (f'do not look like depth: {len(coarse)} of {len(maps)} are '
               f'stored as {_stored(coarse)}, which reaches '
               f'{255 / scale:.3g} m at depth_scale={scale:g}; they are masks '
               'or pictures, or were saved with too few bits, such as '
               f'{coarse[0].path}')
    elif not MIN_MEDIAN <= median <= MAX_MEDIAN:
        yield (f'do not look like metres: their median is {median:.4g} m, '
               f'stored as {median * scale:.4g} at depth_scale={scale:g}, '
               f'such as {filled[0].path}')
    dropped = float(np.mean([x.dropped for x in maps]))
    if dropped > MAX_DROPPED and maps[0].valid_range:
        low, high = maps[0].valid_range
        yield (f'have {100 * dropped:.3g} % of their depths outside '
               f'valid_range, {low:g} to {high:g} m; these are ignored, and '
               f'the median of the rest is {median:.4g} m')
    flat = [x for x in filled if x.depths.size > 1 and x.nearest == x.farthest]
    if flat:
        yield (f'do not look like depth: {len(flat)} of {len(maps)} hold a '
               f'single value, such as {flat[0].nearest:.4g} m in '
               f'{flat[0].path}')


def _why_invalid(maps: Sequence[_Map]) -> str:
    lowest = min(x.limits[0] for x in maps)
    highest = max(x.limits[1] for x in maps)
    if not highest or not maps[0].valid_range:
        return 'they are empty, not depth maps, or outside the configured mask'
    low, high = maps[0].valid_range
    return (f'they hold {lowest:.4g} to {highest:.4g} m at depth_scale='
            f'{maps[0].scale:g}, outside valid_range, {low:g} to {high:g} m')


def _median(maps: Sequence[_Map]) -> float:
    return float(np.median(np.concatenate([x.depths for x in maps])))


def _stored(maps: Sequence[_Map]) -> str:
    return ', '.join(dict.fromkeys(x.stored for x in maps))

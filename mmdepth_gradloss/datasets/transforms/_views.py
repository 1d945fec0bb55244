"""Check that image, depth maps and camera of a sample show the same view.

The results contain a record of what changed the field of view of each since
loading. Transforms of this package record their steps. Those of other packages
change only the image and record nothing; they are detected by a new image size
that no new ``scale_factor`` explains, or a new ``flip_direction``. A resize
does not change the field of view.
"""
from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ...functional.image_sizes import same_proportions
from ._depth_sample import DEPTH_MAP_KEYS, resize_camera

RECORD = 'views'  # key of the Record in the results

Size = tuple[int, int]


class View(NamedTuple):
    """History of the image, a depth map or the camera. Height and width as
    loaded and at the last check (those of the image for the camera), and
    descriptions of what changed its field of view."""
    loaded: Size
    size: Size
    steps: tuple[str, ...] = ()


class Record(NamedTuple):
    """The views by key, and the state of the results at the last check."""
    views: dict[str, View] = {}
    cam2img: np.ndarray | None = None
    scale_factor: Any = None


class NotedDirection(str):
    """A recorded ``flip_direction``; mmcv writes a plain str."""


def start_view(results: dict, key: str, *steps: str) -> None:
    """Begin the record of a newly loaded image or depth map. ``steps``
    describe what the loader did to its field of view."""
    size = _size(results, key)
    _set_view(results, key, View(size, size, steps))


def copy_view(results: dict, source: str, key: str) -> None:
    """Copy the record of a depth map to one derived from it."""
    views = results.get(RECORD, Record()).views
    if source in views:
        _set_view(results, key, views[source])


def _set_view(results: dict, key: str, view: View) -> None:
    record = results.get(RECORD, Record())
    results[RECORD] = record._replace(views={**record.views, key: view})


def note_own_steps(results: dict, *steps: str) -> None:
    """Record what was done to image, depth maps and camera together. Call
    :func:`note_other_steps` before, and this afterwards. A resize has no
    step."""
    views = results[RECORD].views
    _write(results, views, dict.fromkeys(views, steps))


def note_other_steps(results: dict) -> None:
    """Detect what other packages did since the last check. Updates the camera
    if the image was only resized."""
    record = results.get(RECORD, Record())
    views = _with_new_keys(results, record.views)
    old, new = views['img'].size, _size(results, 'img')
    cut = () if _is_resized(results, record, old) else _cut(old, new)
    camera_moved = record.cam2img is not None and (
        results.get('cam2img') is not record.cam2img)
    if new != old and not cut and not camera_moved:
        resize_camera(results, new[1] / old[1], new[0] / old[0])
    steps = {'img': cut, 'cam2img': cut if camera_moved else ()}
    for key in DEPTH_MAP_KEYS:
        if key in views:
            change = views[key].size, _size(results, key)
            if old != new and change == (old, new):
                steps[key] = cut  # it changed like the image
            else:
                steps[key] = () if same_proportions(*change) else _cut(*change)
    direction = results.get('flip_direction')
    if direction and not isinstance(direction, NotedDirection):
        steps['img'] += (f'{direction} flip', )
        results['flip_direction'] = NotedDirection(direction)
    _write(results, views, steps)


def check_views(results: dict) -> None:
    """Raise if a depth map or the camera does not match the image. The
    ValueError names the image, and what was done to each."""
    note_other_steps(results)
    views = results[RECORD].views
    image = views['img']
    for key, view in views.items():
        if view.steps != image.steps or not same_proportions(
                view.loaded, image.loaded):
            raise ValueError(
                f'{key} does not match its image '
                f'{results.get("img_path")}. Steps of the image: '
                f'{_describe(image)}. Steps of {key}: {_describe(view)}. '
                'Load depth maps before the image is flipped or cropped; use '
                'RandomFlipDepth, RandomCropDepth and ResizeDepth, which '
                'update depth maps and cam2img too; leave padding to the '
                'data_preprocessor')


def _write(results: dict, views: dict[str, View],
           steps: dict[str, tuple[str, ...]]) -> None:
    """Add steps to the views, and store the current state of the results."""
    views = {
        key: View(view.loaded, _size(results, key), view.steps + steps[key])
        for key, view in views.items()
    }
    results[RECORD] = Record(
        views, results.get('cam2img'), results.get('scale_factor'))


def _with_new_keys(results: dict, views: dict[str, View]) -> dict[str, View]:
    """Views of all existing keys; new ones count as just loaded."""
    loaded = tuple(results.get('ori_shape', _size(results, 'img')))[:2]
    image = views.get('img', View(loaded, loaded))
    new = {}
    for key in ('img', *DEPTH_MAP_KEYS, 'cam2img'):
        if key in results:
            # if the image is new too, it was loaded at the same size
            size = _size(results, key) if 'img' in views else loaded
            new[key] = View(image.loaded, size)
    return {**new, **{key: views[key] for key in views if key in results}}


def _size(results: dict, key: str) -> Size:
    return results['img' if key == 'cam2img' else key].shape[:2]


def _is_resized(results: dict, record: Record, old: Size) -> bool:
    """Whether the image has the old size, times a new factor if any."""
    factor = results.get('scale_factor')
    if factor is None or factor is record.scale_factor:
        factor = (1, 1)
    x, y = np.broadcast_to(np.ravel(factor)[:2], 2)
    height, width = _size(results, 'img')
    return abs(old[0] * y - height) < 1 and abs(old[1] * x - width) < 1


def _cut(old: Size, new: Size) -> tuple[str, ...]:
    return (f'crop, padding or rotation from {old[0]} x {old[1]} to '
            f'{new[0]} x {new[1]} pixels', )


def _describe(view: View) -> str:
    height, width = view.loaded
    return ', '.join((f'loaded at {height} x {width} pixels', *view.steps))

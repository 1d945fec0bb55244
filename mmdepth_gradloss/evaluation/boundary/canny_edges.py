"""Canny edges of depth maps, and distances between them."""
from __future__ import annotations

import math
from collections.abc import Callable
from types import ModuleType

import numpy as np
import torch
from torch import Tensor

from ..masked_maps import MaskedMaps

MAX_DISTANCE = 10.0
"""Pixels beyond which an edge belongs to another one."""

EdgeFinder = Callable[[np.ndarray, np.ndarray], np.ndarray]
Completeness = Callable[[np.ndarray, np.ndarray], np.floating]

_SIGMA = math.sqrt(2)


def import_edge_tools() -> tuple[ModuleType, ModuleType, ModuleType]:
    """Return ``skimage.feature``, ``scipy.ndimage`` and ``scipy.spatial``.

    Raises:
        ImportError: If they are not installed; says how to install them.
    """
    try:
        import scipy.ndimage
        import scipy.spatial
        import skimage.feature
    except ImportError as error:
        raise ImportError(
            'boundary errors between Canny edges need scikit-image and '
            "scipy: pip install 'mmdepth-gradloss[boundary]'") from error
    return skimage.feature, scipy.ndimage, scipy.spatial


def canny_edges(depth: np.ndarray, known: np.ndarray, low: float, high: float,
                masked: bool) -> np.ndarray:
    """Edges of a depth map that is first brought to the range 0 to 1.

    There are none at the image's border, and none next to a pixel that is not
    ``known``; without ``masked``, none within reach of the smoothing filter
    either, which then does not leave such pixels out. A gradient of ``high``
    in the normalised map begins an edge, and one of ``low`` continues it.
    """
    feature, *_ = import_edge_tools()
    lowest = depth.min(initial=math.inf, where=known)
    highest = depth.max(initial=-math.inf, where=known)
    if not highest > lowest:
        return np.zeros(known.shape, bool)
    image = np.where(known, depth, math.nan).astype(depth.dtype)
    image -= lowest
    image /= highest - lowest
    # The same edges without a mask, in less time.
    mask = known if masked and not known.all() else None
    return feature.canny(image, _SIGMA, low, high, mask)


def edge_distances(edges: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Pixels from each of K edge pixels to the nearest of another map.

    The values that a Euclidean distance transform of ``others`` has at
    ``edges``, at a fraction of the time. Both are bool, (H, W); the result
    is (K, ) float64, infinite if ``others`` is empty.
    """
    *_, spatial = import_edge_tools()
    places = np.argwhere(edges)
    if not others.any() or not len(places):
        return np.full(len(places), math.inf)
    return spatial.cKDTree(np.argwhere(others)).query(places)[0]


def score_edges(maps: MaskedMaps, find: EdgeFinder, completeness: Completeness,
                target_edges: Tensor | None = None) -> dict[str, Tensor]:
    """Depth boundary errors, image by image.

    ``dbe_acc`` is the mean distance from those edges of the prediction that
    lie less than 10 pixels from an edge of the ground truth to the nearest
    such edge. ``dbe_comp`` is what ``completeness`` makes of the distances
    from each edge pixel of the prediction to the nearest of the ground truth,
    and of those the other way round. Where nothing is near, both are 10.

    ``find`` gives the edges of a depth map with its valid pixels, (H, W)
    each. Of given ``target_edges``, bool and (..., H, W), those beside an
    invalid pixel do not count.
    """
    shape = maps.pred.shape
    flat = (math.prod(shape[:-2]), *shape[-2:])
    pred, target, valid = (
        x.detach().reshape(flat).cpu().numpy() for x in maps[:3])
    _, ndimage, _ = import_edge_tools()
    rows = []
    for i, nonfinite in enumerate(maps.nonfinite.flatten().tolist()):
        if target_edges is None:
            actual = find(target[i], valid[i])
        else:
            actual = target_edges.reshape(flat)[i].cpu().numpy() & (
                ndimage.binary_erosion(
                    valid[i], np.ones((3, 3)), border_value=1))
        acc = comp = math.nan
        if actual.any() and not nonfinite:
            acc = comp = MAX_DISTANCE
            found = find(pred[i], valid[i])
            to_actual = edge_distances(found, actual)
            near = to_actual[to_actual < MAX_DISTANCE]
            if len(near):
                acc = float(near.mean())
                comp = float(
                    completeness(to_actual, edge_distances(actual, found)))
        rows.append((acc, comp, actual.sum()))
    table = torch.tensor(
        rows, dtype=torch.float64, device=maps.pred.device).reshape(-1, 3)
    acc, comp, num_edges = table.T.reshape(3, *shape[:-2])
    dtype = maps.pred.dtype
    return dict(
        dbe_acc=acc.to(dtype),
        dbe_comp=comp.to(dtype),
        num_edges=num_edges.long())

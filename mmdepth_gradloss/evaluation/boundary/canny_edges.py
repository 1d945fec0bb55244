from __future__ import annotations

import math
from collections.abc import Callable
from types import ModuleType

import numpy as np
import torch
from torch import Tensor

from ..masked_maps import MaskedMaps

MAX_DISTANCE = 10.0
"""Distance in pixels beyond which edges do not match."""

EdgeFinder = Callable[[np.ndarray, np.ndarray], np.ndarray]
Completeness = Callable[[np.ndarray, np.ndarray], np.floating]

_SIGMA = math.sqrt(2)


def import_edge_tools() -> tuple[ModuleType, ModuleType, ModuleType]:
    """Return ``skimage.feature``, ``scipy.ndimage`` and ``scipy.spatial``, or
    raise an ImportError that says how to install them."""
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
    """Canny edges of a depth map that is first normalised to 0 to 1.

    There are none at the image's border or next to a pixel that is not
    ``known``. With ``masked`` the smoothing filter leaves such pixels out;
    without, there are no edges within its reach either. ``high`` and ``low``
    are the hysteresis thresholds on the gradient of the normalised map.
    """
    feature, *_ = import_edge_tools()
    lowest = depth.min(initial=math.inf, where=known)
    highest = depth.max(initial=-math.inf, where=known)
    if not highest > lowest:
        return np.zeros(known.shape, bool)
    image = np.where(known, depth, math.nan).astype(depth.dtype)
    image -= lowest
    image /= highest - lowest
    # No mask is faster, with the same edges.
    mask = known if masked and not known.all() else None
    return feature.canny(image, _SIGMA, low, high, mask)


def edge_distances(edges: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Distance from each of K edge pixels to the nearest of another map.

    Equals a Euclidean distance transform of ``others`` at ``edges``, but is
    much faster. Both are bool, (H, W); the result is (K, ) float64, infinite
    if ``others`` is empty.
    """
    *_, spatial = import_edge_tools()
    places = np.argwhere(edges)
    if not others.any() or not len(places):
        return np.full(len(places), math.inf)
    return spatial.cKDTree(np.argwhere(others)).query(places)[0]


def score_edges(maps: MaskedMaps, find: EdgeFinder, completeness: Completeness,
                target_edges: Tensor | None = None) -> dict[str, Tensor]:
    """Depth boundary errors of each image, see :func:`ibims_boundary`.

    ``completeness`` returns ``dbe_comp`` for the distances from each predicted
    edge pixel to the nearest ground-truth one, and vice versa. ``find``
    returns the edges of a depth map with its valid pixels, (H, W)
    each. Given ``target_edges``, bool and (..., H, W), do not count next to an
    invalid pixel.
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

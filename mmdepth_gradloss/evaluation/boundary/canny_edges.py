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
Completeness = Callable[[np.ndarray, np.ndarray], float]

_SIGMA = math.sqrt(2)


def import_edge_tools() -> tuple[ModuleType, ModuleType, ModuleType]:
    """Return ``skimage.feature``, ``scipy.ndimage`` and ``scipy.spatial``.

    Raises:
        ImportError: If they are not installed; names the command to install
            them.
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

    Args:
        depth (np.ndarray): Floating point, shape (H, W).
        known (np.ndarray): Bool, same shape, where there is a depth.
        low (float): Gradient of the normalised map that continues an edge.
        high (float): The same that begins one.
        masked (bool): Whether the smoothing leaves out what is not known. If
            not, there are no edges within reach of its filter.

    Returns:
        np.ndarray: Bool, shape (H, W). None at the image's border, and none
        next to a pixel that is not known.
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
    """Distance from each edge pixel to the nearest one of another map.

    The values that a Euclidean distance transform of ``others`` has at
    ``edges``, at a fraction of the time.

    Args:
        edges (np.ndarray): Bool, shape (H, W), K of them True.
        others (np.ndarray): The same of the other map.

    Returns:
        np.ndarray: Pixels, float64, shape (K, ); infinite if ``others`` is
        empty.
    """
    *_, spatial = import_edge_tools()
    places = np.argwhere(edges)
    if not others.any() or not len(places):
        return np.full(len(places), math.inf)
    return spatial.cKDTree(np.argwhere(others)).query(places)[0]


def score_edges(inputs: MaskedMaps,
                find: EdgeFinder,
                completeness: Completeness,
                target_edges: Tensor | None = None) -> dict[str, Tensor]:
    """Depth boundary errors, image by image.

    The accuracy is the mean distance from those edges of the prediction that
    lie less than 10 pixels from an edge of the ground truth to the nearest
    such edge. Where there are none, both errors are 10.

    Args:
        inputs (MaskedMaps): Maps of shape (..., H, W).
        find (Callable): Depth and valid pixels of an image, (H, W) each, to
            its edges.
        completeness (Callable): Distances from each edge pixel of the
            prediction to the nearest of the ground truth, and the other way
            round, to the second error. Neither is empty.
        target_edges (Tensor, optional): Bool edges of the ground truth,
            shape (..., H, W), of which those beside an invalid pixel do not
            count. Found by ``find`` if absent.

    Returns:
        dict[str, Tensor]: ``dbe_acc``, ``dbe_comp`` and ``num_edges``, each
        of shape (...).
    """
    shape = inputs.pred.shape
    flat = (math.prod(shape[:-2]), *shape[-2:])
    pred, target, valid = (
        x.detach().reshape(flat).cpu().numpy() for x in inputs[:3])
    given = (None if target_edges is None else
             target_edges.reshape(flat).cpu().numpy())
    rows = []
    for i, nonfinite in enumerate(inputs.nonfinite.flatten().tolist()):
        actual = (
            find(target[i], valid[i]) if given is None else given[i]
            & _visible_to_canny(valid[i]))
        scores = (math.nan, math.nan)
        if actual.any() and not nonfinite:
            scores = _errors(find(pred[i], valid[i]), actual, completeness)
        rows.append((*scores, actual.sum()))
    table = torch.tensor(
        rows, dtype=torch.float64, device=inputs.pred.device).reshape(-1, 3)
    acc, comp, num_edges = (
        column.reshape(shape[:-2]) for column in table.unbind(dim=-1))
    dtype = inputs.pred.dtype
    return dict(
        dbe_acc=acc.to(dtype),
        dbe_comp=comp.to(dtype),
        num_edges=num_edges.long())


def _errors(found: np.ndarray, actual: np.ndarray,
            completeness: Completeness) -> tuple[float, float]:
    to_actual = edge_distances(found, actual)
    near = to_actual < MAX_DISTANCE
    if not near.any():
        return MAX_DISTANCE, MAX_DISTANCE
    return (float(to_actual[near].mean()),
            completeness(to_actual, edge_distances(actual, found)))


def _visible_to_canny(valid: np.ndarray) -> np.ndarray:
    """Valid pixels of which no neighbour is invalid."""
    _, ndimage, _ = import_edge_tools()
    return ndimage.binary_erosion(valid, np.ones((3, 3)), border_value=1)

from __future__ import annotations

from typing import Any

import torch
from mmengine.registry import METRICS
from torch import Tensor

from ..functional.lookup import lookup
from .base_depth_metric import BaseDepthMetric, sample_map
from .depth_boundary import BOUNDARY_PROTOCOLS, PROTOCOLS_WITH_EDGES


@METRICS.register_module()
class DepthBoundaryMetric(BaseDepthMetric):
    """How well predicted depth edges match those of the ground truth.

    ==============  ========================================================
    protocol        reported as
    ==============  ========================================================
    ``depth_pro``   ``depth/boundary_f1``, ``boundary_precision`` and
                    ``boundary_recall``, from 0 to 1, of Depth Pro
    ``moge``        ``depth/boundary_f1_radius1``, ``boundary_f1_radius2``
                    and ``boundary_f1_radius3``, from 0 to 1, of MoGe
    ``ibims``       ``depth/dbe_acc`` and ``dbe_comp``, distances between
                    edges in pixels, where 0 is best, of iBims-1
    ``sharpdepth``  the same for ground truth without annotated edges, of
                    SharpDepth
    ==============  ========================================================

    And ``depth/boundary_num_missing``: the images whose ground truth has no
    edge, which are excluded from the means. The scale of the prediction does
    not matter. For the formulas see the functions in
    :data:`~mmdepth_gradloss.evaluation.depth_boundary.BOUNDARY_PROTOCOLS`. To
    use several protocols, give each metric its own ``prefix``.

    Args:
        protocol: How edges are found and matched, see above. 'ibims' and
            'sharpdepth' need scikit-image and scipy:
            ``pip install 'mmdepth-gradloss[boundary]'``.
        min_depth: Ground truth below it is invalid, in metres. Predictions in
            metres are not clamped: that would create and remove edges.
        max_depth: Ground truth above it is invalid.
        masked: Whether edges count only where the ground truth is valid. False
            is the published form, in which holes may be edges; a depth range
            is then only used for ``alignment``.
        edges_key: Name of the data sample's map of ground-truth edges, with
            ``data`` of shape (1, H, W) or (H, W), for the protocol 'ibims'.
            Without it, edges are found in the ground-truth depth.
        **kwargs: See :class:`BaseDepthMetric`.

    Raises:
        ImportError: If the protocol needs a package that is not installed.
        ValueError: If the protocol is unknown, takes no edges, or the depth
            range is empty or has no effect.

    Examples:
        >>> val_evaluator = [
        ...     dict(type='DepthErrorMetric', max_depth=10),
        ...     dict(type='DepthBoundaryMetric', max_depth=10),
        ...     dict(type='DepthBoundaryMetric', protocol='moge',
        ...          max_depth=10, prefix='moge')]
    """

    missing_keys = {'num_edges': 'boundary_num_missing'}

    def __init__(self, protocol: str = 'depth_pro',
                 min_depth: float | None = None,
                 max_depth: float | None = None, masked: bool = True,
                 edges_key: str | None = None, **kwargs: Any) -> None:
        super().__init__(min_depth, max_depth, **kwargs)
        self.protocol: Any = lookup('boundary protocol', protocol,
                                    BOUNDARY_PROTOCOLS)
        if edges_key is not None and protocol not in PROTOCOLS_WITH_EDGES:
            raise ValueError(
                f'protocol {protocol!r} takes no edges, got edges_key='
                f'{edges_key!r}; those that do: '
                f'{", ".join(PROTOCOLS_WITH_EDGES)}')
        limited = min_depth is not None or max_depth is not None
        if limited and not masked and self.alignment is None:
            raise ValueError(
                'masked=False counts all pixels; leave out '
                f'min_depth={min_depth} and max_depth={max_depth}')
        self.masked = masked
        self.edges_key = edges_key
        # Detect a missing package now, not after an epoch.
        self.score(torch.ones(1, 1), torch.ones(1, 1))

    def extra_maps(self, sample: dict, image: str) -> dict[str, Tensor]:
        if self.edges_key is None:
            return {}
        return dict(target_edges=sample_map(sample, self.edges_key, image))

    def score(self, pred: Tensor, target: Tensor, valid: Tensor | None = None,
              **extra: Tensor) -> dict[str, Tensor]:
        if not self.masked:
            valid = torch.ones_like(target, dtype=torch.bool)
        return self.protocol.score(
            self.maps(pred, target, valid), self.masked, **extra)

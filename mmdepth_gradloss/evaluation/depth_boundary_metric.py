"""Sharpness of predicted depth over a data set."""
from __future__ import annotations

from typing import Any

from mmengine.registry import METRICS
from torch import Tensor

from ..functional.choices import choose
from ..functional.depth_boundary import BOUNDARY_PROTOCOLS
from .base_depth_metric import BaseDepthMetric


@METRICS.register_module()
class DepthBoundaryMetric(BaseDepthMetric):
    """How well predicted depth edges lie where the ground truth's are.

    Reported as ``depth/boundary_f1``, ``depth/boundary_precision``,
    ``depth/boundary_recall``, and ``depth/boundary_num_missing``: the images
    whose ground truth has no edge, which do not enter the means. Only pairs
    of pixels that are both valid in the ground truth count, and the scale of
    the prediction does not matter. The formulas stand at
    :func:`~mmdepth_gradloss.functional.depth_boundary.depth_pro_boundary`.

    Give each metric its own ``prefix`` to use more than one protocol.

    Args:
        protocol (str): How edges are found and matched. ``'depth_pro'`` is
            the scale-invariant boundary F1 of Depth Pro.
        min_depth (float, optional): Ground truth below it is invalid. In
            metres. Unlike an error metric, this clamps no prediction in
            metres: that would make and remove edges.
        max_depth (float, optional): Ground truth above it is invalid.
        **kwargs: ``alignment``, ``collect_device``, ``prefix``,
            ``collect_dir`` of :class:`BaseDepthMetric`, which also says what
            data samples must hold.

    Raises:
        ValueError: If the protocol is unknown or the depth range empty.

    Examples:
        >>> val_evaluator = [
        ...     dict(type='DepthErrorMetric', max_depth=10),
        ...     dict(type='DepthBoundaryMetric', max_depth=10)]
    """

    count_key = 'num_edges'
    missing_key = 'boundary_num_missing'

    def __init__(self,
                 protocol: str = 'depth_pro',
                 min_depth: float | None = None,
                 max_depth: float | None = None,
                 **kwargs: Any) -> None:
        super().__init__(min_depth, max_depth, **kwargs)
        self.protocol = choose('boundary protocol', protocol,
                               BOUNDARY_PROTOCOLS)

    def score(self, pred: Tensor, target: Tensor) -> dict[str, Tensor]:
        """Boundary scores of one image, see :class:`BaseDepthMetric`."""
        return self.protocol(
            pred, target, min_depth=self.min_depth, max_depth=self.max_depth)

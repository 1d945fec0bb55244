from __future__ import annotations

from typing import Any

from mmengine.registry import METRICS
from torch import Tensor

from .base_depth_metric import BaseDepthMetric
from .depth_edge_error import check_edge_options, score_edge_errors


@METRICS.register_module()
class DepthEdgeErrorMetric(BaseDepthMetric):
    """RMSE and MAE at depth edges and elsewhere, MAE of the gradients.

    Shows where a change of the RMSE comes from: the edges of objects, their
    surfaces, thin structures or far away. Reported in metres, as
    ``depth/edge_rmse``, ``edge_mae``, the same for ``flat``, ``thin`` and
    ``far``, and ``gradient_mae_level0`` to the last level of a pyramid, which
    halves the size per level. For the formulas see
    :func:`~mmdepth_gradloss.evaluation.depth_edge_error.depth_edge_error`.

    An image without an edge, a thin structure, and so on, is excluded from the
    means of these errors: ``depth/edge_num_missing`` to
    ``gradient_num_missing`` are the numbers of such images.

    Args:
        min_depth, max_depth: Ground truth outside them is invalid, and
            predictions are clamped to them. In metres.
        edge_width, edge_ratio, levels: Options of that function.
        **kwargs: See :class:`BaseDepthMetric`.

    Raises:
        ValueError: If an option is out of range or the depth range empty.

    Examples:
        >>> val_evaluator = [
        ...     dict(type='DepthErrorMetric', max_depth=10),
        ...     dict(type='DepthEdgeErrorMetric', max_depth=10)]
    """

    missing_keys = {
        'num_edge_pixels': 'edge_num_missing',
        'num_flat_pixels': 'flat_num_missing',
        'num_thin_pixels': 'thin_num_missing',
        'num_far_pixels': 'far_num_missing',
        'num_gradients': 'gradient_num_missing',
    }
    _counts = {
        missing.split('_')[0]: count
        for count, missing in missing_keys.items()
    }

    def __init__(self, min_depth: float | None = None,
                 max_depth: float | None = None, edge_width: int = 3,
                 edge_ratio: float = 1.1, levels: int = 4,
                 **kwargs: Any) -> None:
        super().__init__(min_depth, max_depth, **kwargs)
        check_edge_options(edge_width, edge_ratio, levels)
        self.options: dict[str, Any] = dict(
            edge_width=edge_width, edge_ratio=edge_ratio, levels=levels)

    def count_key_of(self, name: str) -> str:
        return self._counts.get(name.split('_')[0], name)

    def score(self, pred: Tensor, target: Tensor, valid: Tensor | None = None,
              **extra: Tensor) -> dict[str, Tensor]:
        return score_edge_errors(
            self.maps(pred, target, valid), self.min_depth, self.max_depth,
            **self.options)

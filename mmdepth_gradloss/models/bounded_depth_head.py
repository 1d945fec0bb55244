from __future__ import annotations

from typing import Any

from mmengine.model import BaseModule

from ..functional.checks import check_depth_range
from ..functional.lookup import lookup


class BoundedDepthHead(BaseModule):
    """A head whose sigmoid spans inverse depth or depth in metres."""

    prediction = 'depth'

    def __init__(self, min_depth: float, max_depth: float,
                 parametrization: str,
                 init_cfg: dict | list[dict] | None) -> None:
        super().__init__(init_cfg)
        check_depth_range(min_depth, max_depth)
        self.min_depth = min_depth
        self.max_depth = max_depth
        self.spans_inverse = lookup('parametrization', parametrization,
                                    dict(inverse=True, depth=False))

    def to_depth(self, activation: Any) -> Any:
        """Depth in metres of activations, 0 to 1; a tensor or a number."""
        low, high = self.min_depth, self.max_depth
        if self.spans_inverse:
            return 1 / (1 / high + (1 / low - 1 / high) * activation)
        return low + (high - low) * activation

    def start(self) -> float:
        """Activation of sqrt(min_depth * max_depth), to start training from.

        A sigmoid at 0 over inverse depth would put everything close to the
        camera, and the first iterations would only move it away.
        """
        low, high = self.min_depth, self.max_depth
        middle = (low * high)**0.5
        if self.spans_inverse:
            return (1 / middle - 1 / high) / (1 / low - 1 / high)
        return (middle - low) / (high - low)

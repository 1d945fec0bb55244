from __future__ import annotations

from mmengine.registry import TRANSFORMS

from ...functional.checks import check_weights
from ._depth_sample import GRADIENT_WEIGHT, DepthTransform


@TRANSFORMS.register_module()
class SetGradientWeight(DepthTransform):
    """Weight the gradient loss for the samples of one data set.

    A gradient loss copies the edges of the ground truth: sharp ones if it was
    rendered, blurred or displaced ones if it comes from a sensor or fused
    scans. When data sets are mixed, set in the pipeline of each how far its
    edges can be trusted; Depth Pro (Bochkovskii et al., ICLR 2025), for
    example, uses gradients of synthetic ground truth only.

    The weight multiplies an image's contribution to the gradient terms of this
    package's models, not to their other losses. Divisors do not change: an
    image counts the same whatever else is in its batch, and if half the images
    of a batch have weight 0, the gradient term is about half as large. Samples
    without a weight count 1. Put it anywhere before ``PackDepthInputs``.

    Added Keys:

    - gradient_weight

    Args:
        weight: Factor on the gradient terms of each sample, at least 0.

    Raises:
        TypeError: If ``weight`` is not a number.
        ValueError: If ``weight`` is negative or not finite.

    Examples:
        >>> rendered = dict(type='SyntheticDepthDataset',
        ...                 pipeline=[dict(type='PackDepthInputs')])
        >>> measured = dict(
        ...     type='FolderDepthDataset', data_root='data/nyu',
        ...     pipeline=[dict(type='LoadImage'), dict(type='LoadDepthMap'),
        ...               dict(type='SetGradientWeight', weight=0.0),
        ...               dict(type='PackDepthInputs')])
        >>> mixed = dict(
        ...     type='ConcatDataset', datasets=[rendered, measured],
        ...     # which data sets of different types do not share
        ...     ignore_keys=['dataset_type', 'task_name'])
    """

    def __init__(self, weight: float) -> None:
        check_weights(weight=weight)
        self.weight = float(weight)

    def transform(self, results: dict) -> dict:
        """Add the weight."""
        results[GRADIENT_WEIGHT] = self.weight
        return results

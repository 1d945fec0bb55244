"""Say how much the gradient loss counts for a sample."""
from __future__ import annotations

import math

from mmengine.registry import TRANSFORMS

from ._depth_sample import GRADIENT_WEIGHT, DepthTransform


@TRANSFORMS.register_module()
class SetGradientWeight(DepthTransform):
    """Weigh the gradient loss of the samples of one data set.

    A gradient loss copies the edges of the ground truth: sharp ones where it
    was rendered, blurred or displaced ones where a sensor or a fusion of
    scans made it. In a training that mixes data sets, the pipeline of each
    says how far its edges are to be trusted, as Depth Pro (Bochkovskii et
    al., ICLR 2025) takes gradients of synthetic ground truth only.

    The weight multiplies what an image adds to the gradient terms of the
    models of this package, whose other losses stay as they are. What divides
    these terms stays too: an image counts the same whatever shares its batch,
    and a batch of which half the images have weight 0 has about half the
    gradient term. Samples without a weight count 1.

    Put it anywhere before ``PackDepthInputs``.

    Added Keys:

    - gradient_weight

    Args:
        weight: Factor on the gradient terms of each sample, at least 0. 0
            leaves them out.

    Raises:
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
        if not 0 <= weight < math.inf:
            raise ValueError(
                f'weight must be finite and at least 0, got {weight}')
        self.weight = float(weight)

    def transform(self, results: dict) -> dict:
        """Add the weight."""
        results[GRADIENT_WEIGHT] = self.weight
        return results

from __future__ import annotations

from typing import Any

import torch
from mmengine.registry import METRICS
from torch import Tensor

from ..functional.lookup import lookup
from .base_depth_metric import BaseDepthMetric
from .depth_error import EVAL_CROPS, eval_crop, score_errors
from .masked_maps import masked_maps


@METRICS.register_module()
class DepthErrorMetric(BaseDepthMetric):
    """RMSE, MAE, AbsRel, SqRel, RMSElog, log10, SILog and delta1 to delta3.

    Reported as ``depth/rmse`` and so on, for the names and formulas see
    :func:`~mmdepth_gradloss.evaluation.depth_error.depth_error`, and
    ``depth/num_missing``: the images without a valid pixel, which are excluded
    from the means.

    Args:
        min_depth, max_depth: Ground truth outside them is invalid, and
            predictions are clamped to them. In metres.
        median_scaling: Whether to first scale each image's prediction to the
            median of its ground truth, for models that predict depth up to
            scale.
        crop: Evaluated part of the image. ``'garg'`` is the crop of Garg et
            al. for KITTI, ``'eigen'`` that of Eigen et al. for NYU Depth v2
            (rows 45 to 470, columns 41 to 600 of 480x640); both scale with the
            image. Defaults to None, the whole image.
        **kwargs: See :class:`BaseDepthMetric`. ``alignment`` uses the whole
            image, not only the crop.

    Raises:
        ValueError: If the crop is unknown, the depth range empty, or both
            ``median_scaling`` and ``alignment`` are given.

    Examples:
        >>> val_evaluator = dict(
        ...     type='DepthErrorMetric', max_depth=80, crop='garg')
    """

    missing_keys = {'num_valid': 'num_missing'}

    def __init__(self, min_depth: float | None = None,
                 max_depth: float | None = None, median_scaling: bool = False,
                 crop: str | None = None, **kwargs: Any) -> None:
        super().__init__(min_depth, max_depth, **kwargs)
        if median_scaling and self.alignment is not None:
            raise ValueError(
                f'alignment={self.alignment!r} already fits the scale; leave '
                'out median_scaling')
        if crop is not None:
            lookup('crop', crop, EVAL_CROPS)  # now, not after an epoch
        self.median_scaling = median_scaling
        self.crop = crop

    def score(self, pred: Tensor, target: Tensor, valid: Tensor | None = None,
              **extra: Tensor) -> dict[str, Tensor]:
        maps = self.maps(pred, target, valid)
        if self.crop is not None:
            inside = torch.zeros_like(maps.valid)
            inside[eval_crop(self.crop, *target.shape)] = True
            maps = masked_maps(pred, target, maps.valid & inside)
        return score_errors(maps, self.min_depth, self.max_depth,
                            self.median_scaling)

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import torch
from mmengine.evaluator import BaseMetric
from mmengine.logging import MMLogger
from torch import Tensor

from ..functional.alignment import FITS
from ..functional.checks import check_tensors, check_valid_range
from ..functional.domains import inverse
from ..functional.lookup import lookup
from ..functional.masking import valid_depth_mask
from .masked_maps import MaskedMaps, masked_maps

OUTSIDE_SHARE = 0.05
"""Share of the ground truth outside the range above which to warn."""


class BaseDepthMetric(BaseMetric):
    """Mean over images of scores that compare two depth maps.

    Each data sample has ``gt_depth_map`` and ``pred_depth_map``, with ``data``
    of shape (1, H, W) or (H, W), in metres. All images of the data set have
    the same weight, on any number of ranks. An image with nothing to score is
    missing: it is excluded from the means, and the number of such images is
    reported. A prediction that is NaN or infinite at a valid pixel makes the
    means NaN, and a warning names the image.

    Subclasses define the scores of one image, and ``missing_keys``. If that
    has several entries, an image can be missing for some scores only, and
    ``count_key_of`` returns the count that belongs to a score.

    Args:
        min_depth, max_depth: Ground truth outside them is invalid.
        collect_device: ``'cpu'`` or ``'gpu'``, where ranks collect results.
        prefix: Prefix of the names. Defaults to ``'depth'``.
        collect_dir: Folder for ``collect_device='cpu'``.
        alignment: For models that predict inverse depth up to scale and shift:
            'least_squares' or 'median_mad' fits each image's prediction to the
            inverse of its valid ground truth, and scores the inverse of the
            result, at most ``max_depth`` or, without that, a million times the
            harmonic mean of the ground truth. Defaults to None: predictions
            are metres.

    Raises:
        TypeError: If a bound is not a number.
        ValueError: If ``min_depth`` is negative or not below ``max_depth``, or
            the alignment is unknown.
    """

    default_prefix = 'depth'
    missing_keys: ClassVar[Mapping[str, str]]
    """Name of a count of what can be scored in an image -> reported name of
    the number of images where it is 0."""

    def __init__(self, min_depth: float | None = None,
                 max_depth: float | None = None, collect_device: str = 'cpu',
                 prefix: str | None = None, collect_dir: str | None = None,
                 alignment: str | None = None) -> None:
        super().__init__(collect_device, prefix, collect_dir)
        if not getattr(self, 'missing_keys', None):
            raise TypeError(
                f'{type(self).__name__} must define missing_keys, such as '
                "{'num_pixels': 'num_missing'}")
        if alignment is not None:
            lookup('alignment', alignment, FITS)  # now, not after an epoch
        self.alignment = alignment
        check_valid_range(min_depth, max_depth)
        self.min_depth = min_depth
        self.max_depth = max_depth
        self._told_of_range = False

    @property
    def _range(self) -> tuple[float, float]:
        return (0.0 if self.min_depth is None else self.min_depth,
                math.inf if self.max_depth is None else self.max_depth)

    @abstractmethod
    def score(self, pred: Tensor, target: Tensor,
              **extra: Tensor) -> dict[str, Tensor]:
        """Scores of one image by name, from depth maps (H, W).

        They include the counts of ``missing_keys``, 0 if the image has nothing
        to score. ``extra`` contains ``valid``, the pixels that count, bool (H,
        W), and the result of :meth:`extra_maps`.
        """

    def extra_maps(self, sample: dict, image: str) -> dict[str, Tensor]:
        """Further keyword arguments of :meth:`score`, from a data sample.

        ``image`` is its name, for error messages.
        """
        return {}

    def count_key_of(self, name: str) -> str:
        """The key of ``missing_keys`` that belongs to a score."""
        return next(iter(self.missing_keys))

    def maps(self, pred: Tensor, target: Tensor,
             valid: Tensor | None = None) -> MaskedMaps:
        """Both maps with their valid pixels, by default those in range."""
        if valid is None:
            valid = valid_depth_mask(target, None, self.min_depth,
                                     self.max_depth)
        return masked_maps(pred, target, valid)

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Score each image of a batch, from the model's data samples.

        Raises:
            KeyError: If a sample lacks a depth map.
            ValueError: If the maps of an image differ in shape, or the
                sample's ``prediction`` is not what is scored here.
        """
        for sample in data_samples:
            image = str(sample.get('img_path', f'#{len(self.results)}'))
            target = sample_map(sample, 'gt_depth_map', image)
            pred = sample_map(sample, 'pred_depth_map', image)
            if pred.shape != target.shape:
                raise ValueError(
                    f'the prediction for image {image} has shape '
                    f'{tuple(pred.shape)} and its ground truth '
                    f'{tuple(target.shape)}; the model must predict at the '
                    "ground truth's size")
            self._check_prediction(sample, image)
            target = target.to(pred.device)
            low, high = self._range
            measured = valid_depth_mask(target)
            outside = measured & ((target < low) | (target > high))
            valid = measured & ~outside
            if self.alignment is not None:
                pred = self._to_depth(pred, target, valid)
            scores = self._checked(
                self.score(pred, target, valid=valid,
                           **self.extra_maps(sample, image)), pred.device)
            # A single transfer from the device per image.
            *values, num_measured, num_outside = torch.stack([
                *scores.values(),
                measured.sum().float(),
                outside.sum().float()
            ]).tolist()
            self.results.append((image, dict(zip(scores, values)),
                                 (num_measured, num_outside)))

    def compute_metrics(self, results: list) -> dict:
        """Mean of each score over the images that have something to score.

        NaN if all are missing. Includes the numbers of missing images.
        """
        metrics: dict[str, float] = {}
        for name in dict.fromkeys(x for _, scores, _ in results
                                  for x in scores):
            if name not in self.missing_keys:
                values = [
                    scores[name] for _, scores, _ in results
                    if scores[self.count_key_of(name)] > 0
                ]
                metrics[name] = (
                    math.fsum(values) / len(values) if values else math.nan)
        for count_key, missing_key in self.missing_keys.items():
            missing = [item for item in results if item[1][count_key] == 0]
            what = f'nothing to score ({count_key} is 0)'
            if all(counts[0] == counts[1] for _, _, counts in results):
                low, high = self._range
                what += (f' (is there ground truth of {low:g} to {high:g} m? '
                         'If its unit is wrong, set depth_scale of the data '
                         'set)')
            self._warn(missing, results, what)
            metrics[missing_key] = len(missing)
        # although there was something to score
        nonfinite = [
            item for item in results
            if any(item[1][self.count_key_of(name)] > 0
                   and not math.isfinite(value)
                   for name, value in item[1].items())
        ]
        self._warn(nonfinite, results,
                   'the prediction is not finite at a valid pixel')
        self._warn_of_range(results)
        return metrics

    def _checked(self, scores: dict[str, Any],
                 device: torch.device) -> dict[str, Tensor]:
        """Scores as scalar tensors, or an error that says what is wrong."""
        lacks = sorted(set(self.missing_keys) - set(scores))
        if lacks:
            raise KeyError(f'score() of {type(self).__name__} must return the '
                           f'counts of missing_keys, but lacks {lacks}')
        tensors = {name: torch.as_tensor(x, device=device)
                   for name, x in scores.items()}
        for name, value in tensors.items():
            if value.numel() != 1:
                raise ValueError(
                    f'{name!r} of {type(self).__name__} must be a scalar, got '
                    f'the shape {tuple(value.shape)}')
        return {name: x.reshape(()) for name, x in tensors.items()}

    def _warn(self, some: list, results: list, what: str) -> None:
        if some:
            MMLogger.get_current_instance().warning(
                f'{type(self).__name__}: {what} in {len(some)} of '
                f'{len(results)} images, the first of them {some[0][0]}')

    def _warn_of_range(self, results: list) -> None:
        """Warn once if much of the ground truth is out of range. If all of it
        is, every image is missing, which has its own warning."""
        measured = sum(counts[0] for _, _, counts in results)
        outside = sum(counts[1] for _, _, counts in results)
        much = OUTSIDE_SHARE * measured < outside < measured
        if much and not self._told_of_range:
            self._told_of_range = True
            low, high = self._range
            MMLogger.get_current_instance().warning(
                f'{type(self).__name__}: {100 * outside / measured:.3g} % of '
                f'the ground truth lies outside {low:g} to {high:g} m and is '
                'not scored')

    def _check_prediction(self, sample: dict, image: str) -> None:
        """Raise if metres would be aligned, or relative depth would not."""
        known = 'depth' if self.alignment is None else 'relative_inverse'
        prediction = sample.get('prediction', known)
        if prediction != known:
            advice = ("set alignment='least_squares' of the metric" if
                      self.alignment is None else 'leave out the alignment')
            raise ValueError(
                f'the prediction for image {image} is {prediction!r}, and '
                f'{type(self).__name__} with alignment={self.alignment!r} '
                f'scores {known!r}: {advice}')

    def _to_depth(self, pred: Tensor, target: Tensor,
                  valid: Tensor) -> Tensor:
        """Depth in metres from relative inverse depth, all (H, W)."""
        assert self.alignment is not None
        pred, target, valid, _ = masked_maps(pred, target, valid)
        # Normalise to values near 1, for an accurate fit in any unit.
        inverse_target = target.reciprocal()
        unit = _mean_size(inverse_target, valid)
        batch = (x[None, None] for x in (pred / _mean_size(pred, valid),
                                         inverse_target / unit, valid))
        fitted = FITS[self.alignment](*batch)[0][0, 0]
        return (inverse(fitted) / unit).clamp(max=self._range[1])


def sample_map(sample: dict, key: str, image: str) -> Tensor:
    """One map of a data sample, (H, W); ``image`` is its name.

    A KeyError if it is missing, TypeError or ValueError if it is not a single
    map.
    """
    if key not in sample:
        raise KeyError(f'the data sample of image {image} has no {key!r}, '
                       f'only {sorted(sample)}')
    depth = sample[key]['data']
    check_tensors(**{f'{key} of image {image}': depth})
    if depth.ndim == 3 and len(depth) == 1:
        depth = depth[0]
    if depth.ndim != 2:
        raise ValueError(f'{key} of image {image} must be (H, W) or '
                         f'(1, H, W), got {tuple(depth.shape)}')
    return depth.detach()


def _mean_size(x: Tensor, valid: Tensor) -> Tensor:
    """Mean absolute value over valid pixels, or 1 if that is 0."""
    mean = x.where(valid, 0).abs().sum() / valid.sum().clamp(min=1)
    return mean.where(mean > 0, 1)

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from .alignment import ALIGNMENTS
from .checks import check_weights
from .domains import DOMAINS
from .lookup import lookup
from .mask_policies import MASK_POLICIES
from .normalizers import NORMALIZERS
from .operators import OPERATORS, stencil_size
from .penalties import PENALTIES
from .pyramids import PYRAMIDS

LEVEL_REDUCTIONS = ('mean', 'sum')
BATCH_REDUCTIONS = ('batch', 'image')

_TABLES: dict[str, Mapping[str, Any]] = {
    'operator': OPERATORS,
    'pyramid': PYRAMIDS,
    'domain': DOMAINS,
    'mask_policy': MASK_POLICIES,
    'penalty': PENALTIES,
    'normalizer': NORMALIZERS,
    'level_reduction': dict.fromkeys(LEVEL_REDUCTIONS),
    'batch_reduction': dict.fromkeys(BATCH_REDUCTIONS),
}


@dataclass(frozen=True)
class GradientFormula:
    r"""The options that define a multi-scale gradient loss.

    Defaults are the gradient term of PackNet-SfM / ResNet-SAN training.

    Args:
        scales: Number n of levels, with sizes
            :math:`1, 1/2, \dots, 1/2^{n-1}`, or their downsampling factors in
            increasing order, such as ``(1, 2, 4, 6)``.
        operator: 'sobel', 'scharr', 'forward' (step 1), 'central' (step 2) or
            'laplace'.
        pyramid: 'bilinear', 'nearest', 'stride', 'area' (mean of the valid
            pixels of each 2x2 block, repeated for each level) or 'gaussian'
            (binomial blur over valid pixels, then every second pixel).
        domain: Representation of depth: 'linear' (metres), 'normalized' (depth
            over the mean of the image's valid ground truth, so that weights do
            not depend on the unit or the scene), 'log' or 'inverse'.
        depth_offset: Metres added to both depths before 'log' or 'inverse', at
            least 0.
        alignment: For predictions that are known up to scale and shift:
            'least_squares' fits them to the ground truth of each image,
            'median_mad' normalises both to median 0 and mean absolute
            deviation 1. The prediction must then be in ``domain`` already,
            such as relative inverse depth.
        mask_policy: Which windows count: 'center' (centre pixel valid),
            'support' (all pixels with non-zero weight valid) or 'every'
            (invalid pixels have residual 0).
        penalty: 'l1', 'l2' or 'charbonnier', an absolute value that is smooth
            below 1e-3 of the domain's unit.
        normalizer: Divisor of a level's sum: 'windows' that count, per
            direction; 'pooled_windows', those of all directions together;
            valid 'pixels' of the level; or 'full_pixels', those of the full
            size.
        level_reduction: 'mean' over the levels that have a window, or 'sum'.
        batch_reduction: 'batch' sums and divides over the whole batch; 'image'
            does so for each image and takes the mean, so that images do not
            affect one another.

    Raises:
        ValueError: If an option is unknown (lists the known ones), or two are
            incompatible.
    """

    scales: int | Sequence[int] = 4
    operator: str = 'sobel'
    pyramid: str = 'bilinear'
    domain: str = 'linear'
    depth_offset: float = 0.0
    alignment: str | None = None
    mask_policy: str = 'center'
    penalty: str = 'l1'
    normalizer: str = 'windows'
    level_reduction: str = 'mean'
    batch_reduction: str = 'batch'

    def __post_init__(self) -> None:
        for name, table in _TABLES.items():
            lookup(name, getattr(self, name), table)
        if self.alignment is not None:
            lookup('alignment', self.alignment, ALIGNMENTS)
        self._check_scales()
        self._check_combinations()
        if not isinstance(self.scales, int):
            # equal to, and hashed as, the same factors from a config's list
            object.__setattr__(self, 'scales', tuple(self.scales))

    @property
    def factors(self) -> tuple[int, ...]:
        """Downsampling factor of each level."""
        return level_factors(self.scales)

    def _check_scales(self) -> None:
        numbers: Any = self.scales
        if not isinstance(numbers, Sequence):
            numbers = (numbers, )
        if not (all(map(_is_int, numbers)) and _is_increasing(self.factors)):
            raise ValueError(
                'scales must be an int >= 1 or increasing factors >= 1, got '
                f'{self.scales!r}')
        PYRAMIDS[self.pyramid].check_factors(self.factors)

    def _check_combinations(self) -> None:
        check_weights(depth_offset=self.depth_offset)
        if self.depth_offset and DOMAINS[self.domain].derivative is None:
            raise ValueError(
                f'depth_offset changes nothing in domain={self.domain!r}; use '
                "it with 'log' or 'inverse'")
        if (self.mask_policy == 'support'
                and not PYRAMIDS[self.pyramid].reads_valid):
            others = sorted(name for name, kind in PYRAMIDS.items()
                            if kind.reads_valid)
            raise ValueError(
                "mask_policy='support' needs the mask of every pixel, but "
                f'pyramid={self.pyramid!r} mixes pixels and has the mask of '
                f'only one of them; use {_either(others)}')
        if self.mask_policy == 'center' and not _has_centre(self.operator):
            raise ValueError(
                "mask_policy='center' needs a centre pixel, and the windows "
                f"of operator={self.operator!r} have none; use 'support'")
        if self.mask_policy == 'every' and self.normalizer in (
                'windows', 'pooled_windows'):
            raise ValueError(
                f"mask_policy='every' with normalizer={self.normalizer!r} "
                'divides by windows without ground truth, which makes sparse '
                "ground truth count less; use 'pixels' or 'full_pixels'")


FORMULA_OPTIONS = tuple(field.name for field in fields(GradientFormula))
"""Names of the options."""


def _either(names: Sequence[str]) -> str:
    """'a', 'b' or 'c'."""
    *others, last = map(repr, names)
    return f'{", ".join(others)} or {last}' if others else last


def _has_centre(operator: str) -> bool:
    """Whether the windows of an operator have a pixel in their middle."""
    return all(length % 2 for stencil in OPERATORS[operator]
               for length in stencil_size(stencil))


def _is_int(number: object) -> bool:
    return isinstance(number, int) and not isinstance(number, bool)


def _is_increasing(factors: Sequence[int]) -> bool:
    return (len(factors) > 0 and factors[0] >= 1
            and all(a < b for a, b in zip(factors, factors[1:])))


def level_factors(scales: int | Sequence[int]) -> tuple[int, ...]:
    """Downsampling factors for the ``scales`` of a formula."""
    if isinstance(scales, int):
        return tuple(2**level for level in range(scales))
    return tuple(scales)

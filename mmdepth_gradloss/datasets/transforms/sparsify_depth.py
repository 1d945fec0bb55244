from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
from mmcv.transforms import BaseTransform
from mmcv.transforms.utils import cache_randomness
from mmengine.registry import TRANSFORMS

from ...functional.checks import check_weights
from ...functional.lookup import lookup
from ._views import copy_view


@TRANSFORMS.register_module()
class SparsifyDepth(BaseTransform):
    """Keep only some pixels of a depth map, like a sparse sensor.

    Kept pixels keep their value, all others become 0. A new pattern is drawn
    for each sample. With ``output_key='sparse_depth_map'`` it derives the
    sparse input of an RGB+D model from the ground truth, which does not
    change.

    - ``random``: keeps each pixel with probability ``ratio``.
    - ``lines``: rows like those of a rotating laser scanner: ``num_lines``
      evenly spaced lines with a random start and one small random slope (the
      scanner's roll), rough by ``jitter`` and with missing points.

    Args:
        mode: 'random' or 'lines'.
        key: Which depth map of the sample, (H, W).
        output_key: Key of the sparse map. None means ``key``.
        **pattern: Arguments of the mode. For ``random``:

            - ratio: Probability in (0, 1], or a range to draw it from for
              each sample. Defaults to 0.05.

            For ``lines``:

            - num_lines: Lines over the height of the map. Defaults to 64.
            - max_slope: Largest slope of the lines, in rows per column.
              Defaults to 0.02.
            - jitter: Standard deviation of a point's row around its line, in
              pixels. Defaults to 0.3.
            - dropout: Probability in [0, 1) that a point is missing. Defaults
              to 0.5.

    Raises:
        ValueError: If ``mode`` is unknown or an argument is out of range.
        TypeError: If an argument does not belong to the mode.
        KeyError: If there is no ``key`` in the result dict.

    Examples:
        >>> pipeline = [
        ...     dict(type='SparsifyDepth', ratio=(0.01, 0.1)),
        ...     dict(type='SparsifyDepth', mode='lines', num_lines=32,
        ...          output_key='sparse_depth_map')]
    """

    def __init__(self, mode: str = 'random', key: str = 'gt_depth_map',
                 output_key: str | None = None, **pattern) -> None:
        kind = lookup('mode of SparsifyDepth', mode, _PATTERNS)
        self.mode = mode
        self.key = key
        self.output_key = output_key or key
        self.pattern = kind(**pattern)

    def transform(self, results: dict) -> dict:
        """Make the depth map sparse."""
        if self.key not in results:
            raise KeyError(f'no {self.key!r} to sparsify, the results have '
                           f'{sorted(results)}')
        depth = results[self.key]
        mask = self._random_mask(depth.shape)
        results[self.output_key] = np.where(mask, depth, 0)
        copy_view(results, self.key, self.output_key)
        return results

    @cache_randomness
    def _random_mask(self, shape: tuple[int, int]) -> np.ndarray:
        return self.pattern.draw(shape)

    def __repr__(self) -> str:
        pattern = ', '.join(
            f'{k}={v}' for k, v in asdict(self.pattern).items())
        return (f'{type(self).__name__}(mode={self.mode!r}, '
                f'key={self.key!r}, output_key={self.output_key!r}, '
                f'{pattern})')


@dataclass
class _RandomPixels:
    """Each pixel independently with probability ``ratio``."""
    ratio: float | tuple[float, float] = 0.05

    def __post_init__(self) -> None:
        low, high = self._range()
        if not 0 < low <= high <= 1:
            raise ValueError('ratio must be in (0, 1], or a range (low, high) '
                             f'within it, got {self.ratio}')

    def draw(self, shape: tuple[int, int]) -> np.ndarray:
        """Bool (H, W), True where a pixel is kept."""
        return np.random.rand(*shape) < np.random.uniform(*self._range())

    def _range(self) -> tuple[float, float]:
        if isinstance(self.ratio, (int, float)):
            return self.ratio, self.ratio
        return self.ratio


@dataclass
class _ScanLines:
    num_lines: int = 64
    max_slope: float = 0.02
    jitter: float = 0.3
    dropout: float = 0.5

    def __post_init__(self) -> None:
        if self.num_lines < 1:
            raise ValueError(f'num_lines must be >= 1, got {self.num_lines}')
        check_weights(max_slope=self.max_slope, jitter=self.jitter)
        if not 0 <= self.dropout < 1:
            raise ValueError(f'dropout must be in [0, 1), got {self.dropout}')

    def draw(self, shape: tuple[int, int]) -> np.ndarray:
        height, width = shape
        lines = np.arange(self.num_lines) + np.random.rand()
        slope = np.random.uniform(-self.max_slope, self.max_slope)
        columns = np.arange(width)
        points = (self.num_lines, width)
        rows = (
            lines[:, None] * height / self.num_lines
            + slope * (columns - width / 2)
            + np.random.normal(0, self.jitter, points))
        # Lines wrap around at the map's height, so that slope and jitter do
        # not thin out the corners.
        rows = np.floor(rows).astype(int) % height
        seen = np.random.rand(*points) >= self.dropout
        mask = np.zeros(shape, dtype=bool)
        mask[rows[seen], np.broadcast_to(columns, points)[seen]] = True
        return mask


_PATTERNS = {'random': _RandomPixels, 'lines': _ScanLines}

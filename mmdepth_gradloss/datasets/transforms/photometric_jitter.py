from __future__ import annotations

from collections.abc import Callable
from functools import partial

import cv2
import mmcv
import numpy as np
from mmcv.transforms import BaseTransform
from mmcv.transforms.utils import cache_randomness
from mmengine.registry import TRANSFORMS

from ...functional.checks import check_weights


@TRANSFORMS.register_module()
class PhotometricJitter(BaseTransform):
    """Change brightness, contrast, saturation and hue in random order.

    The factors of the first three are uniform in [max(0, 1 - x), 1 + x] with 1
    = unchanged, the hue's shift is uniform in [-hue, hue] turns of the colour
    circle. Changes only ``img``.

    Args:
        brightness, contrast, saturation: x of each, at least 0.
        hue: Largest shift, in [0, 0.5].
        prob: Probability of a change.

    Raises:
        ValueError: If an argument is out of range.
        TypeError: If an argument is not a number, or the image not uint8.
    """

    def __init__(self, brightness: float = 0.2, contrast: float = 0.2,
                 saturation: float = 0.2, hue: float = 0.05,
                 prob: float = 0.5) -> None:
        strengths = dict(brightness=brightness, contrast=contrast,
                         saturation=saturation, hue=hue)
        check_weights(**strengths)
        if hue > 0.5:
            raise ValueError(f'hue must be in [0, 0.5], got {hue}')
        if not 0 <= prob <= 1:
            raise ValueError(f'prob must be in [0, 1], got {prob}')
        self.strengths = strengths
        self.prob = prob

    def transform(self, results: dict) -> dict:
        """Change the image's colours."""
        img = results['img']
        if img.dtype != np.uint8:
            raise TypeError('PhotometricJitter changes uint8 images, got '
                            f'{img.dtype}; put it before any normalization')
        for name, factor in self._random_factors():
            img = _ADJUSTMENTS[name](img, factor)
        results['img'] = img
        return results

    @cache_randomness
    def _random_factors(self) -> list[tuple[str, float]]:
        """Name and factor of each change, in the order to apply them."""
        if np.random.rand() >= self.prob:
            return []
        names = [x for x, value in self.strengths.items() if value > 0]
        factors = []
        for name in np.random.permutation(names):
            strength = self.strengths[name]
            low, high = max(0, 1 - strength), 1 + strength
            if name == 'hue':
                low, high = -strength, strength
            factors.append((name, np.random.uniform(low, high)))
        return factors

    def __repr__(self) -> str:
        strengths = ', '.join(f'{k}={v}' for k, v in self.strengths.items())
        return f'{type(self).__name__}({strengths}, prob={self.prob})'


def _shift_hue(img: np.ndarray, turns: float) -> np.ndarray:
    # mmcv.adjust_hue casts a negative shift to uint8, an error in numpy 2.
    hsv = cv2.cvtColor(img, cv2.COLOR_BGR2HSV_FULL)
    hsv[..., 0] += np.uint8(round(turns * 256) % 256)  # wraps around
    return cv2.cvtColor(hsv, cv2.COLOR_HSV2BGR_FULL)


_ADJUSTMENTS: dict[str, Callable[[np.ndarray, float], np.ndarray]] = {
    'brightness': partial(mmcv.adjust_brightness, backend='cv2'),
    'contrast': partial(mmcv.adjust_contrast, backend='cv2'),
    'saturation': partial(mmcv.adjust_color, backend='cv2'),
    'hue': _shift_hue,
}

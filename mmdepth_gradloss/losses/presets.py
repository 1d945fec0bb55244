"""Published gradient losses as settings of `MultiScaleGradientLoss`."""
from __future__ import annotations

from typing import Any

PRESETS: dict[str, dict[str, Any]] = {
    # The gradient term for PackNet-SfM / ResNet-SAN training.
    'packnet_san':
    dict(
        scales=4,
        operator='sobel',
        pyramid='bilinear',
        domain='linear',
        mask_policy='center',
        penalty='l1'),
}

from __future__ import annotations

from dataclasses import replace
from typing import Any

from .gradient_formula import GradientFormula
from .lookup import lookup

PRESETS: dict[str, GradientFormula] = {
    # The gradient term for PackNet-SfM / ResNet-SAN training: the defaults.
    'packnet_san':
    GradientFormula(),
    # G2-MonoDepth (Wang et al., TPAMI 2024)
    'g2_monodepth':
    GradientFormula(pyramid='nearest', mask_policy='every',
                    normalizer='full_pixels', level_reduction='sum'),
    # Gradient matching of MiDaS (Ranftl et al., TPAMI 2020), without its
    # alignment, as Video-Depth-Anything trains with it
    'midas':
    GradientFormula(operator='forward', pyramid='stride',
                    mask_policy='support', normalizer='pixels',
                    level_reduction='sum'),
    # MegaDepth (Li and Snavely, CVPR 2018), as DINOv2 trains with it
    'megadepth':
    GradientFormula(
        scales=(1, 2, 4, 6), operator='central', pyramid='stride',
        domain='log', depth_offset=1e-3, mask_policy='support',
        normalizer='pixels', level_reduction='sum', batch_reduction='image'),
    # Mean absolute gradient error of Depth Pro (Bochkovskii et al., ICLR
    # 2025), with a mask
    'depth_pro':
    GradientFormula(scales=6, operator='scharr', pyramid='gaussian',
                    domain='inverse', mask_policy='support',
                    batch_reduction='image'),
    # For ground truth of any density, LiDAR included; docs/results.md explains
    # the choice. Step 2 rather than 1: the valid pixels of a coarse pixel lie
    # off its centre, which then matters half as much. Squared rather than
    # absolute: early in training an L1 gradient loss rewards removing
    # uncertain edges. Normalized: metres give the sharpest edges, but a weight
    # in metres depends on the scene.
    'valid_mean':
    GradientFormula(operator='central', pyramid='area', domain='normalized',
                    mask_policy='support', penalty='l2',
                    batch_reduction='image'),
}

DEFAULT_PRESET = 'packnet_san'


def make_formula(preset: str, **options: Any) -> GradientFormula:
    """Formula of a preset, with some options changed.

    Args:
        preset: A key of :data:`PRESETS`.
        **options: Fields of :class:`GradientFormula`; None keeps the preset's
            value.

    Raises:
        TypeError: If there is no such option.
        ValueError: If the preset or a value is unknown (lists the known ones),
            or two options are incompatible.

    Examples:
        >>> make_formula('valid_mean', penalty='l1').pyramid
        'area'
    """
    given = {
        name: value for name, value in options.items() if value is not None
    }
    return replace(lookup('preset', preset, PRESETS), **given)

from __future__ import annotations

from collections.abc import Sequence


def same_proportions(first: Sequence[int], second: Sequence[int]) -> bool:
    """Whether two sizes (height, width) have the same aspect ratio.

    Each side may differ by less than a pixel, as after a resize to whole
    pixels.

    Examples:
        >>> same_proportions((480, 640), (100, 133))
        True
        >>> same_proportions((480, 640), (480, 480))
        False
    """
    (height, width), (large_height, large_width) = sorted(
        (tuple(first), tuple(second)), key=lambda size: size[0] * size[1])
    # the factors of the sides, and how far a pixel changes each
    difference = abs(height / large_height - width / large_width)
    return difference < 1 / large_height + 1 / large_width

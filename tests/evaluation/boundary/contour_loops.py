"""Occluding contours by plain Python loops."""
from __future__ import annotations


def contours(depth, mask, offsets, threshold, border=0):
    """Set of (y, x, v, u): a pixel, and a neighbour that many times deeper.

    Both are valid, and the pixel lies so far from the image's border.
    """
    height, width = depth.shape
    found = set()
    for y in range(border, height - border):
        for x in range(border, width - border):
            for down, right in offsets:
                v, u = y + down, x + right
                if (0 <= v < height and 0 <= u < width and mask[y, x]
                        and mask[v, u]
                        and depth[v, u] / depth[y, x] > threshold):
                    found.add((y, x, v, u))
    return found

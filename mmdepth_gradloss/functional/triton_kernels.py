"""Triton kernels of the multi-scale gradient loss.

Operators, penalties, mask policies, domains and pyramids are compile-time
constants, so that every formula has kernels without branches.

A stencil is ``(height, width, row, column, weight, row, ...)``: flat, and
selected by index, because not every Triton version accepts nested tuples. A
mask is positive where valid. Programs work on tiles of one image:
``tl.program_id(0)`` is the tile, ``tl.program_id(1)`` the image.
"""
from __future__ import annotations

import triton
import triton.language as tl

from . import domains, penalties

MIN_DEPTH = tl.constexpr(domains.MIN_DEPTH)
CHARBONNIER_EPS = tl.constexpr(penalties.CHARBONNIER_EPS)


@triton.jit
def residual_kernel(pred, target, valid, residual, size, DOMAIN: tl.constexpr,
                    BLOCK: tl.constexpr):
    """Difference of two maps in a domain, 0 where not valid."""
    index = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    inside = index < size
    known = tl.load(valid + index, mask=inside, other=0) > 0
    p = tl.load(pred + index, mask=known, other=1.0)
    t = tl.load(target + index, mask=known, other=1.0)
    difference = _domain(p, DOMAIN) - _domain(t, DOMAIN)
    tl.store(residual + index, tl.where(known, difference, 0.0), mask=inside)


@triton.jit
def reduce_kernel(residual, mask, height, width, level, level_mask,
                  level_height, level_width, step_y, step_x,
                  FIRST: tl.constexpr, TAPS: tl.constexpr,
                  OVER_VALID: tl.constexpr, BLOCK_Y: tl.constexpr,
                  BLOCK_X: tl.constexpr):
    """Compute a level and its mask from a finer one.

    Each pixel is the sum of the window that begins at offset ``FIRST``,
    weighted by ``TAPS`` along each axis. ``OVER_VALID`` divides it by the
    weights of its valid pixels; the mask then stores this factor.
    """
    residual = _image(residual, height, width)
    mask = _image(mask, height, width)
    y, x = _tile(level_width, BLOCK_Y, BLOCK_X)
    top, left = _place(y, step_y), _place(x, step_x)
    total = tl.zeros((BLOCK_Y, BLOCK_X), tl.float32)
    filled = tl.zeros((BLOCK_Y, BLOCK_X), tl.float32)
    for row in tl.static_range(len(TAPS)):
        for col in tl.static_range(len(TAPS)):
            tap = TAPS[row] * TAPS[col]
            from_y, from_x = top + (FIRST + row), left + (FIRST + col)
            total += tap * _at(residual, from_y, from_x, height, width)
            if OVER_VALID:
                known = _at(mask, from_y, from_x, height, width) > 0
                filled += tl.where(known, tap, 0.0)
    if OVER_VALID:
        valid = tl.where(filled > 0, 1 / tl.maximum(filled, 1), 0.0)
        total *= valid
    else:
        valid = _at(mask, top, left, height, width)
    index = y * level_width + x
    inside = (y < level_height) & (x < level_width)
    level = _image(level, level_height, level_width)
    level_mask = _image(level_mask, level_height, level_width)
    tl.store(level + index, total, mask=inside)
    tl.store(level_mask + index, valid, mask=inside)


@triton.jit
def count_kernel(masks, heights, widths, counts, STENCILS: tl.constexpr,
                 POLICY: tl.constexpr, PER_IMAGE: tl.constexpr,
                 BLOCK_Y: tl.constexpr, BLOCK_X: tl.constexpr):
    """Count the windows and valid pixels of each mask. Adds to ``counts``,
    (images or 1, masks, stencils + 1)."""
    tile = tl.program_id(0)
    counts += _row(PER_IMAGE) * len(masks) * (len(STENCILS) + 1)
    for i in tl.static_range(len(masks)):
        height, width = heights[i], widths[i]
        if tile < tl.cdiv(height, BLOCK_Y) * tl.cdiv(width, BLOCK_X):
            mask = _image(masks[i], height, width)
            y, x = _tile(width, BLOCK_Y, BLOCK_X)
            of_mask = counts + i * (len(STENCILS) + 1)
            for k in tl.static_range(len(STENCILS)):
                windows = _window_counts(mask, y, x, height, width, STENCILS,
                                         k, POLICY)
                tl.atomic_add(of_mask + k, tl.sum(windows.to(tl.int32)))
            valid = _at(mask, y, x, height, width) > 0
            tl.atomic_add(of_mask + len(STENCILS), tl.sum(valid.to(tl.int32)))


@triton.jit(do_not_specialize=['number'])
def level_kernel(residual, mask, height, width, number, counts, image_weight,
                 numerator, losses, losses_stride, grad, pred, coarser,
                 coarser_heights, coarser_widths, coarser_steps_y,
                 coarser_steps_x, FIRSTS: tl.constexpr, TAPS: tl.constexpr,
                 STENCILS: tl.constexpr, POLICY: tl.constexpr,
                 PENALTY: tl.constexpr, DOMAIN: tl.constexpr,
                 NORMALIZER: tl.constexpr, EPS: tl.constexpr,
                 USED: tl.constexpr, MAPS: tl.constexpr, WINDOWS: tl.constexpr,
                 PER_IMAGE: tl.constexpr, FULL: tl.constexpr,
                 BLOCK_Y: tl.constexpr, BLOCK_X: tl.constexpr):
    """Loss of a level, and the gradient with respect to it.

    This is the gradient of the whole loss, including the levels reduced from
    this one. For the ``FULL`` size it is with respect to the prediction; for
    others it is multiplied by the level's factor, see :func:`reduce_kernel`.
    """
    image = tl.program_id(1).to(tl.int64)
    residual = _image(residual, height, width)
    mask = _image(mask, height, width)
    y, x = _tile(width, BLOCK_Y, BLOCK_X)
    counts += _row(PER_IMAGE) * MAPS * (WINDOWS + 1)
    if image_weight is not None:
        numerator *= tl.load(image_weight + image)

    total = tl.zeros((BLOCK_Y, BLOCK_X), tl.float32)
    loss = 0.0
    for k in tl.static_range(len(STENCILS)):
        weight = numerator / _divisor(counts, number, k, NORMALIZER, EPS, USED,
                                      WINDOWS)
        slopes = tl.zeros((BLOCK_Y, BLOCK_X), tl.float32)
        for i in tl.static_range(2, len(STENCILS[k]), 3):
            row, col = STENCILS[k][i], STENCILS[k][i + 1]
            tap = STENCILS[k][i + 2]
            difference = _difference(residual, mask, y - row, x - col, height,
                                     width, STENCILS, k, POLICY)
            slopes += tap * _slope(difference, PENALTY)
        total += weight * slopes
        difference = _difference(residual, mask, y, x, height, width, STENCILS,
                                 k, POLICY)
        loss += weight * tl.sum(_cost(difference, PENALTY))
    if len(STENCILS) > 0:
        tl.store(losses + image * losses_stride + tl.program_id(0), loss)

    for i in tl.static_range(len(coarser)):
        total += _adjoint(
            _image(coarser[i], coarser_heights[i], coarser_widths[i]), y, x,
            coarser_heights[i], coarser_widths[i], coarser_steps_y[i],
            coarser_steps_x[i], FIRSTS[i], TAPS)

    index = y * width + x
    inside = (y < height) & (x < width)
    known = _at(mask, y, x, height, width)
    if pred is not None:
        p = tl.load(
            _image(pred, height, width) + index, mask=inside & (known > 0),
            other=1.0)
        total *= _derivative(p, DOMAIN)
    if FULL:
        total = tl.where(known > 0, total, 0.0)
    elif known.dtype.is_floating():
        total *= known
    tl.store(_image(grad, height, width) + index, total, mask=inside)


# Pixel positions


@triton.jit
def _tile(width, BLOCK_Y: tl.constexpr, BLOCK_X: tl.constexpr):
    """Rows and columns of the current tile."""
    tiles_x = tl.cdiv(width, BLOCK_X)
    top = tl.program_id(0) // tiles_x * BLOCK_Y
    left = tl.program_id(0) % tiles_x * BLOCK_X
    return (top + tl.arange(0, BLOCK_Y)[:, None],
            left + tl.arange(0, BLOCK_X)[None, :])


@triton.jit
def _image(images, height, width):
    """Pointer to the current image of a batch."""
    return images + tl.program_id(1).to(tl.int64) * height * width


@triton.jit
def _row(PER_IMAGE: tl.constexpr):
    """Row of the current image, or the only row for all images."""
    if PER_IMAGE:
        row = tl.program_id(1)
    else:
        row = 0
    return row


@triton.jit
def _at(image, y, x, height, width):
    """Pixels of a map, 0 outside."""
    inside = (y >= 0) & (y < height) & (x >= 0) & (x < width)
    return tl.load(image + y * width + x, mask=inside, other=0)


@triton.jit
def _place(index, step):
    """First row or column of a level's pixels, in float32 as
    ``F.interpolate``."""
    return (index.to(tl.float32) * step).to(tl.int32)


@triton.jit
def _adjoint(grad, y, x, height, width, step_y, step_x, FIRST: tl.constexpr,
             TAPS: tl.constexpr):
    """Gradient that a coarser level passes to a finer one."""
    total = tl.zeros((y + x).shape, tl.float32)
    for row in tl.static_range(len(TAPS)):
        top = y - (FIRST + row)
        # Steps are 2 at least, and a level's place less than a pixel before
        # its product: halfway between it and the next lies the middle of it.
        from_y = tl.floor(top / step_y + 0.75).to(tl.int32)
        for col in tl.static_range(len(TAPS)):
            left = x - (FIRST + col)
            from_x = tl.floor(left / step_x + 0.75).to(tl.int32)
            reads = ((_place(from_y, step_y) == top) &
                     (_place(from_x, step_x) == left) & (from_y >= 0) &
                     (from_y < height) & (from_x >= 0) & (from_x < width))
            total += TAPS[row] * TAPS[col] * tl.load(
                grad + from_y * width + from_x, mask=reads, other=0.0)
    return total


# Elementwise functions of the tables DOMAINS and PENALTIES


@triton.jit
def _domain(depth, DOMAIN: tl.constexpr):
    if DOMAIN != 'linear':
        depth = tl.maximum(depth, MIN_DEPTH, propagate_nan=tl.PropagateNan.ALL)
    if DOMAIN == 'log':
        depth = tl.log(depth)
    if DOMAIN == 'inverse':
        depth = tl.div_rn(1.0, depth)
    return depth


@triton.jit
def _derivative(depth, DOMAIN: tl.constexpr):
    """Of any domain except 'linear', whose derivative is 1."""
    # not 0 where NaN, which it then passes on
    slope = tl.where(depth <= MIN_DEPTH, 0.0, tl.div_rn(1.0, depth))
    if DOMAIN == 'inverse':
        slope = -slope * slope
    return slope


@triton.jit
def _cost(difference, PENALTY: tl.constexpr):
    if PENALTY == 'l1':
        cost = tl.abs(difference)
    elif PENALTY == 'l2':
        cost = difference * difference
    else:
        square = difference * difference
        cost = square / (
            tl.sqrt(square + CHARBONNIER_EPS * CHARBONNIER_EPS) +
            CHARBONNIER_EPS)
    return cost


@triton.jit
def _slope(difference, PENALTY: tl.constexpr):
    if PENALTY == 'l1':
        slope = tl.where(difference > 0, 1.0, 0.0) - tl.where(
            difference < 0, 1.0, 0.0)
    elif PENALTY == 'l2':
        slope = 2 * difference
    else:
        slope = difference / tl.sqrt(difference * difference +
                                     CHARBONNIER_EPS * CHARBONNIER_EPS)
    return slope


# Windows


@triton.jit
def _difference(residual, mask, y, x, height, width, STENCILS: tl.constexpr,
                K: tl.constexpr, POLICY: tl.constexpr):
    """Difference at a pixel's window, 0 if that does not count."""
    total = tl.zeros((y + x).shape, tl.float32)
    for i in tl.static_range(2, len(STENCILS[K]), 3):
        row, col = STENCILS[K][i], STENCILS[K][i + 1]
        tap = STENCILS[K][i + 2]
        total += tap * _at(residual, y + row, x + col, height, width)
    counts = _window_counts(mask, y, x, height, width, STENCILS, K, POLICY)
    return tl.where(counts, total, 0.0)


@triton.jit
def _window_counts(mask, y, x, height, width, STENCILS: tl.constexpr,
                   K: tl.constexpr, POLICY: tl.constexpr):
    """Whether the window that begins at a pixel counts."""
    counts = ((y >= 0) & (x >= 0) & (y + STENCILS[K][0] <= height) &
              (x + STENCILS[K][1] <= width))
    if POLICY == 'center':
        counts &= _at(mask, y + STENCILS[K][0] // 2, x + STENCILS[K][1] // 2,
                      height, width) > 0
    elif POLICY == 'support':
        for i in tl.static_range(2, len(STENCILS[K]), 3):
            row, col = STENCILS[K][i], STENCILS[K][i + 1]
            counts &= _at(mask, y + row, x + col, height, width) > 0
    return counts


@triton.jit
def _divisor(counts, number, k, NORMALIZER: tl.constexpr, EPS: tl.constexpr,
             USED: tl.constexpr, WINDOWS: tl.constexpr):
    """Divisor of the sum over a level and stencil. ``USED`` lists the maps
    that the mean over levels includes, if any."""
    of_map = counts + number * (WINDOWS + 1)
    if NORMALIZER == 'windows':
        count = tl.load(of_map + k)
    elif NORMALIZER == 'pooled_windows':
        count = _all_windows(of_map, WINDOWS)
    elif NORMALIZER == 'pixels':
        count = tl.load(of_map + WINDOWS)
    else:
        count = tl.load(counts + WINDOWS)
    divisor = tl.maximum(count, 1).to(tl.float32) + EPS
    if len(USED) > 0:
        levels = 0
        for i in tl.static_range(len(USED)):
            windows = _all_windows(counts + USED[i] * (WINDOWS + 1), WINDOWS)
            levels += (windows > 0).to(tl.int32)
        divisor *= tl.maximum(levels, 1)
    return divisor


@triton.jit
def _all_windows(counts, WINDOWS: tl.constexpr):
    total = 0
    for k in tl.static_range(WINDOWS):
        total += tl.load(counts + k)
    return total

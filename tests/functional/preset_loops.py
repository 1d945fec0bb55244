"""The published formula of each preset, pixel by pixel.

All constants are repeated here; nothing is imported from the package.
Maps are lists of N images, each a list of rows; depth is in metres.
"""
import math

from plain_loops import (BINOMIAL, BLOCK, KERNELS, bilinear, correlate, halve,
                         nearest, size, stride, total, windows, zip_map)


def packnet_san(pred, target, valid):
    """Resizes both maps, not the residual; mean over the levels."""
    levels = []
    for factor in (1, 2, 4, 8):
        sums = num_windows = 0
        for p, t, v in zip(pred, target, valid):
            # values at invalid pixels cancel
            p, t = (zip_map(lambda x, ok: x if ok else 3.0, m, v)
                    for m in (p, t))
            p, t = bilinear(p, factor), bilinear(t, factor)
            height, width = size(p)
            counts = [[v[(y + 1) * factor][(x + 1) * factor]
                       for x in range(width - 2)] for y in range(height - 2)]
            num_windows += total(counts)
            for kernel in KERNELS['sobel']:
                sums += total(
                    zip_map(lambda a, b, ok: abs(a - b) if ok else 0.0,
                            correlate(p, kernel), correlate(t, kernel),
                            counts))
        if num_windows:
            levels.append(sums / num_windows)
    return sum(levels) / len(levels) if levels else 0.0


def g2_monodepth(pred, target, valid):
    """All windows of r = m (p - t), divided by the valid pixels."""
    sums = 0.0
    for p, t, v in zip(pred, target, valid):
        residual = zip_map(lambda a, b, ok: a - b if ok else 0.0, p, t, v)
        for factor in (1, 2, 4, 8):
            small = nearest(residual, factor)
            for kernel in KERNELS['sobel']:
                sums += total(zip_map(abs, correlate(small, kernel)))
    num_valid = sum(map(total, valid))
    return sums / (num_valid + 1e-6) if num_valid else 0.0


def pair_differences(residual, valid, step):
    """|differences| of valid pixels that are ``step`` apart, both ways."""
    height, width = size(residual)
    differences = []
    for y in range(height):
        for x in range(width):
            for dy, dx in ((step, 0), (0, step)):
                if y + dy < height and x + dx < width:
                    if valid[y][x] and valid[y + dy][x + dx]:
                        differences.append(
                            abs(residual[y + dy][x + dx] - residual[y][x]))
    return differences


def midas(pred, target, valid):
    """Each level divided by its valid pixels in the batch; their sum."""
    loss = 0.0
    for factor in (1, 2, 4, 8):
        sums = num_valid = 0
        for p, t, v in zip(pred, target, valid):
            residual = stride(zip_map(lambda a, b: a - b, p, t), factor)
            small = stride(v, factor)
            sums += sum(pair_differences(residual, small, step=1))
            num_valid += total(small)
        loss += sums / num_valid if num_valid else 0.0
    return loss


def megadepth(pred, target, valid):
    """Each image's levels divided by their valid pixels; mean over images."""
    loss = 0.0
    for p, t, v in zip(pred, target, valid):
        residual = zip_map(
            lambda a, b: math.log(a + 1e-3) - math.log(b + 1e-3), p, t)
        for factor in (1, 2, 4, 6):
            small = stride(v, factor)
            if total(small):
                differences = pair_differences(
                    stride(residual, factor), small, step=2)
                loss += sum(differences) / total(small)
    return loss / len(pred)


def halved_levels(residual, valid, weights, operator, penalty, levels):
    """Mean over the non-empty levels of x's mean + y's mean."""
    losses = []
    for _ in range(levels):
        means = []
        for kernel in KERNELS[operator]:
            counts = windows(valid, kernel, 'support')
            sums = total(
                zip_map(lambda d, ok: penalty(d) if ok else 0.0,
                        correlate(residual, kernel), counts))
            if total(counts):
                means.append(sums / total(counts))
        if means:
            losses.append(sum(means))
        residual, valid = halve(residual, valid, weights)
    return sum(losses) / len(losses) if losses else 0.0


def depth_pro(pred, target, valid):
    """Inverse depth, Scharr, absolute errors, six levels blurred and halved.
    """
    return sum(
        halved_levels(
            zip_map(lambda a, b: 1 / a - 1 / b, p, t), v, BINOMIAL, 'scharr',
            abs, levels=6) for p, t, v in zip(pred, target, valid)) / len(pred)


def valid_mean(pred, target, valid):
    """Normalized depth, pixels two apart, squared, four levels of valid means.
    """
    total = 0.0
    for p, t, v in zip(pred, target, valid):
        known = [x for xs, vs in zip(t, v) for x, y in zip(xs, vs) if y]
        mean = math.fsum(known) / len(known) if known else 1.0
        total += halved_levels(
            zip_map(lambda a, b: a / mean - b / mean, p, t), v, BLOCK,
            'central', lambda d: d * d, levels=4)
    return total / len(pred)


BY_LOOPS = {
    function.__name__: function
    for function in (packnet_san, g2_monodepth, midas, megadepth, depth_pro,
                     valid_mean)
}
"""preset -> function of pred, target and valid, lists of N maps."""

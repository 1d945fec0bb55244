"""Reference implementations pixel by pixel in double precision.

Maps are lists of rows. Nothing is imported from the package.
"""
import math

KERNELS = {
    'sobel': [[(-1, 0, 1), (-2, 0, 2), (-1, 0, 1)],
              [(-1, -2, -1), (0, 0, 0), (1, 2, 1)]],
    'scharr': [[(-3, 0, 3), (-10, 0, 10), (-3, 0, 3)],
               [(-3, -10, -3), (0, 0, 0), (3, 10, 3)]],
    'forward': [[(-1, 1)], [(-1, ), (1, )]],
    'central': [[(-1, 0, 1)], [(-1, ), (0, ), (1, )]],
    'laplace': [[(0, 1, 0), (1, -4, 1), (0, 1, 0)]],
}


def size(image):
    """Rows and columns."""
    return len(image), len(image[0]) if image else 0


def zip_map(function, *images):
    """Apply a function to each pixel."""
    return [[function(*pixels) for pixels in zip(*rows)]
            for rows in zip(*images)]


def total(image):
    return sum(sum(row) for row in image)


def correlate(image, kernel):
    """Valid correlation; rows are empty if the kernel is too wide."""
    height, width = size(image)
    kh, kw = size(kernel)
    return [[
        sum(kernel[i][j] * image[y + i][x + j] for i in range(kh)
            for j in range(kw)) for x in range(width - kw + 1)
    ] for y in range(height - kh + 1)]


def windows(valid, kernel, policy):
    """Which windows of a correlation are valid."""
    height, width = size(valid)
    kh, kw = size(kernel)

    def counts(y, x):
        if policy == 'every':
            return True
        if policy == 'center':
            return valid[y + kh // 2][x + kw // 2]
        return all(valid[y + i][x + j] for i in range(kh) for j in range(kw)
                   if kernel[i][j])

    return [[counts(y, x) for x in range(width - kw + 1)]
            for y in range(height - kh + 1)]


def stride(image, factor):
    return [row[::factor] for row in image[::factor]]


def nearest(image, factor):
    """Full-size pixel at the corner of each new pixel."""
    height, width = size(image)
    new_height, new_width = height // factor, width // factor
    return [[
        image[math.floor(y * height / new_height)][math.floor(
            x * width / new_width)] for x in range(new_width)
    ] for y in range(new_height)]


def bilinear(image, factor):
    """Samples at half-pixel centres."""
    height, width = size(image)

    def sample(position, end):
        at = (position + 0.5) * factor - 0.5
        low = math.floor(at)
        return low, min(low + 1, end - 1), at - low

    def value(y, x):
        top, bottom, fy = sample(y, height)
        left, right, fx = sample(x, width)
        return ((1 - fy) *
                ((1 - fx) * image[top][left] + fx * image[top][right]) + fy *
                ((1 - fx) * image[bottom][left] + fx * image[bottom][right]))

    return [[value(y, x) for x in range(width // factor)]
            for y in range(height // factor)]


def halve(image, valid, weights):
    """Weighted mean of the valid pixels around each pixel of half the size.

    Args:
        image (list): H rows of W numbers.
        valid (list): H rows of W bools.
        weights (dict): (rows, columns) from the pixel at twice the position
            -> weight.

    Returns:
        tuple: Half-size image and its valid pixels, sizes rounded up.
    """
    height, width = size(image)

    def mean(y, x):
        numbers, parts = 0.0, 0.0
        for (dy, dx), weight in weights.items():
            i, j = 2 * y + dy, 2 * x + dx
            if 0 <= i < height and 0 <= j < width and valid[i][j]:
                numbers += weight * image[i][j]
                parts += weight
        return (numbers / parts, True) if parts else (0.0, False)

    half = [[mean(y, x) for x in range((width + 1) // 2)]
            for y in range((height + 1) // 2)]
    return zip_map(lambda pair: pair[0], half), zip_map(
        lambda pair: pair[1], half)


BLOCK = {(dy, dx): 1 for dy in (0, 1) for dx in (0, 1)}
"""The four pixels of a 2x2 block."""

BINOMIAL = {(dy, dx): math.comb(4, dy + 2) * math.comb(4, dx + 2)
            for dy in range(-2, 3) for dx in range(-2, 3)}
"""The binomial window 1 4 6 4 1 in both directions."""

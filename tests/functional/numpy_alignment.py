"""NumPy alignments of the valid pixels of two maps.

Each function returns (scale, shift) of the prediction and of the target.
"""
import numpy as np


def _median(x):
    """The lower of two middle values, as in torch."""
    return np.sort(x)[(x.size - 1) // 2]


def _deviation(x):
    return np.abs(x - _median(x)).mean()


def least_squares(pred, target):
    return np.polyfit(pred, target, 1), (1, 0)


def median_mad(pred, target):
    return [(1 / _deviation(x), -_median(x) / _deviation(x))
            for x in (pred, target)]


def median_mad_fit(pred, target):
    scale = _deviation(target) / _deviation(pred)
    return (scale, _median(target) - scale * _median(pred)), (1, 0)


BY_NUMPY = {
    function.__name__: function
    for function in (least_squares, median_mad, median_mad_fit)
}


def align(name, pred, target):
    """The aligned valid pixels of both maps of an image."""
    lines = BY_NUMPY[name](pred, target)
    return [scale * x + shift
            for (scale, shift), x in zip(lines, (pred, target))]

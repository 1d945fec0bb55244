import matplotlib.pyplot as plt
import numpy as np
import pytest

from mmdepth_gradloss.visualization.layout import (Cell, ColorBar, Legend,
                                                   cell_width, draw_grid)

RED, BLUE = (255, 0, 0), (0, 0, 255)


def solid(color):
    return np.full((30, 60, 3), color, np.uint8)


@pytest.mark.parametrize('width', [700, 1400, 2001])
def test_pictures_have_their_place_and_size(width):
    page = draw_grid([[Cell('a', solid(RED)),
                       Cell('b', solid(BLUE))]], 'title', 'subtitle', width)
    assert page.shape[1] == width and page.dtype == np.uint8
    boxes = {}
    for color in (RED, BLUE):
        y, x = np.nonzero((page == color).all(-1))
        boxes[color] = x.min(), x.max(), y.min(), y.max()
        assert x.max() - x.min() + 1 == pytest.approx(
            cell_width(2, width), abs=2)
        # The box contains only the picture, no text.
        assert len(x) == (np.ptp(x) + 1) * (np.ptp(y) + 1)
        assert np.ptp(x) / np.ptp(y) == pytest.approx(2, rel=0.05)
    assert boxes[RED][1] < boxes[BLUE][0]
    assert boxes[RED][2:] == boxes[BLUE][2:]


def test_no_text_touches_the_rim():
    bar = ColorBar('magma', '0.12 m', '123.45 m')
    legend = Legend([(RED, 'found 12345'), (BLUE, 'missed 12345')])
    row = [Cell('gyp', solid(RED), bar), Cell('gyp', solid(BLUE), legend)]
    page = draw_grid([row, row], 'Ågj title', 'subtitle gj')
    ink = (page != 255).any(-1)
    y, x = np.nonzero(ink)
    assert x.min() >= 8 and x.max() < ink.shape[1] - 8
    assert y.min() >= 8 and y.max() < ink.shape[0] - 8


def test_dollar_signs_are_text():
    plain = draw_grid([[Cell('', solid(RED))]], 'x^2')
    dollars = draw_grid([[Cell('', solid(RED))]], '$x^2$ $\\unknown{$')
    assert plain.shape == dollars.shape and (plain != dollars).any()


def test_pyplot_knows_nothing_of_it():
    before = plt.get_fignums()
    draw_grid([[Cell('a', solid(RED))]], 'title')
    assert plt.get_fignums() == before

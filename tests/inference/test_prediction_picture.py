"""Picture of a predicted depth map."""
import numpy as np
import pytest

from mmdepth_gradloss.inference.depth_prediction import (DEPTH, RELATIVE,
                                                         DepthPrediction)
from mmdepth_gradloss.inference.prediction_picture import draw_prediction
from mmdepth_gradloss.visualization.colors import INVALID_COLOR

BLUE = (255, 0, 0)  # BGR


def draw(depth, quantity=DEPTH, image=None):
    if image is None:
        image = np.full((*depth.shape, 3), BLUE, np.uint8)
    return draw_prediction(
        DepthPrediction('a $b$', None, image, depth, quantity))


def ramp(height=30, width=40):
    return np.tile(np.linspace(1, 5, width, dtype=np.float32), (height, 1))


def halves(picture):
    middle = picture.shape[0] // 2
    return picture[middle, 100:600], picture[middle, 750:1350]


@pytest.mark.parametrize('size', [(30, 40), (90, 40), (1500, 2000)])
def test_image_stands_beside_its_depth(size):
    image, depth = halves(draw(ramp(*size)))
    assert (image == BLUE[::-1]).all()
    # near is red, far is blue
    assert depth[0, 0] > depth[0, 2] and depth[-1, 0] < depth[-1, 2]
    _, inverse = halves(draw(ramp(*size), RELATIVE))
    assert inverse[0, 0] < inverse[0, 2] and inverse[-1, 0] > inverse[-1, 2]


def test_pixels_without_a_depth_are_grey_as_grey_images_are():
    depth = ramp()
    depth[:, 20:] = np.nan
    image, colors = halves(draw(depth, image=np.full((30, 40), 255, np.uint8)))
    assert (colors[400:] == INVALID_COLOR).all()
    assert not (colors[:200] == INVALID_COLOR).all(-1).any()
    assert (image == 255).all()
    assert draw(np.full_like(depth, np.nan)).any()


def test_range_and_unit_are_written():
    """Other numbers, or none, change pixels above and below the maps."""
    pages = [draw(ramp()), draw(2 * ramp()), draw(ramp(), RELATIVE)]
    for strip in (np.s_[:40], np.s_[-40:]):
        assert len({page[strip].tobytes() for page in pages}) == 3


@pytest.mark.parametrize('size', [(3000, 2), (300, 1), (1, 3000)])
def test_narrow_images_fit_on_a_page(size):
    picture = draw(ramp(*size))
    height, width = picture.shape[:2]
    assert height < 3 * width
    assert (picture == BLUE[::-1]).all(axis=2).any()


def test_narrow_image_stands_in_the_middle():
    image, _ = halves(draw(ramp(800, 100)))
    black = (image == 0).all(axis=1)
    blue = (image == BLUE[::-1]).all(axis=1)
    assert black[0] and black[-1] and blue[len(blue) // 2]
    assert abs(blue.mean() - 0.5) < 0.2

"""Picture of a model input."""
import numpy as np
import pytest
import torch

from mmdepth_gradloss.visualization.rgb_image import rgb_image


@pytest.mark.parametrize('image, rgb', [
    (torch.tensor([1.0, 0.0, 0.2]), (51, 0, 255)),
    (torch.tensor([300.0, -4.0, 7.0]), (7, 0, 255)),
    (torch.tensor([9], dtype=torch.uint8), (9, 9, 9)),
    (torch.tensor([1, 2, 3, 99], dtype=torch.uint8), (3, 2, 1)),
])
def test_kinds_of_images(image, rgb):
    image = image[:, None, None].expand(-1, 2, 3)
    picture = rgb_image(image)
    assert picture.shape == (2, 3, 3) and picture.dtype == np.uint8
    assert (picture == rgb).all()

"""Data samples with random ground truth, and losses for them."""
import torch
from mmengine.structures import BaseDataElement, PixelData

import mmdepth_gradloss  # noqa: F401

METRIC_LOSS = dict(
    type='SSISilogLoss', gradient_weight=0.2, input_domain='depth')
GRADIENT_LOSS = dict(type='MultiScaleGradientLoss', loss_weight=0.2)


def sample(height, width, density=0.8, sparse=0.0, **metainfo):
    """One data sample whose ground truth has the image size.

    ``density`` is the share of pixels with ground truth, and ``sparse`` the
    share of those that are also in ``sparse_depth_map``.
    """
    element = BaseDataElement(
        metainfo=dict(
            dict(img_path='room.png', img_shape=(height, width)), **metainfo))
    depth, noise = torch.rand(2, 1, height, width)
    depth = (depth * 4 + 1) * (noise < density)
    element.gt_depth_map = PixelData(data=depth)
    if sparse:
        kept = noise < density * sparse
        element.sparse_depth_map = PixelData(data=depth * kept)
    return element


def batch(*sizes, **arguments):
    """A batch from a data loader: images of 0 to 255 and data samples."""
    return dict(
        inputs=[
            torch.randint(0, 256, (3, *size), dtype=torch.uint8)
            for size in sizes
        ],
        data_samples=[sample(*size, **arguments) for size in sizes])

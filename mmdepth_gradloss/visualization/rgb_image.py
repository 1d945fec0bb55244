from __future__ import annotations

import numpy as np
import torch
from torch import Tensor


def rgb_image(image: Tensor) -> np.ndarray:
    """(H, W, 3) uint8 RGB picture of a model input.

    ``image`` is (C, H, W) as packed by a data pipeline: BGR from 0 to 255, or
    from 0 to 1 if it is float and has no larger value. A grey image has one
    channel; channels after the third, such as a depth input, are ignored.
    """
    pixels = image.detach().cpu()
    if pixels.is_floating_point():
        pixels = pixels.float()
        if pixels.max() <= 1:
            pixels = 255 * pixels
        pixels = torch.nan_to_num(pixels).clamp(0, 255)
    bgr = pixels[:3] if len(pixels) >= 3 else pixels[:1].expand(3, -1, -1)
    return np.ascontiguousarray(bgr.byte().permute(1, 2, 0).flip(-1).numpy())

from __future__ import annotations

import numpy as np
from mmengine import fileio
from mmengine.registry import TRANSFORMS

from ._decoding import decode_image, read_orientation
from ._depth_sample import DepthTransform
from ._views import start_view

# Flags with which mmcv applies the EXIF orientation.
_TURNING_FLAGS = ('color', 'grayscale')
# First bytes of TIFF files, in either byte order.
_TIFF = (b'II*\0', b'MM\0*')


@TRANSFORMS.register_module()
class LoadImage(DepthTransform):
    """Load an image, or raise an error that names the file.

    Pixels are returned as stored, like those of depth maps: the EXIF
    orientation of a JPEG, PNG or WebP file is ignored.
    ``mmcv.transforms.LoadImageFromFile`` rotates the image but not its depth
    map, unless it has ``color_type='color_ignore_orientation'``; then both
    give the same pixels. (But with OpenCV before 4.11, mmcv's loader silently
    turns a truncated JPEG into a half-grey image.) A TIFF file is always
    rotated by its decoders; ``PackDepthInputs`` rejects any rotated image that
    has a depth map.

    Required Keys:

    - img_path

    Added Keys:

    - img: (H, W, 3) uint8 BGR.
    - img_shape, ori_shape: (H, W).

    Args:
        to_float32: Whether to convert the image to float32, values unchanged.
        color_type: ``flag`` of :func:`mmcv.imfrombytes`.
        backend_args: File backend, see :func:`mmengine.fileio.get`.
        ignore_orientation: Whether ``color_type`` 'color' and 'grayscale'
            ignore the EXIF orientation. Set False for photos without a depth
            map.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file is truncated, corrupt or not an image.
    """

    def __init__(self, to_float32: bool = False, color_type: str = 'color',
                 backend_args: dict | None = None,
                 ignore_orientation: bool = True) -> None:
        self.to_float32 = to_float32
        self.color_type = color_type
        self.backend_args = backend_args
        self.ignore_orientation = ignore_orientation

    def transform(self, results: dict) -> dict:
        """Load the image."""
        path = results['img_path']
        content = fileio.get(path, backend_args=self.backend_args)
        flag = self.color_type
        if self.ignore_orientation and flag in _TURNING_FLAGS:
            flag += '_ignore_orientation'
        img = decode_image(content, path, flag)
        if self.to_float32:
            img = img.astype(np.float32)
        results['img'] = img
        results['img_shape'] = results['ori_shape'] = img.shape[:2]
        start_view(results, 'img')
        if flag in _TURNING_FLAGS or content.startswith(_TIFF):
            orientation = read_orientation(content, path)
            if orientation != 1:
                start_view(results, 'img',
                           f'turn by its EXIF orientation {orientation}')
        return results

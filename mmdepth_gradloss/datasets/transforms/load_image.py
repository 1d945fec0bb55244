"""Load an image."""
from __future__ import annotations

import numpy as np
from mmcv.transforms import BaseTransform
from mmengine import fileio
from mmengine.registry import TRANSFORMS

from ._decoding import decode_image


@TRANSFORMS.register_module()
class LoadImage(BaseTransform):
    """Load an image, or fail with an error that names the file.

    It gives the same pixels as ``mmcv.transforms.LoadImageFromFile``, which
    with OpenCV before 4.11 turns a truncated JPEG into a half-grey image
    without a word.

    Required Keys:

    - img_path

    Added Keys:

    - img (np.ndarray): (H, W, 3) uint8 BGR, turned as its EXIF tag says.
    - img_shape (tuple[int, int])
    - ori_shape (tuple[int, int])

    Args:
        to_float32 (bool): Whether to convert the image to float32, values
            unchanged. Defaults to False.
        color_type (str): ``flag`` of :func:`mmcv.imfrombytes`. Defaults to
            'color'.
        backend_args (dict, optional): File backend, see
            :func:`mmengine.fileio.get`. Defaults to None.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file is truncated, corrupt or not an image.
    """

    def __init__(self,
                 to_float32: bool = False,
                 color_type: str = 'color',
                 backend_args: dict | None = None) -> None:
        self.to_float32 = to_float32
        self.color_type = color_type
        self.backend_args = backend_args

    def transform(self, results: dict) -> dict:
        """Load the image.

        Args:
            results (dict): Result dict.

        Returns:
            dict: Result dict with the added keys.
        """
        path = results['img_path']
        content = fileio.get(path, backend_args=self.backend_args)
        img = decode_image(content, path, self.color_type)
        if self.to_float32:
            img = img.astype(np.float32)
        results['img'] = img
        results['img_shape'] = results['ori_shape'] = img.shape[:2]
        return results

    def __repr__(self) -> str:
        return (f'{type(self).__name__}(to_float32={self.to_float32}, '
                f'color_type={self.color_type!r}, '
                f'backend_args={self.backend_args})')

"""Strict decoding of files."""
from __future__ import annotations

import io

import mmcv
import numpy as np
from PIL import ExifTags, Image, UnidentifiedImageError


def decode_image(content: bytes, path: str, flag: str) -> np.ndarray:
    """Decode an image file to a contiguous (H, W) or (H, W, C), BGR. ``flag``
    is that of :func:`mmcv.imfrombytes`. Raises a ValueError that names the
    file if it is empty, truncated, corrupt or not an image."""
    if not content:
        raise ValueError(f'cannot decode image {path}: the file is empty')
    # OpenCV before 4.11 returns a truncated JPEG without an error, its lower
    # part grey or uninitialised. Pillow raises, and decodes complete files to
    # the same pixels. OpenCV is strict about the other formats and, unlike
    # Pillow, converts 16-bit grey images to 8 bits by their value.
    is_jpeg = content.startswith(b'\xff\xd8')
    try:
        img = mmcv.imfrombytes(
            content, flag=flag, backend='pillow' if is_jpeg else 'cv2')
    except Exception as error:
        raise ValueError(f'cannot decode image {path}: {error}') from error
    if img is None:
        raise ValueError(f'cannot decode image {path}: {len(content)} bytes, '
                         'truncated, corrupt or not an image')
    return np.ascontiguousarray(img)


def read_orientation(content: bytes, path: str) -> int:
    """EXIF orientation of an image: 1 as stored, 2 to 8 rotated or mirrored.
    Raises a ValueError that names the file if its tags are corrupt."""
    try:
        with Image.open(io.BytesIO(content)) as image:
            return image.getexif().get(ExifTags.Base.Orientation, 1)
    except UnidentifiedImageError:
        return 1  # of a format without EXIF, such as HDR
    except Exception as error:
        raise ValueError(
            f'cannot read the EXIF tags of image {path}: {error}') from error


def decode_array(content: bytes, path: str, npz_key: str | None) -> np.ndarray:
    """The array of an npy file, or one of an npz file."""
    try:
        loaded = np.load(io.BytesIO(content))
        if isinstance(loaded, np.ndarray):
            return loaded
        names = sorted(loaded.files)
        if npz_key is None and len(names) == 1:
            npz_key = names[0]
        if npz_key not in names:
            raise ValueError(f'it has the arrays {names}, set npz_key to one '
                             f'of them (got {npz_key!r})')
        return loaded[npz_key]
    # A broken archive can raise anything from zipfile, zlib or numpy.
    except Exception as error:
        raise ValueError(f'cannot read depth map {path}: {error}') from error

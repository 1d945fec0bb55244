"""Files that are there as a whole or not at all."""
from __future__ import annotations

import os
from pathlib import Path
from uuid import uuid4


def atomic_write(path: Path, data: bytes) -> None:
    """Write a file aside, then put it in the place of the old one.

    A reader sees the old or the new file, and an error leaves the old one.

    Args:
        path (Path): In a folder that is there.
        data (bytes): Content.
    """
    aside = path.with_name(f'.{uuid4().hex}.tmp')
    try:
        aside.write_bytes(data)
        os.replace(aside, path)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise

"""Files that are there as a whole or not at all."""
from __future__ import annotations

import os
import tempfile
from pathlib import Path


def atomic_write(path: Path, data: bytes) -> None:
    """Write a file aside, then put it in the place of the old one.

    A reader sees the old or the new file, and an error leaves the old one.

    Args:
        path (Path): In a folder that is there.
        data (bytes): Content.
    """
    descriptor, aside = tempfile.mkstemp(
        prefix=f'.{path.name}.', dir=path.parent)
    try:
        with os.fdopen(descriptor, 'wb') as file:
            file.write(data)
        # mkstemp keeps others from reading; a report is for anybody.
        os.chmod(aside, 0o644)
        os.replace(aside, path)
    except BaseException:
        os.unlink(aside)
        raise

from __future__ import annotations

import os
from pathlib import Path
from uuid import uuid4


def atomic_write(path: Path, data: bytes) -> None:
    """Replace a file atomically; its folder must exist."""
    aside = path.with_name(f'.{uuid4().hex}.tmp')
    try:
        aside.write_bytes(data)
        os.replace(aside, path)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise

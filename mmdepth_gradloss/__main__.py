"""Run another project's tool with this package imported first.

    python -m mmdepth_gradloss mmsegmentation/tools/train.py my_config.py

A config that inherits from ``mmdepth_gradloss::`` can only be read once the
package is imported. The tools of this project do that by themselves.
"""
from __future__ import annotations

import runpy
import sys
from pathlib import Path

from .runner import prepare_process


def main() -> None:
    if len(sys.argv) < 2:
        sys.exit('usage: python -m mmdepth_gradloss TOOL [ARGUMENTS ...]')
    prepare_process()
    sys.argv = sys.argv[1:]
    # as Python does for a script: it may import its neighbours
    sys.path[0] = str(Path(sys.argv[0]).resolve().parent)
    runpy.run_path(sys.argv[0], run_name='__main__')


if __name__ == '__main__':
    main()

"""``python -m mmdepth_gradloss``, the same as ``mmdepth-gradloss``."""
import sys

from .cli.main import main

if __name__ == '__main__':
    sys.exit(main())

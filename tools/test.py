"""The same as ``mmdepth-gradloss test``: evaluate a checkpoint."""
import sys

from mmdepth_gradloss.cli.test import main

if __name__ == '__main__':
    sys.exit(main())

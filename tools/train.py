"""The same as ``mmdepth-gradloss train``: train a depth model."""
import sys

from mmdepth_gradloss.cli.train import main

if __name__ == '__main__':
    sys.exit(main())

"""Train a depth model from a config.

The same as ``mmdepth-gradloss train``.
"""
import sys

from mmdepth_gradloss.cli.train import main

if __name__ == '__main__':
    sys.exit(main())

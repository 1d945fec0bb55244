"""Evaluate a checkpoint of a depth model.

The same as ``mmdepth-gradloss test``.
"""
import sys

from mmdepth_gradloss.cli.test import main

if __name__ == '__main__':
    sys.exit(main())

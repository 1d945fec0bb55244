"""Predict depth maps of images.

The same as ``mmdepth-gradloss predict``.
"""
import sys

from mmdepth_gradloss.cli.predict import main

if __name__ == '__main__':
    sys.exit(main())

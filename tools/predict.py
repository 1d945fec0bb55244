"""The same as ``mmdepth-gradloss predict``: predict depth maps of images."""
import sys

from mmdepth_gradloss.cli.predict import main

if __name__ == '__main__':
    sys.exit(main())

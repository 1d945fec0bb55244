"""The same as ``mmdepth-gradloss sweep``: compare variants of a config."""
import sys

from mmdepth_gradloss.cli.sweep import main

if __name__ == '__main__':
    sys.exit(main())

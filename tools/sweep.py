"""Train variants of a config with several seeds, and compare them.

The same as ``mmdepth-gradloss sweep``.
"""
import sys

from mmdepth_gradloss.cli.sweep import main

if __name__ == '__main__':
    sys.exit(main())

"""The same as ``mmdepth-gradloss export``: write a model for the Hub."""
import sys

from mmdepth_gradloss.cli.export import main

if __name__ == '__main__':
    sys.exit(main())

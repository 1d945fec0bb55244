"""The same as ``mmdepth-gradloss export``: export to Hugging Face format."""
import sys

from mmdepth_gradloss.cli.export import main

if __name__ == '__main__':
    sys.exit(main())

"""Write a trained Hugging Face depth model as the Hub has it.

The same as ``mmdepth-gradloss export``.
"""
import sys

from mmdepth_gradloss.cli.export import main

if __name__ == '__main__':
    sys.exit(main())

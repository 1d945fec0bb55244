"""Sub-commands of ``tools/benchmark.py``."""

"""What ``tools/benchmark.py`` measures, a sub-command a file."""

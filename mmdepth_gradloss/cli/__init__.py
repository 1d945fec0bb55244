"""The commands of ``mmdepth-gradloss``."""

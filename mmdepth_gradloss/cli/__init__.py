"""The commands of ``mmdepth-gradloss``, one a file."""

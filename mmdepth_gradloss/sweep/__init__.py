"""Many trainings that differ in a few config entries, and their report."""

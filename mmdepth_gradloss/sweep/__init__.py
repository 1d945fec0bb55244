"""Sweeps: trainings that differ in a few config entries, and a report."""

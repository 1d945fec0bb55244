"""Conversion of data sets from their official files."""
